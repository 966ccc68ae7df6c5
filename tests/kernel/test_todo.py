"""What waits stands by deadline, in words for its day; many alike are one line; whose it is follows the
roles."""

import uuid
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from marketplace.audit.models import OpenedSeal
from marketplace.web import todo
from marketplace.web.todo import ToDo, todo_for

NOW = datetime(2026, 11, 26, 13, 19, tzinfo=UTC)  # a Thursday
DAY = timedelta(days=1)


class Somebody:
    is_so, is_seen_by_admin = True, False
    organisation = SimpleNamespace(zone=ZoneInfo("Europe/London"))

    def __init__(self, *roles: str) -> None:
        self.roles, self.organisation_id = roles, uuid.uuid4()

    def holds(self, role: str) -> bool:
        return role in self.roles


@pytest.fixture
def waiting(monkeypatch):
    """Has these things wait, and nothing else."""

    def has(*items: ToDo, next_date=None) -> None:
        monkeypatch.setattr(todo, "_makers", {lambda member, now: items: ()})
        monkeypatch.setattr(todo, "kept_for", lambda member, what, make, now: make())
        monkeypatch.setattr(todo, "_tellers", [lambda member, now: next_date])

    return has


def thing(at, ref="R", role="bids", **fields) -> ToDo:
    return ToDo(
        **({"verb": "Decide", "url": "/", "button": "Decide", "role": role, "at": at, "ref": ref} | fields)
    )


def test_things_stand_under_their_day_the_first_deadline_first(waiting):
    waiting(
        thing(NOW + 40 * DAY, "LATER"),
        thing(NOW + 4 * DAY, "MONDAY"),
        thing(NOW + 2 * DAY, "SATURDAY"),
        thing(NOW + timedelta(hours=3), "TODAY"),
        thing(None, "WAITS", since=NOW - 6 * DAY),
        thing(NOW + DAY, "TOMORROW"),
        thing(NOW - DAY, "PASSED"),
    )
    shown = todo_for(Somebody("bids"), NOW)
    assert [(group.title, [line.item.ref for line in group.lines]) for group in shown.groups] == [
        ("Overdue", ["PASSED"]),
        ("Today", ["TODAY"]),
        ("Tomorrow", ["TOMORROW"]),
        ("This week", ["SATURDAY"]),
        ("Next week", ["MONDAY"]),
        ("Later", ["LATER"]),
        ("No deadline", ["WAITS"]),
    ]
    assert [(line.when, line.left, line.tone) for group in shown.groups for line in group.lines][1:] == [
        ("16:19", "in 3 h 0 min", "is-late"),
        ("13:19", "in 1 d 0 h", "is-soon"),
        ("Sat 13:19", "in 2 d", "is-soon"),
        ("Mon 13:19", "in 4 d", "is-soon"),
        ("5 Jan", "in 40 d", ""),
        ("Waiting", "6 d", ""),
    ]


def test_the_sentence_counts_what_waits_and_names_the_next_deadline(waiting):
    waiting(thing(NOW + 4 * DAY), thing(NOW + timedelta(hours=3), role="procurement"))
    assert todo_for(Somebody("bids", "procurement"), NOW).sentence == (
        "Two things wait for you. The next deadline is today at 16:19."
    )
    mine = todo_for(Somebody("bids"), NOW, only_mine=True)
    assert mine.sentence == "Two things wait, one of them for you. The next deadline is today at 16:19."
    assert [line.item.at for group in mine.groups for line in group.lines] == [NOW + 4 * DAY]
    assert (mine.total, mine.mine) == (2, 1)


def test_where_nothing_waits_the_next_date_is_named(waiting):
    waiting(next_date=(NOW + 7 * DAY, "bidding closes in NRN26_COAST"))
    assert todo_for(Somebody(), NOW).sentence == (
        "Nothing is waiting. The next date is 3 December 2026, 13:19 GMT: bidding closes in NRN26_COAST."
    )
    waiting()
    assert todo_for(Somebody(), NOW).sentence == "Nothing is waiting."


def test_many_alike_are_one_line_that_leads_to_their_list(waiting):
    at = NOW + 4 * DAY
    alike = {"fold": "Enter {} competitions of Winter", "fold_url": "/entries/"}
    waiting(*(thing(at, f"R{number}", **alike) for number in range(6)), thing(at, "OTHER"))
    [group] = todo_for(Somebody("bids"), NOW).groups
    together = next(line.item for line in group.lines if line.item.ref != "OTHER")
    assert (together.verb, together.url) == ("Enter 6 competitions of Winter", "/entries/")
    assert together.why == "R0, R1, R2, R3 and 2 more"
    waiting(*(thing(at, f"R{number}", **alike) for number in range(3)))
    [group] = todo_for(Somebody("bids"), NOW).groups
    assert [line.item.ref for line in group.lines] == ["R0", "R1", "R2"]


def test_a_long_list_ends_with_how_many_come_after_it(waiting):
    waiting(*(thing(NOW + number * DAY, f"R{number:02}") for number in range(1, 16)))
    assert todo_for(Somebody("bids"), NOW).more == 3
    whole = todo_for(Somebody("bids"), NOW, whole=True)
    assert (whole.more, sum(len(group.lines) for group in whole.groups)) == (0, 15)


def test_who_has_no_cause_to_tell_anything_is_not_asked_and_causes_take_one_query(
    monkeypatch, db, django_assert_num_queries
):
    asked = []

    def telling(name):
        def tell(member, now):
            asked.append(name)
            return [thing(NOW + DAY, name)]

        return tell

    def rows(*keys):
        return lambda member, now: OpenedSeal.objects.filter(pk__in=keys)

    opened = OpenedSeal.objects.create(pk=uuid.uuid4(), opened_at=NOW).pk
    makers = {
        telling("without causes"): (),
        telling("a row of the second cause"): (rows(uuid.uuid4()), rows(opened)),
        telling("no row"): (rows(uuid.uuid4()),),
        telling("never any row"): (lambda member, now: OpenedSeal.objects.none(),),
    }
    monkeypatch.setattr(todo, "_makers", makers)
    with django_assert_num_queries(
        2
    ):  # whether the organisation did anything since it was kept, and the causes
        shown = todo_for(Somebody("bids"), NOW)
    assert asked == ["without causes", "a row of the second cause"]
    assert shown.total == 2
