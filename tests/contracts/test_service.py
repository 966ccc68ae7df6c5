"""When contracts have service, and how much they are together: worked by hand, without a database."""

from datetime import date, time
from decimal import Decimal

from accounts.models import Organisation
from contracts.domain.service import service_between
from contracts.models import Contract

MONDAY, TUESDAY, WEDNESDAY, SATURDAY = date(2026, 2, 2), date(2026, 2, 3), date(2026, 2, 4), date(2026, 2, 7)
EASTER_MONDAY = date(2026, 4, 6)
WORKDAYS = [0, 1, 2, 3, 4]


def contract(mw: str, start: int, end: int, **other) -> Contract:
    """Of workdays from Monday on, through April, between these hours in London."""
    said = {
        "buyer": Organisation(country="GB", holiday_region="ENG", time_zone="Europe/London"),
        "first_day": MONDAY,
        "end_day": date(2026, 5, 1),
        "weekdays": WORKDAYS,
        "public_holidays": "ignore",
        "start": time(start),
        "end": time(end),
    }
    return Contract(capacity_mw=Decimal(mw), **said | other)


def told(contracts: list[Contract], first: date, last: date) -> list[str]:
    """The stretches as “2 Feb 16:00-18:00 1.5”, their hours in UTC."""
    found = service_between(contracts, first, last)
    return [f"{each.start:%-d %b %H:%M}-{each.end:%H:%M} {each.mw}" for each in found]


def test_contracts_at_the_same_time_add_up_and_the_sum_changes_where_one_begins_or_ends():
    overlapping = [contract("1.5", 16, 20), contract("2", 18, 21)]
    assert told(overlapping, MONDAY, MONDAY) == [
        "2 Feb 16:00-18:00 1.5",
        "2 Feb 18:00-20:00 3.5",
        "2 Feb 20:00-21:00 2.0",
    ]


def test_where_one_ends_as_another_of_the_same_size_begins_the_stretch_goes_on():
    early, late = contract("1", 16, 18), contract("1", 18, 20)
    assert told([early, late], MONDAY, MONDAY) == ["2 Feb 16:00-20:00 1"]
    assert told([late, early], MONDAY, MONDAY) == ["2 Feb 16:00-20:00 1"]


def test_between_two_times_of_service_there_is_none():
    assert told([contract("1", 7, 9), contract("1", 17, 19)], MONDAY, TUESDAY) == [
        "2 Feb 07:00-09:00 1",
        "2 Feb 17:00-19:00 1",
        "3 Feb 07:00-09:00 1",
        "3 Feb 17:00-19:00 1",
    ]


def test_only_days_of_the_contract_and_of_the_days_asked_for_count():
    first_day_only = contract("1", 16, 18, end_day=TUESDAY)
    from_wednesday = contract("2", 16, 18, first_day=WEDNESDAY)
    assert told([first_day_only, from_wednesday], MONDAY, WEDNESDAY) == [
        "2 Feb 16:00-18:00 1",
        "4 Feb 16:00-18:00 2",
    ]
    assert told([first_day_only], TUESDAY, SATURDAY) == []
    assert told([from_wednesday], MONDAY, TUESDAY) == []
    assert told([contract("1", 16, 18)], SATURDAY, SATURDAY) == []


def test_a_night_belongs_to_the_day_on_which_it_begins():
    night = contract("1", 22, 2, end_day=TUESDAY)
    assert told([night], MONDAY, WEDNESDAY) == ["2 Feb 22:00-02:00 1"]


def test_the_holidays_and_the_zone_are_the_buyers():
    at_work = contract("1", 16, 18, public_holidays="exclude")
    in_scotland = Organisation(country="GB", holiday_region="SCT", time_zone="Europe/London")
    assert told([at_work], EASTER_MONDAY, EASTER_MONDAY) == []
    assert told(
        [contract("1", 16, 18, buyer=in_scotland, public_holidays="exclude")], EASTER_MONDAY, EASTER_MONDAY
    ) == ["6 Apr 15:00-17:00 1"]
