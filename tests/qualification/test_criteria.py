import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competitions.enums import AssetCategory, AssetStatus
from qualification.domain import criteria
from qualification.domain.criteria import asked, failing, reasons, remedies
from qualification.domain.criteria.capacity import relevant_capacity
from qualification.domain.facts.asset_facts import CAPACITY_SCALE, VOLTAGE_SCALE, scaled
from qualification.domain.facts.reading import facts_from
from qualification.domain.verdicts.requirements import requirements_from
from qualification.enums import CapacityType

CLOSE = datetime(2026, 1, 19, 17, tzinfo=UTC)
HALF_HOUR, SECOND = timedelta(minutes=30), timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
FIRST_DAY = date(2026, 2, 1)
BOUGHT = ("generation_turn_up_mw", "demand_turn_down_mw")
METER, OTHER_METER = "1200023305967", "1012345678909"
NOTHING_ASKED = {field: None for each in criteria.ALL for field in each.reads}
COMPETITION = NOTHING_ASKED | {
    "power_type": "active",
    "need_direction": "deficit",
    "qualification_close": CLOSE,
    "asset_statuses": ["operational", "in_development"],
    "asset_categories": AssetCategory.values,
    "first_service_day": FIRST_DAY,
    "meter_id_required": False,
    "meter_id_in_zone": False,
}
ASSET = {
    "id": uuid.UUID(int=1),
    "provider_id": uuid.UUID(int=2),
    "longitude": Decimal(0),
    "latitude": Decimal(50),
    "status": "operational",
    "category": "storage",
    "voltage_kv": Decimal(11),
    "first_uploaded_at": CLOSE - HALF_HOUR,
    **dict.fromkeys(CapacityType.values, Decimal(0)),
    "generation_turn_up_mw": Decimal(1),
}

KNOWN = {
    "location": "Location",
    "voltage": "Voltage",
    "capacity": "Capacity",
    "status": "Status",
    "category": "Category",
    "deadline": "Upload deadline",
    "dps": "Company qualification",
    "meter_id": "Meter ID",
    "meter_zone": "Meter in zone",
    "response_time": "Response time",
    "ramping_period": "Ramping period",
    "recovery_time": "Recovery time",
    "run_time": "Run time",
}
"""The codes that files carry, and the labels that people read, in their order."""


def asking(**values):
    return requirements_from(COMPETITION | values)


def facts(**values):
    return facts_from([ASSET | values])


def failed(requirements, **values):
    return set(criteria.codes_of(int(failing(requirements, facts(**values))[0])))


def why(requirements, code, **values):
    return reasons(requirements, facts(**values), [code])[code]


def test_an_asset_that_nothing_binds_passes():
    assert failed(asking()) == set()


@pytest.mark.parametrize(
    ("voltage", "passes"),
    [("0.3999", False), ("0.4", True), ("11", True), ("33", True), ("33.0001", False)],
)
def test_voltage_limits_are_inclusive_to_the_last_decimal(voltage, passes):
    requirements = asking(minimum_voltage_kv=Decimal("0.4"), maximum_voltage_kv=Decimal("33.0000"))
    assert failed(requirements, voltage_kv=Decimal(voltage)) == (set() if passes else {"voltage"})


def test_the_voltage_reason_names_both_numbers():
    low, high = asking(minimum_voltage_kv=Decimal(33)), asking(maximum_voltage_kv=Decimal("0.4"))
    assert why(low, "voltage") == "Its voltage of 11 kV is below the minimum of 33 kV."
    assert why(high, "voltage") == "Its voltage of 11 kV is above the maximum of 0.4 kV."


@pytest.mark.parametrize("capacity", CapacityType.values)
def test_only_the_relevant_capacities_count(capacity):
    one = {"generation_turn_up_mw": Decimal(0)} | {capacity: Decimal("0.000001")}
    assert failed(asking(), **one) == (set() if capacity in BOUGHT else {"capacity"})


def test_the_relevant_capacity_is_the_sum_of_the_two():
    one = facts(
        generation_turn_up_mw=Decimal("0.0005"),
        demand_turn_down_mw=Decimal("0.000007"),
        generation_turn_down_mw=Decimal(1000),
    )
    assert relevant_capacity(asking(), one).tolist() == [507]


