"""Readings that are missing around the deadline of their month: the provider hears of it before, the operator after."""

from copy import deepcopy
from datetime import UTC, date, datetime

import pytest

from contracts.domain.queries import contracts_of
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from operations.domain.meter_reminders import notify_due
from operations.domain.metered import metered_of
from tests.contracts.scene import confirmed
from tests.operations.metered import give, half_hours, tell

pytestmark = pytest.mark.django_db
FIXED = {"baseline": {"method": "constant"}, "availability": {"mode": "fixed"}}


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        made = confirmed()
        made.contract = contracts_of(made.north).get()
        ContractedAsset.objects.filter(contract=made.contract).exclude(asset_ref="N1").delete()
        made.contract = give(made, made.contract, "fixed", FIXED)
        dates = {"first_day": date(2026, 2, 1), "end_day": date(2026, 4, 1)}
        Contract.objects.filter(pk=made.contract.pk).update(**dates)
    return made


@pytest.fixture
def scene(once):
    """North's contract from 1 February to the end of March; the deadline for February is 10 March."""
    with run_jobs_inline():
        yield deepcopy(once)


def heard(member, kind):
    return list(Notification.objects.filter(user=member.user, kind=kind).order_by("pk"))


def run(*days):
    for day in days:
        with clock.set_to(datetime(2026, 3, day, 9, tzinfo=UTC)):
            notify_due(clock.now())
            notify_due(clock.now())


def test_the_provider_hears_five_days_and_one_day_before_and_the_operator_once_it_has_passed(scene):
    run(4)
    assert not heard(scene.north, "meter_data_missing")
    run(5, 6, 9, 10)
    assert len(heard(scene.north, "meter_data_missing")) == 2
    assert not heard(scene.buyer, "meter_deadline_passed")
    run(11, 12, 13)
    (told,) = heard(scene.buyer, "meter_deadline_passed")
    assert told.title == "Meter data of February 2026 is missing from 1 provider"
    assert "North, N1: 1,344 periods missing." in str(told.lines)
    assert not heard(scene.south, "meter_data_missing")
    assert not heard(scene.north, "meter_deadline_passed")


def test_nobody_is_told_of_a_month_that_is_whole(scene):
    with clock.set_to(datetime(2026, 3, 2, tzinfo=UTC)):
        start = datetime(2026, 2, 1, tzinfo=UTC)
        tell(scene.north, scene.assets["N1"], half_hours(start, 48 * 28, 1))
    run(5, 9, 11)
    assert not heard(scene.north, "meter_data_missing")
    assert not heard(scene.buyer, "meter_deadline_passed")


def test_run_late_it_is_told_on_one_of_the_next_days_and_then_no_more(scene):
    run(13)
    assert len(heard(scene.buyer, "meter_deadline_passed")) == 1
    Notification.objects.all().delete()
    run(14)
    assert not heard(scene.buyer, "meter_deadline_passed")


def end(made, day, **more):
    """Have the contract end with the night before a day."""
    over = datetime(day.year, day.month, day.day, tzinfo=UTC)
    signed = {"signed_at": over, "signed_by_id": made.buyer.user_id}
    ended = {"status": "ended", "ended_at": over, "end_day": day}
    Contract.objects.filter(pk=made.contract.pk).update(**ended, **signed, **more)


def withdraw(made, at):
    told = {"withdrawn_at": at, "withdrawn_by_id": made.buyer.user_id, "withdrawal_reason": "x"}
    Contract.objects.filter(pk=made.contract.pk).update(status="withdrawn", **told)


def told_of_missing(made):
    run(9, 11)
    (asked,) = heard(made.north, "meter_data_missing")
    (told,) = heard(made.buyer, "meter_deadline_passed")
    assert not heard(made.north, "baseline_impossible")
    return f"{asked.lines} {told.lines}"


def test_the_last_month_of_a_contract_that_ended_is_asked_for_as_any_other(scene):
    end(scene, date(2026, 3, 1))
    assert told_of_missing(scene).count("N1: 1,344 periods missing.") == 2


def test_of_a_contract_that_was_withdrawn_the_days_until_then_are_asked_for(scene):
    withdraw(scene, datetime(2026, 2, 10, 12, tzinfo=UTC))
    assert told_of_missing(scene).count("N1: 480 periods missing.") == 2


def test_of_a_contract_that_was_withdrawn_before_the_month_nothing_is_asked_for(scene):
    Contract.objects.filter(pk=scene.contract.pk).update(first_day=date(2026, 1, 1))
    withdraw(scene, datetime(2026, 1, 31, 12, tzinfo=UTC))
    run(9, 11)
    assert not heard(scene.north, "meter_data_missing")
    assert not heard(scene.buyer, "meter_deadline_passed")


def test_a_contract_that_ended_still_says_by_which_periods_its_units_are_metered(scene):
    end(
        scene,
        date(2026, 3, 1),
        terms=Contract.objects.get(pk=scene.contract.pk).terms | {"period_minutes": 5},
    )
    for day, minutes in ((datetime(2026, 3, 5, tzinfo=UTC), [5]), (datetime(2026, 6, 5, tzinfo=UTC), [])):
        with clock.set_to(day):
            assert [each.minutes for each in metered_of(scene.north) if each.ref == "N1"] == minutes
