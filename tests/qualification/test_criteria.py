import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from competitions.enums import AssetCategory, AssetStatus
from qualification.domain import criteria
from qualification.domain.criteria import FACTS, NO_DAY, UNKNOWN, Terms, failing, relevant_capacity
from qualification.domain.reasons import asked, reasons, remedies
from qualification.enums import CapacityType, Criterion

CLOSE = datetime(2026, 1, 19, 17, tzinfo=UTC)
HALF_HOUR = criteria.microseconds(timedelta(minutes=30))
TERMS = Terms(
    capacities=("generation_turn_up_mw", "demand_turn_down_mw"),
    qualification_close=criteria.instant(CLOSE),
    statuses=frozenset({"operational", "in_development"}),
    categories=frozenset(AssetCategory.values),
    first_service_day=date(2026, 2, 1).toordinal(),
)


def facts(**values):
    one = np.zeros(1, dtype=FACTS)
    for name in (
        "response_time",
        "ramping_period",
        "recovery_time",
        "maximum_run_time",
        "import_meter",
        "export_meter",
    ):
        one[name] = UNKNOWN
    one["status"] = criteria.STATUSES.index("operational")
    one["operational_day"] = NO_DAY
    one["voltage"] = 110_000
    one["generation_turn_up_mw"] = 1
    for name, value in values.items():
        one[name] = value
    return one


def failed(terms, **values):
    one = facts(**values)
    return set(criteria.criteria_of(int(failing(terms, one)[0])))


def why(terms, criterion, **values):
    return reasons(terms, facts(**values), [criterion])[criterion]


def test_an_asset_that_nothing_binds_passes():
    assert failed(TERMS) == set()


@pytest.mark.parametrize(
    ("voltage", "passes"),
    [("0.3999", False), ("0.4", True), ("11", True), ("33", True), ("33.0001", False)],
)
def test_voltage_limits_are_inclusive_to_the_last_decimal(voltage, passes):
    terms = replace(
        TERMS,
        minimum_voltage=criteria.scaled(Decimal("0.4"), criteria.VOLTAGE_SCALE),
        maximum_voltage=criteria.scaled(Decimal("33.0000"), criteria.VOLTAGE_SCALE),
    )
    own = criteria.scaled(Decimal(voltage), criteria.VOLTAGE_SCALE)
    assert failed(terms, voltage=own) == (set() if passes else {Criterion.VOLTAGE})


def test_the_voltage_reason_names_both_numbers():
    low = replace(TERMS, minimum_voltage=330_000)
    high = replace(TERMS, maximum_voltage=4_000)
    assert why(low, Criterion.VOLTAGE) == "Its voltage of 11 kV is below the minimum of 33 kV."
    assert why(high, Criterion.VOLTAGE) == "Its voltage of 11 kV is above the maximum of 0.4 kV."


@pytest.mark.parametrize("capacity", CapacityType.values)
def test_only_the_relevant_capacities_count(capacity):
    one = {"generation_turn_up_mw": 0} | {capacity: 1}
    expected = set() if capacity in TERMS.capacities else {Criterion.CAPACITY}
    assert failed(TERMS, **one) == expected


def test_the_relevant_capacity_is_the_sum_of_the_two():
    one = facts(generation_turn_up_mw=500, demand_turn_down_mw=7, generation_turn_down_mw=10**9)
    assert relevant_capacity(TERMS, one).tolist() == [507]


def test_the_capacity_reason_names_what_is_bought():
    assert why(TERMS, Criterion.CAPACITY) == (
        "It offers none of the capacity that is bought: its generation turn up and demand turn down are 0."
    )


@pytest.mark.parametrize("status", AssetStatus.values)
def test_the_status_is_one_of_those_taken(status):
    passes = status in TERMS.statuses
    day = date(2026, 1, 1).toordinal()
    assert failed(TERMS, status=criteria.STATUSES.index(status), operational_day=day) == (
        set() if passes else {Criterion.STATUS}
    )


@pytest.mark.parametrize(("day", "passes"), [(date(2026, 2, 1), True), (date(2026, 2, 2), False)])
def test_an_asset_in_development_operates_by_the_first_service_day(day, passes):
    status = criteria.STATUSES.index("in_development")
    got = failed(TERMS, status=status, operational_day=day.toordinal())
    assert got == (set() if passes else {Criterion.STATUS})


def test_the_status_reason_says_which_are_taken_or_which_day_is_too_late():
    mothballed, developing = (criteria.STATUSES.index(each) for each in ("mothballed", "in_development"))
    assert why(TERMS, Criterion.STATUS, status=mothballed) == (
        "Its status is Mothballed; taken: In Development, Operational."
    )
    late = date(2026, 2, 2).toordinal()
    assert why(TERMS, Criterion.STATUS, status=developing, operational_day=late) == (
        "It is to operate from 2 February 2026, after the first service day, 1 February 2026."
    )


def test_the_category_is_one_of_those_taken():
    terms = replace(TERMS, categories=frozenset({"storage"}))
    assert failed(terms, category=criteria.CATEGORIES.index("generation")) == {Criterion.CATEGORY}
    assert failed(terms, category=criteria.CATEGORIES.index("storage")) == set()
    assert why(terms, Criterion.CATEGORY, category=1) == "Its category is Generation; taken: Storage."


@pytest.mark.parametrize(("before", "passes"), [(1, True), (0, False), (-1, False)])
def test_an_asset_is_first_uploaded_before_the_close_to_the_microsecond(before, passes):
    assert failed(TERMS, first_uploaded=TERMS.qualification_close - before) == (
        set() if passes else {Criterion.DEADLINE}
    )


