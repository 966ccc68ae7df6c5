"""Providers hear of assets under contracts in service that can have no baseline, by what the method of the terms needs."""

from copy import deepcopy
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from contracts.domain.queries import contracts_of
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from operations.domain.baseline_reminders import tell_without_baseline
from operations.domain.metered import metered_of
from operations.domain.nominating import Dated, Follows, Weekly, nominate, store_references
from operations.domain.units import units_of_provider
from operations.models import FixedReference
from tests.contracts.scene import confirmed
from tests.operations.metered import give, half_hours, tell

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        made = confirmed()
        made.contract = contracts_of(made.north).get()
        ContractedAsset.objects.filter(contract=made.contract).exclude(asset_ref="N1").delete()
        dates = {"first_day": date(2026, 2, 1), "end_day": date(2026, 4, 1)}
        Contract.objects.filter(pk=made.contract.pk).update(**dates)
    return made


@pytest.fixture
def scene(once):
    """North's contract of asset N1, in service on 4 March."""
    with run_jobs_inline(), clock.set_to(NOW):
        yield deepcopy(once)


def settled_by(made, method):
    fields = {"baseline": {"method": method}, "availability": {"mode": "fixed"}}
    made.contract = give(made, made.contract, method, fields)


def heard(made):
    """The titles of what North hears at last, looked at twice."""
    Notification.objects.all().delete()
    for _ in range(2):
        tell_without_baseline(NOW)
    return [each.title for each in Notification.objects.filter(user=made.north.user).order_by("pk")]


def test_without_readings_for_a_week_recent_days_give_none(scene):
    settled_by(scene, "recent_days")
    assert heard(scene) == ["No readings for a week of 1 asset under contract"]
    tell(scene.north, scene.assets["N1"], half_hours(datetime(2026, 3, 2, tzinfo=UTC), 1, 1))
    assert heard(scene) == []


@pytest.mark.parametrize("kind", ["a week", "a period", "a period that is over"])
def test_without_a_nomination_for_the_week_ahead_there_is_none(scene, kind):
    settled_by(scene, "nominated")
    assert heard(scene) == ["Nothing is nominated for 1 asset under contract"]
    known = units_of_provider(scene.north.organisation_id).by_ref["n1"]
    day = datetime(2026, 3, 3 if kind.endswith("over") else 6, 16, tzinfo=UTC)
    weekly = [Weekly(known, 4, time(16), Decimal(-1))] if kind == "a week" else []
    dated = [] if weekly else [Dated(known, day, Decimal(-1))]
    nominate(by=scene.north, dated=dated, weekly=weekly, now=NOW)
    assert bool(heard(scene)) is kind.endswith("over")


def test_without_a_reference_that_holds_there_is_none(scene):
    settled_by(scene, "fixed_reference")
    assert heard(scene) == ["No fixed reference for 1 asset under contract"]
    [of] = [each for each in metered_of(scene.buyer) if each.ref == "N1"]
    for day, lacks in ((date(2026, 3, 5), True), (date(2026, 3, 4), False)):
        profile = FixedReference(ref="EV", from_day=day, kw=[Decimal(-1)] * 48)
        store_references(by=scene.buyer, profiles=[profile], follows=[Follows(of, "EV", 3, day)], now=NOW)
        assert bool(heard(scene)) is lacks


@pytest.mark.parametrize("method", ["constant", "meter_before"])
def test_a_method_that_needs_nothing_beforehand_is_never_told_of(scene, method):
    settled_by(scene, method)
    assert heard(scene) == []


def test_a_contract_that_is_over_is_not_told_of(scene):
    settled_by(scene, "recent_days")
    Contract.objects.filter(pk=scene.contract.pk).update(end_day=date(2026, 3, 4))
    assert heard(scene) == []