def test_the_capacity_reason_names_what_is_bought():
    assert why(asking(), "capacity") == (
        "It offers none of the capacity that is bought: its generation turn up and demand turn down are 0."
    )


@pytest.mark.parametrize("status", AssetStatus.values)
def test_the_status_is_one_of_those_taken(status):
    passes = status in COMPETITION["asset_statuses"]
    assert failed(asking(), status=status, operational_date=date(2026, 1, 1)) == (
        set() if passes else {"status"}
    )


@pytest.mark.parametrize(("day", "passes"), [(FIRST_DAY, True), (date(2026, 2, 2), False), (None, False)])
def test_an_asset_in_development_operates_by_the_first_service_day(day, passes):
    got = failed(asking(), status="in_development", operational_date=day)
    assert got == (set() if passes else {"status"})


def test_the_status_reason_says_which_are_taken_or_which_day_is_too_late():
    assert why(asking(), "status", status="mothballed") == (
        "Its status is Mothballed; taken: In Development, Operational."
    )
    late = {"status": "in_development", "operational_date": date(2026, 2, 2)}
    assert why(asking(), "status", **late) == (
        "It is to operate from 2 February 2026, after the first service day, 1 February 2026."
    )


def test_without_a_day_of_operation_or_of_first_service_the_status_is_told_so():
    undated = {"status": "in_development", "operational_date": None}
    assert why(asking(), "status", **undated) == (
        "It is to operate from an unknown date, after the first service day, 1 February 2026."
    )
    assert failed(asking(first_service_day=None), **undated) == set()
    assert remedies(asking(first_service_day=None), ["status"])["status"] == (
        "One of these statuses: In Development, Operational."
    )
    assert remedies(asking(asset_statuses=["operational"]), ["status"])["status"] == (
        "One of these statuses: Operational."
    )


def test_the_category_is_one_of_those_taken():
    requirements = asking(asset_categories=["storage"])
    assert failed(requirements, category="generation") == {"category"}
    assert failed(requirements, category="storage") == set()
    assert (
        why(requirements, "category", category="generation") == "Its category is Generation; taken: Storage."
    )


@pytest.mark.parametrize(("before", "passes"), [(1, True), (0, False), (-1, False)])
def test_an_asset_is_first_uploaded_before_the_close_to_the_microsecond(before, passes):
    assert failed(asking(), first_uploaded_at=CLOSE - before * MICROSECOND) == (
        set() if passes else {"deadline"}
    )


def test_only_assets_of_approved_companies_pass_where_a_dps_is_named():
    own, other = uuid.UUID(int=7 << 64), uuid.UUID(int=8 << 64)
    named = {"purchasing_system": 1, "purchasing_system__reference": "flex_2025"}
    assert failed(asking(**named, approved=[])) == {"dps"}
    both = facts_from([ASSET | {"provider_id": each} for each in (own, other)])
    approving = asking(**named, approved=[own])
    assert [criteria.codes_of(int(bits)) for bits in failing(approving, both)] == [[], ["dps"]]
    assert failed(asking(), provider_id=other) == set()
    assert why(approving, "dps") == "Its company is not approved in the company qualification flex_2025."


def test_a_meter_id_is_needed_only_where_required():
    requirements = asking(meter_id_required=True)
    assert failed(requirements, import_meter_id="") == {"meter_id"}
    assert failed(requirements, import_meter_id=METER) == set()
    assert failed(requirements, export_meter_id=METER) == set()


def test_one_of_its_meters_is_on_the_list_where_the_zone_is_asked_for():
    requirements = asking(meter_id_in_zone=True, zone={OTHER_METER, METER})
    assert failed(requirements) == {"meter_zone"}
    assert failed(requirements, import_meter_id=METER) == set()
    assert failed(requirements, import_meter_id="1999999999999", export_meter_id=OTHER_METER) == set()
    assert failed(requirements, import_meter_id="1999999999999") == {"meter_zone"}
    assert failed(asking(meter_id_in_zone=True, zone=set()), import_meter_id=METER) == {"meter_zone"}
    assert why(requirements, "meter_zone").startswith("It has no meter ID;")
    assert why(requirements, "meter_zone", import_meter_id=METER).startswith("None of its meter IDs is on")


