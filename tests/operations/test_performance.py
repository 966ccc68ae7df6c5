"""Performance from what is stored: the numbers of the worked cases, on dispatches and readings of the market."""

import csv
import io
from copy import deepcopy
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.test import Client
from django.urls import reverse

from bidding.models import Bid
from contracts.domain.queries import contracts_of
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.jobs.actions import start_file
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from operations.domain import kept_figures
from operations.domain.called import occurrences_of
from operations.domain.dispatching import cancel_dispatch, decline_dispatch, stop_dispatch
from operations.domain.kept_figures import figures_among
from operations.domain.measuring import begun_of_member, measured_among, measured_dispatch, measured_of_member
from operations.models import DeliveryUnit, ExcludedDay
from operations.tasks import keep_figures
from tests.contracts.scene import confirmed
from tests.operations.metered import HALF_HOUR, another_contract, give, half_hours, issue, tell
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
CONSTANT = {"baseline": {"method": "constant", "kw": "-2000"}, "availability": {"mode": "fixed"}}
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        made = confirmed()
        made.contract = contracts_of(made.north).get()
        ContractedAsset.objects.filter(contract=made.contract).exclude(asset_ref="N1").delete()
    return made


@pytest.fixture
def scene(once):
    """North's contract of 1 MW from N1 alone, an hour before its service."""
    made = deepcopy(once)
    made.service = occurrences_of(made.contract)[0]
    made.start = made.service.start
    with clock.set_to(made.start - timedelta(hours=1)):
        yield made


def measured(made, dispatch, hours=30):
    return measured_dispatch(dispatch, made.start + timedelta(hours=hours))


def kwh(values):
    return [round(float(each), 3) for each in values]


def test_partial_periods(scene):
    """Half a megawatt from 10 to 80 minutes, metered import 850, 700, 900: delivered 150, 250, 100; 85.7 %."""
    contract = give(scene, scene.contract, "partial", CONSTANT)
    dispatch = issue(scene, contract, scene.start + 10 * MINUTE, scene.start + 80 * MINUTE, "0.5")
    tell(
        scene.north,
        scene.assets["N1"],
        {scene.start + number * HALF_HOUR: value for number, value in enumerate((850, 700, 900))},
    )
    found = measured(scene, dispatch).performance
    assert kwh(each.requested for each in found.periods) == [166.667, 250, 166.667]
    assert kwh(each.flexibility for each in found.periods) == [150, 300, 100]
    assert kwh(each.delivered for each in found.periods) == [150, 250, 100]
    assert round(float(found.share * 100), 1) == 85.7
    assert found.complete_periods == 3


def test_the_days_before_leave_out_event_days_excluded_days_and_gaps(scene):
    """Two working days are wanted for Thursday 12 February: the 10th was called, the 11th is excluded, the 9th has a gap."""
    days = {"method": "recent_days", "working": [2, 2, 2]}
    Contract.objects.filter(pk=scene.contract.pk).update(end_day=date(2026, 2, 15))
    contract = give(scene, scene.contract, "recent", {"availability": {"mode": "fixed"}, "baseline": days})
    services = {each.day.day: each.start for each in occurrences_of(contract)}
    issue(scene, contract, services[10], services[10] + HALF_HOUR, "0.5")
    second = issue(scene, contract, services[12], services[12] + HALF_HOUR, "0.5")
    with clock.set_to(services[12] + timedelta(hours=2)):
        for day, kwh_used in {3: 999, 4: 999, 5: 900, 6: 1000, 10: 500, 11: 700, 12: 750}.items():
            tell(scene.north, scene.assets["N1"], {services[day]: kwh_used})
        unit = DeliveryUnit.objects.get()
        told = {
            "unit": unit,
            "operator": scene.buyer.organisation,
            "day": date(2026, 2, 11),
            "reason": "outage",
        }
        asked = {"asked_at": clock.now(), "asked_by_id": 1, "answered_at": clock.now(), "answered_by_id": 1}
        ExcludedDay.objects.create(**told, **asked, state="approved")
        found = measured_dispatch(second, clock.now()).performance
    looked_at = {each.day.day: (each.is_used, each.why_not) for each in found.baselines["N1"].days}
    assert looked_at == {
        11: (False, "It is excluded by agreement."),
        10: (False, "A dispatch had effect on it."),
        9: (False, "Readings are missing in the hours that would be used."),
        6: (True, ""),
        5: (True, ""),
    }
    assert (found.periods[0].baseline, found.periods[0].delivered) == (-950, 200)


