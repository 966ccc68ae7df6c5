"""What an operator is warned of before it sends a dispatch: units without data, and without a baseline."""

from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal

import pytest

from contracts.domain.queries import contracts_of
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from operations.domain import reading_warnings
from operations.domain.called import occurrences_of
from operations.domain.dispatch_warnings import warnings_of
from operations.domain.nominating import Dated, nominate
from operations.domain.units import Known, made_units
from operations.models import FixedReference, ReferenceAsset
from tests.contracts.scene import confirmed
from tests.operations.metered import HALF_HOUR, give, issue, tell

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        made = confirmed()
        made.contract = contracts_of(made.north).get()
        ContractedAsset.objects.filter(contract=made.contract).exclude(asset_ref="N1").delete()
        Contract.objects.filter(pk=made.contract.pk).update(end_day=date(2026, 2, 15))
        made.contract = contracts_of(made.north).get()
    return made


@pytest.fixture
def scene(once):
    """North's contract of 1 MW from N1, three hours before its service of Wednesday 11 February."""
    made = deepcopy(once)
    made.services = {each.day.day: each.start for each in occurrences_of(made.contract)}
    made.start = made.services[11]
    with clock.set_to(made.start - timedelta(hours=3)), run_jobs_inline():
        yield made


def under(made, baseline):
    fields = {"baseline": baseline, "availability": {"mode": "fixed"}}
    made.contract = give(made, made.contract, baseline["method"], fields)
    Contract.objects.filter(pk=made.contract.pk).update(end_day=date(2026, 2, 15))


def warned(made, of):
    contract = contracts_of(made.north).select_related("bid__window").get()
    found = warnings_of(contract, Decimal("0.5"), made.start, made.start + HALF_HOUR, clock.now())
    return [each for each in found if each.startswith(of)]


def test_units_without_data_of_the_last_seven_days_are_named(scene):
    under(scene, {"method": "constant"})
    assert warned(scene, "No meter data") == ["No meter data in the last 7 days of N1."]
    tell(scene.north, scene.assets["N1"], {scene.start - 9 * DAY: 1})
    assert warned(scene, "No meter data")
    tell(scene.north, scene.assets["N1"], {scene.start - 2 * DAY: 1})
    assert not warned(scene, "No meter data")


def test_recent_days_warn_until_enough_of_them_can_be_used(scene):
    under(scene, {"method": "recent_days", "working": [2, 2, 2]})
    tell(scene.north, scene.assets["N1"], {scene.services[9]: 900})
    (sentence,) = warned(scene, "No baseline")
    assert "is possible for N1" in sentence
    tell(scene.north, scene.assets["N1"], {scene.services[10]: 900})
    assert not warned(scene, "No baseline")


def test_of_many_units_the_days_that_were_told_are_counted_and_no_baseline_is_worked_out(scene, monkeypatch):
    monkeypatch.setattr(reading_warnings, "WORKED_OUT", 0)
    under(scene, {"method": "recent_days", "working": [2, 2, 2], "other": [3, 3, 3], "lookback_days": 3})
    for back in (4, 0):
        tell(scene.north, scene.assets["N1"], {scene.start - back * DAY: 1})
    tell(scene.north, scene.assets["N1"], {scene.start - DAY: 1})
    assert "for N1 by" in warned(scene, "No baseline")[0], "one of the three days before was told of"
    tell(scene.north, scene.assets["N1"], {scene.start - 3 * DAY: 1})
    assert not warned(scene, "No baseline"), "of some class of days there may be enough"


def test_without_settlement_terms_no_baseline_is_missed(scene):
    under(scene, {"method": "recent_days"})
    Contract.objects.filter(pk=scene.contract.pk).update(terms=None, terms_version=None)
    assert not warned(scene, "No baseline")


def test_a_day_on_which_the_unit_was_dispatched_is_no_day_for_its_baseline(scene):
    under(scene, {"method": "recent_days", "working": [2, 2, 2]})
    for day in (9, 10):
        tell(scene.north, scene.assets["N1"], {scene.services[day]: 900})
    with clock.set_to(scene.services[10] - timedelta(hours=1)):
        issue(scene, scene.contract, scene.services[10], scene.services[10] + HALF_HOUR, "0.5")
    assert warned(scene, "No baseline")


def test_a_nomination_is_missed_only_after_its_deadline(scene):
    under(scene, {"method": "nominated"})
    assert warned(scene, "No baseline"), "the deadline was yesterday at noon"
    with clock.set_to(scene.start - 30 * timedelta(hours=1)):
        assert not warned(scene, "No baseline"), "it may still come"
        known = Known("N1", scene.assets["N1"], None)
        nominate(by=scene.north, dated=[Dated(known, scene.start, Decimal(-1))], weekly=[], now=clock.now())
    assert not warned(scene, "No baseline")


def test_a_fixed_reference_must_be_there(scene):
    under(scene, {"method": "fixed_reference"})
    assert warned(scene, "No baseline")
    unit = made_units(scene.north.organisation_id, [scene.assets["N1"]])[scene.assets["N1"].pk]
    told = {"operator": scene.buyer.organisation, "from_day": date(2026, 1, 1), "stored_at": clock.now()}
    FixedReference.objects.create(**told, ref="EV", kw=[Decimal(-1)] * 48)
    ReferenceAsset.objects.create(**told, unit=unit, ref="EV", devices=10)
    assert not warned(scene, "No baseline")


@pytest.mark.parametrize("method", ["constant", "meter_before"])
def test_what_nobody_can_know_before_is_not_warned_of(scene, method):
    under(scene, {"method": method})
    assert not warned(scene, "No baseline")