@pytest.mark.parametrize("name", ["response_time", "ramping_period", "recovery_time"])
def test_a_time_is_known_and_at_most_the_limit(name):
    requirements = asking(**{f"maximum_{name}": HALF_HOUR})
    assert failed(requirements) == {name}
    assert failed(requirements, **{name: HALF_HOUR}) == set()
    assert failed(requirements, **{name: HALF_HOUR + MICROSECOND}) == {name}
    words = name.replace("_", " ")
    assert why(requirements, name) == f"Its {words} is not given; at most 30 min is allowed."
    assert why(requirements, name, **{name: HALF_HOUR + SECOND}) == (
        f"Its {words} of 30 min 1 s is above the maximum of 30 min."
    )


def test_the_run_time_is_known_and_at_least_the_limit():
    requirements = asking(minimum_run_time=HALF_HOUR)
    assert failed(requirements) == {"run_time"}
    assert failed(requirements, maximum_run_time=HALF_HOUR) == set()
    assert failed(requirements, maximum_run_time=HALF_HOUR - MICROSECOND) == {"run_time"}
    assert why(requirements, "run_time") == "Its maximum run time is not given; at least 30 min is needed."
    assert why(requirements, "run_time", maximum_run_time=HALF_HOUR - SECOND) == (
        "Its maximum run time of 29 min 59 s is below the minimum of 30 min."
    )


def test_every_failure_is_named_not_only_the_first():
    requirements = asking(
        minimum_voltage_kv=Decimal(22),
        minimum_run_time=SECOND,
        maximum_response_time=SECOND,
        meter_id_required=True,
    )
    assert failed(requirements, generation_turn_up_mw=Decimal(0)) == {
        "voltage", "capacity", "meter_id", "response_time", "run_time"
    }  # fmt: skip


@given(st.sets(st.sampled_from(list(criteria.BY_CODE))))
def test_bits_stand_for_their_criteria_and_no_others(wanted):
    bits = sum(criteria.BIT[each] for each in wanted)
    assert set(criteria.codes_of(bits)) == wanted


@given(st.decimals(min_value=0, max_value=400, places=4))
def test_a_scaled_voltage_loses_no_digit(voltage):
    assert Decimal(scaled(voltage, VOLTAGE_SCALE)) / VOLTAGE_SCALE == voltage


def test_a_number_with_more_decimals_than_can_be_decided_is_not_rounded():
    with pytest.raises(ValueError, match="more decimals"):
        scaled(Decimal("0.0000001"), CAPACITY_SCALE)


def test_what_would_make_it_pass_names_the_limit():
    requirements = asking(
        minimum_voltage_kv=Decimal("0.4"),
        maximum_voltage_kv=Decimal(33),
        maximum_response_time=HALF_HOUR,
        purchasing_system=1,
        purchasing_system__reference="flex_2025",
        approved=[],
        meter_id_in_zone=True,
        zone={METER},
        meter_id_required=True,
        maximum_ramping_period=HALF_HOUR,
        maximum_recovery_time=HALF_HOUR,
        minimum_run_time=HALF_HOUR,
    )
    told = remedies(requirements, list(criteria.BY_CODE))
    assert set(told) == set(KNOWN)
    assert told["voltage"] == "A voltage of at least 0.4 kV and at most 33 kV."
    assert told["response_time"] == "A response time of at most 30 min."
    assert told["run_time"] == "A maximum run time of at least 30 min."
    assert told["capacity"] == "Some generation turn up or demand turn down above 0."
    assert told["status"].endswith("in development with an operational date by 1 February 2026.")
    assert asked(requirements) == list(KNOWN)


def test_only_what_binds_is_asked():
    assert asked(asking()) == ["location", "capacity", "status", "category", "deadline"]


def test_nothing_is_said_of_a_criterion_that_no_longer_binds():
    assert (
        reasons(asking(), facts(), ["voltage", "dps", "gone"])
        == remedies(asking(), ["voltage", "gone"])
        == {}
    )


def test_the_codes_that_files_carry_their_labels_and_their_order_stay():
    assert [each for each in criteria.CHOICES if each[0] in KNOWN] == list(KNOWN.items())


def test_only_what_can_be_known_of_planned_assets_is_judged_of_them():
    judged = [each.code for each in criteria.FOR_PLANNED]
    assert judged == ["voltage", "capacity", "deadline", "dps"]