def test_what_was_credited_to_one_contract_is_not_credited_to_another(scene):
    """N1 gave 100 and N2 300 kWh; the first asks both for 250, the second N2 for 250: 250 and 150."""
    first = give(scene, scene.contract, "first", CONSTANT | {"baseline": {"method": "constant", "kw": "0"}})
    ContractedAsset.objects.create(contract=first, asset_id=scene.assets["N2"].pk, asset_ref="N2", data={})
    bid = Bid.objects.filter(ballot__provider=scene.north.organisation).exclude(contract__isnull=False).get()
    second = another_contract(scene, first, bid, scene.assets["N2"])
    one = issue(scene, first, scene.start, scene.start + HALF_HOUR, "0.5")
    with clock.set_to(clock.now() + MINUTE):
        two = issue(scene, second, scene.start, scene.start + HALF_HOUR, "0.5")
    tell(scene.north, scene.assets["N1"], {scene.start: -100})
    tell(scene.north, scene.assets["N2"], {scene.start: -300})
    found = [measured(scene, each).performance for each in (one, two)]
    assert [float(each.delivered) for each in found] == [250, 150]
    assert float(found[1].periods[0].units[0].taken) == 150


def test_a_gap_leaves_the_period_incomplete_and_nothing_deficient(scene):
    contract = give(scene, scene.contract, "gap", CONSTANT)
    ContractedAsset.objects.create(contract=contract, asset_id=scene.assets["N2"].pk, asset_ref="N2", data={})
    dispatch = issue(scene, contract, scene.start, scene.start + 2 * HALF_HOUR, "1")
    tell(scene.north, scene.assets["N1"], half_hours(scene.start, 2, 800))
    tell(scene.north, scene.assets["N2"], {scene.start: 900, scene.start + HALF_HOUR: None})
    found = measured(scene, dispatch).performance
    assert [each.complete for each in found.periods] == [True, False]
    assert kwh(each.delivered for each in found.periods) == [300, 200]
    assert kwh(each.deficiency for each in found.periods) == [200, 0]


def test_declined_stopped_and_cancelled(scene):
    contract = give(scene, scene.contract, "events", CONSTANT)
    tell(scene.north, scene.assets["N1"], half_hours(scene.start, 8, 500))
    declined = issue(scene, contract, scene.start, scene.start + HALF_HOUR, "0.5")
    decline_dispatch(by=scene.north, dispatch_id=declined.pk, reason="outage", now=clock.now())
    stopped = issue(scene, contract, scene.start + 2 * HALF_HOUR, scene.start + 4 * HALF_HOUR, "1")
    cancelled = issue(scene, contract, scene.start + 5 * HALF_HOUR, scene.start + 6 * HALF_HOUR, "1")
    cancel_dispatch(by=scene.buyer, dispatch_id=cancelled.pk, now=clock.now())
    with clock.set_to(scene.start + 2 * HALF_HOUR + 40 * MINUTE):
        stop_dispatch(by=scene.buyer, dispatch_id=stopped.pk, now=clock.now())
    assert measured(scene, declined).performance.delivered == 0
    assert kwh(each.requested for each in measured(scene, stopped).performance.periods) == [500, 166.667]
    assert measured(scene, cancelled) is None


def test_estimated_readings_count_only_where_the_terms_say_so(scene):
    for number, (ref, counts) in enumerate((("strict", False), ("lenient", True))):
        contract = give(scene, scene.contract, ref, CONSTANT | {"estimated_counts": counts})
        start = scene.start + 2 * number * HALF_HOUR
        dispatch = issue(scene, contract, start, start + HALF_HOUR, "0.5")
        tell(scene.north, scene.assets["N1"], {start: 800}, quality=1)
        assert (measured(scene, dispatch).performance.complete_periods == 1) is counts