def test_only_assets_of_approved_companies_pass_where_a_dps_is_named():
    terms = replace(TERMS, purchasing_system="flex_2025")
    assert failed(terms) == {Criterion.DPS}
    own, other = uuid.UUID(int=7 << 64), uuid.UUID(int=8 << 64)
    approving = replace(terms, approved=frozenset({criteria.provider_key(own)}))
    both = np.concatenate([facts(provider=own.bytes), facts(provider=other.bytes)])
    assert [criteria.criteria_of(int(bits)) for bits in failing(approving, both)] == [[], [Criterion.DPS]]
    assert failed(TERMS, provider=other.bytes) == set()
    assert why(terms, Criterion.DPS) == "Its company is not approved on the DPS flex_2025."


def test_a_meter_id_is_needed_only_where_required():
    terms = replace(TERMS, meter_id_required=True)
    assert failed(terms) == {Criterion.METER_ID}
    assert failed(terms, import_meter=1200023305967) == set()
    assert failed(terms, export_meter=1200023305967) == set()


def test_one_of_its_meters_is_on_the_list_where_the_zone_is_asked_for():
    terms = replace(TERMS, zone=np.array([1012345678909, 1200023305967]))
    assert failed(terms) == {Criterion.METER_ZONE}
    assert failed(terms, import_meter=1200023305967) == set()
    assert failed(terms, import_meter=1999999999999, export_meter=1012345678909) == set()
    assert failed(terms, import_meter=1999999999999) == {Criterion.METER_ZONE}
    assert failed(replace(TERMS, zone=np.array([], dtype=np.int64)), import_meter=1) == {Criterion.METER_ZONE}
    assert why(terms, Criterion.METER_ZONE).startswith("It has no meter ID;")
    assert why(terms, Criterion.METER_ZONE, import_meter=1).startswith("None of its meter IDs is on")


@pytest.mark.parametrize("name", ["response_time", "ramping_period", "recovery_time"])
def test_a_time_is_known_and_at_most_the_limit(name):
    terms = replace(TERMS, **{name: HALF_HOUR})
    assert failed(terms) == {Criterion(name)}
    assert failed(terms, **{name: HALF_HOUR}) == set()
    assert failed(terms, **{name: HALF_HOUR + 1}) == {Criterion(name)}
    words = name.replace("_", " ")
    assert why(terms, Criterion(name)) == f"Its {words} is not given; at most 30 min is allowed."
    assert why(terms, Criterion(name), **{name: HALF_HOUR + 10**6}) == (
        f"Its {words} of 30 min 1 s is above the maximum of 30 min."
    )


def test_the_run_time_is_known_and_at_least_the_limit():
    terms = replace(TERMS, run_time=HALF_HOUR)
    assert failed(terms) == {Criterion.RUN_TIME}
    assert failed(terms, maximum_run_time=HALF_HOUR) == set()
    assert failed(terms, maximum_run_time=HALF_HOUR - 1) == {Criterion.RUN_TIME}
    assert why(terms, Criterion.RUN_TIME, maximum_run_time=HALF_HOUR - 10**6) == (
        "Its maximum run time of 29 min 59 s is below the minimum of 30 min."
    )


def test_every_failure_is_named_not_only_the_first():
    terms = replace(TERMS, minimum_voltage=220_000, run_time=1, response_time=1, meter_id_required=True)
    assert failed(terms, generation_turn_up_mw=0) == {
        Criterion.VOLTAGE, Criterion.CAPACITY, Criterion.METER_ID, Criterion.RESPONSE_TIME, Criterion.RUN_TIME
    }  # fmt: skip


@given(st.sets(st.sampled_from(list(Criterion))))
def test_bits_stand_for_their_criteria_and_no_others(wanted):
    bits = sum(criteria.BIT[each] for each in wanted)
    assert set(criteria.criteria_of(bits)) == wanted


@given(st.decimals(min_value=0, max_value=400, places=4))
def test_a_scaled_voltage_loses_no_digit(voltage):
    assert Decimal(criteria.scaled(voltage, criteria.VOLTAGE_SCALE)) / criteria.VOLTAGE_SCALE == voltage


def test_a_number_with_more_decimals_than_can_be_decided_is_not_rounded():
    with pytest.raises(ValueError, match="more decimals"):
        criteria.scaled(Decimal("0.00001"), criteria.VOLTAGE_SCALE)


def test_what_would_make_it_pass_names_the_limit():
    terms = replace(
        TERMS,
        minimum_voltage=criteria.scaled(Decimal("0.4"), criteria.VOLTAGE_SCALE),
        maximum_voltage=criteria.scaled(Decimal(33), criteria.VOLTAGE_SCALE),
        response_time=HALF_HOUR,
        purchasing_system="flex_2025",
        zone=np.array([1]),
        meter_id_required=True,
        ramping_period=HALF_HOUR,
        recovery_time=HALF_HOUR,
        run_time=HALF_HOUR,
    )
    told = remedies(terms, list(Criterion))
    assert set(told) == set(Criterion)
    assert told[Criterion.VOLTAGE] == "A voltage of at least 0.4 kV and at most 33 kV."
    assert told[Criterion.RESPONSE_TIME] == "A response time of at most 30 min."
    assert told[Criterion.RUN_TIME] == "A maximum run time of at least 30 min."
    assert told[Criterion.CAPACITY] == "Some generation turn up or demand turn down above 0."
    assert told[Criterion.STATUS].endswith("in development with an operational date by 1 February 2026.")
    assert asked(terms) == list(Criterion)


def test_only_what_binds_is_asked():
    assert asked(TERMS) == [
        Criterion.LOCATION,
        Criterion.CAPACITY,
        Criterion.STATUS,
        Criterion.CATEGORY,
        Criterion.DEADLINE,
    ]