def test_a_dispatch_is_measured_by_what_was_known_at_an_instant(scene):
    contract = give(scene, scene.contract, "known", CONSTANT)
    dispatch = issue(scene, contract, scene.start, scene.start + HALF_HOUR, "0.5")
    tell(scene.north, scene.assets["N1"], {scene.start: 900})
    then = clock.now()
    with clock.set_to(scene.start + timedelta(days=1)):
        tell(scene.north, scene.assets["N1"], {scene.start: 800})
        now = clock.now()
    assert measured_dispatch(dispatch, now).performance.delivered == 200
    assert measured_dispatch(dispatch, now, then).performance.delivered == 100


def test_both_parties_see_a_dispatch_and_nobody_else(scene):
    contract = give(scene, scene.contract, "seen", CONSTANT)
    dispatch = issue(scene, contract, scene.start, scene.start + HALF_HOUR, "0.5")
    tell(scene.north, scene.assets["N1"], {scene.start: 900})
    day = scene.start.astimezone(contract.buyer.zone).date()
    now = scene.start + timedelta(hours=3)
    other = base.member(base.operator())
    seen = {
        name: measured_of_member(member, day, day, now)
        for name, member in {
            "buyer": scene.buyer,
            "north": scene.north,
            "south": scene.south,
            "other": other,
        }.items()
    }
    assert {name: len(found) for name, found in seen.items()} == {
        "buyer": 1,
        "north": 1,
        "south": 0,
        "other": 0,
    }
    with clock.set_to(now):
        for member, status in ((scene.buyer, 200), (scene.north, 200), (scene.south, 404), (other, 404)):
            assert page(member, dispatch).status_code == status


def page(member, dispatch, **asked):
    return opened(member, reverse("operations:dispatch_performance", args=[dispatch.pk]), **asked)


def opened(member, address, **asked):
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.get(address, asked)


def test_the_pages_show_the_figures_and_what_they_are_made_of(scene):
    contract = give(scene, scene.contract, "page", CONSTANT)
    dispatch = issue(scene, contract, scene.start, scene.start + 2 * HALF_HOUR, "0.5", ref="D-1")
    tell(scene.north, scene.assets["N1"], {scene.start: 850})
    month = f"{scene.start.astimezone(contract.buyer.zone):%Y-%m}"
    with clock.set_to(scene.start + timedelta(hours=3)):
        listed = opened(scene.north, reverse("operations:performance"), month=month).content.decode()
        shown = page(scene.north, dispatch, period="2", asset="N1").content.decode()
    assert "0.150 of 0.500 MWh delivered" in listed
    assert "30.0 %" in listed
    assert "1 of 2" in listed
    assert "By asset, period 2" in shown
    assert "readings are missing" in shown


def test_the_workbook_of_a_month(scene):
    contract = give(scene, scene.contract, "book", CONSTANT)
    issue(scene, contract, scene.start, scene.start + HALF_HOUR, "0.5")
    tell(scene.north, scene.assets["N1"], {scene.start: 850})
    month = f"{scene.start.astimezone(contract.buyer.zone):%Y-%m}"
    with run_jobs_inline(), clock.set_to(scene.start + timedelta(hours=3)):
        job = run_now(
            start_file(
                by=scene.buyer, kind="operations.performance", params={"month": month}, now=clock.now()
            ).pk
        )
    assert job.output is not None, job.error
    assert job.output.name == f"performance_{month}.xlsx"


def test_the_file_of_dispatches_says_what_was_delivered_where_readings_are_there(scene):
    contract = give(scene, scene.contract, "file", CONSTANT)
    issue(scene, contract, scene.start, scene.start + HALF_HOUR, "0.5", ref="READ")
    issue(scene, contract, scene.start + 4 * HALF_HOUR, scene.start + 5 * HALF_HOUR, "0.5", ref="UNREAD")
    tell(scene.north, scene.assets["N1"], {scene.start: 900})
    with clock.set_to(scene.start + timedelta(hours=30)), run_jobs_inline():
        job = start_file(by=scene.buyer, kind="operations.dispatches_csv", params={}, now=clock.now())
        text = bytes(run_now(job.pk).output.content).decode("utf-8-sig")
    told = {row["Dispatch Ref"]: row for row in csv.DictReader(io.StringIO(text))}
    figures = ("Requested (MWh)", "Delivered (MWh)", "Performance (%)")
    assert [Decimal(told["READ"][name]) for name in figures] == [Decimal("0.25"), Decimal("0.1"), 40]
    assert [told["UNREAD"][name] for name in figures[1:]] == ["", ""]


def test_the_list_asks_as_often_for_many_dispatches_as_for_few(scene, django_assert_max_num_queries):
    contract = give(scene, scene.contract, "many", CONSTANT)
    day = scene.start.astimezone(contract.buyer.zone).date()
    for number in range(4):
        issue(
            scene, contract, scene.start + number * HALF_HOUR, scene.start + (number + 1) * HALF_HOUR, "0.5"
        )
    tell(scene.north, scene.assets["N1"], half_hours(scene.start, 4, 900))
    with django_assert_max_num_queries(20):
        found = measured_of_member(scene.buyer, day, day, scene.start + timedelta(hours=5))
    assert [each.performance.delivered for each in found] == [Fraction(100)] * 4


def test_the_list_measures_again_only_what_may_have_changed(scene, monkeypatch):
    contract = give(scene, scene.contract, "kept", CONSTANT)
    dispatch = issue(scene, contract, scene.start, scene.start + HALF_HOUR, "0.5")
    gone = issue(scene, contract, scene.start + 4 * HALF_HOUR, scene.start + 5 * HALF_HOUR, "0.5")
    tell(scene.north, scene.assets["N1"], {scene.start: 900})
    measuring = []

    def watched(dispatches, now, instant=None):
        measuring.append([each.pk for each in dispatches])
        return measured_among(dispatches, now, instant)

    monkeypatch.setattr(kept_figures, "measured_among", watched)

    def shown(member):
        with clock.set_to(scene.start + timedelta(hours=30)):
            found = figures_among(list(begun_of_member(member, *days, clock.now())), clock.now())
        return {pk: float(each.delivered) for pk, each in found.items()}

    day = scene.start.astimezone(contract.buyer.zone).date()
    days = day, day
    assert shown(scene.buyer) == {dispatch.pk: 100, gone.pk: 0}
    assert shown(scene.north) == shown(scene.buyer) == {dispatch.pk: 100, gone.pk: 0}
    assert [len(each) for each in measuring] == [2, 0, 0]
    tell(scene.north, scene.assets["N1"], {scene.start: 850})
    assert shown(scene.buyer) == {dispatch.pk: 150, gone.pk: 0}
    cancel_dispatch(by=scene.buyer, dispatch_id=gone.pk, now=clock.now())
    assert shown(scene.north) == {dispatch.pk: 150}


def test_a_worker_measures_what_would_keep_the_page_waiting(scene, monkeypatch):
    contract = give(scene, scene.contract, "many-units", CONSTANT)
    dispatch = issue(scene, contract, scene.start, scene.start + HALF_HOUR, "0.5")
    tell(scene.north, scene.assets["N1"], {scene.start: 900})
    month = f"{scene.start.astimezone(contract.buyer.zone):%Y-%m}"
    asked: list = []
    monkeypatch.setattr(kept_figures, "AT_ONCE", 0)
    monkeypatch.setattr(
        kept_figures, "hand_over", lambda task, *ids: asked.append((task, *ids)) or bool(asked[1:])
    )
    address, told = reverse("operations:performance"), ("Being measured", "0.150", "every 3s")
    with clock.set_to(scene.start + timedelta(hours=30)):
        first = opened(scene.buyer, address, month=month).content.decode()
        assert "0.100" in first, "no worker can be asked: measured at once"
        tell(scene.north, scene.assets["N1"], {scene.start: 850})
        waiting = opened(scene.buyer, address, month=month).content.decode()
        again = opened(scene.north, address, month=month).content.decode()
        for each in (waiting, again):
            assert [word in each for word in told] == [True, False, True]
        assert [(task, ids) for task, *ids in asked] == [(kept_figures.TASK, [str(dispatch.pk)])] * 2
        assert keep_figures(str(dispatch.pk)) == 1
        done = opened(scene.buyer, address, month=month).content.decode()
    assert [word in done for word in told] == [False, True, False]
