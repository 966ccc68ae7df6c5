"""Statements of what is hard to settle, each with its sum worked by hand."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from bidding.models import Bid
from contracts.domain.lifecycle import withdraw_contract
from contracts.models import Contract
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from operations.domain.dispatching import decline_dispatch
from settlement.domain.results import packed, result_of, unpacked
from settlement.domain.working_out import worked_out
from tests.operations.metered import another_contract, give
from tests.settlement import statement_scene as scenes
from tests.settlement.statement_scene import CONSTANT, FIRST_RUN, MARCH, dispatched, lines, run, statement

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        return scenes.made()


def test_a_contract_withdrawn_in_the_middle_of_a_month(once):
    """£10/MW/h from 1 to 4 February, 16:00-20:00; withdrawn on the 3rd at 17:30: 4, 4 and 1.5 h are there.

    A dispatch of 0.5 MW from 17:00 for an hour is stopped then: 250 kWh asked. Import 600 of 1,000 in the first
    half-hour: 250 of 400 delivered: £2.50. Service fee £100/MW for 16 h, of which 9.5 h were served: £59.38 (59.375).
    """
    scene = scenes.scene_of(
        once,
        end_day=date(2026, 2, 5),
        availability_price=Decimal(10),
        service_fee=Decimal(100),
    )
    start = scene.service[2].start + timedelta(hours=1)
    with clock.set_to(start - timedelta(hours=1)):
        dispatch = scenes.issue(scene, scene.contract, start, start + timedelta(hours=1), "0.5")
    with clock.set_to(start + timedelta(minutes=30)), run_jobs_inline():
        withdraw_contract(
            by=scene.buyer, contract=scene.contract, reason="Not needed.", now=start + timedelta(minutes=30)
        )
    scenes.told(scene, start, (600, 600))
    run(scene)
    assert lines(statement(scene).current) == [
        ("Availability", "2026-02-01", Decimal("40.00")),
        ("Availability", "2026-02-02", Decimal("40.00")),
        ("Availability", "2026-02-03", Decimal("15.00")),
        ("Utilisation", str(dispatch.pk), Decimal("2.50")),
        ("Service fee", "2026-02", Decimal("59.38")),
    ]
    assert statement(scene).current.total == Decimal("156.88")


def test_the_month_in_which_the_clocks_go_forward(once):
    """Window 00:00-03:00 on 28 to 30 March 2026, £10/MW/h: 3 h, 2 h on the 29th, 3 h: 30.00, 20.00, 30.00.

    1 MW on the 29th from 00:00 GMT to 03:00 BST is 2 h: 2 MWh at £200, all delivered: 400.00.
    """
    scene = scenes.scene_of(
        once,
        {**CONSTANT, "baseline": {"method": "constant", "kw": "-4000"}},
        first_day=date(2026, 3, 28),
        end_day=date(2026, 3, 31),
        start=time(0),
        end=time(3),
        maximum_run_time=timedelta(hours=3),
        availability_price=Decimal(10),
        utilisation_price=Decimal(200),
    )
    night = scene.service[1]
    assert night.minutes == 120
    with clock.set_to(night.start - timedelta(hours=1)):
        dispatch = scenes.issue(scene, scene.contract, night.start, night.end, "1")
    scenes.told(scene, night.start, (1500, 1500, 1500, 1500))
    run(scene, datetime(2026, 4, 2, tzinfo=UTC), MARCH)
    assert lines(statement(scene, MARCH).current) == [
        ("Availability", "2026-03-28", Decimal("30.00")),
        ("Availability", "2026-03-29", Decimal("20.00")),
        ("Availability", "2026-03-30", Decimal("30.00")),
        ("Utilisation", str(dispatch.pk), Decimal("400.00")),
    ]


def test_overlapping_contracts_on_one_fleet_under_different_terms(once):
    """Both count on N1 alone: 300 kWh a half-hour of flexibility (baseline −1,000, import 700).

    The first asks 0.5 MW for an hour (250 a half-hour) and takes 250. What is left to the second, 0.5 MW too, are 50 a
    half-hour: 100 of 500 kWh. First, in proportion at £10: 500 kWh, £5.00. Second, threshold of 50 %: nothing, 0.00, and
    a penalty of once its price of £10 on 400 kWh: −£4.00.
    """
    scene = scenes.scene_of(once)
    bid = Bid.objects.exclude(contract__isnull=False).first()
    second = another_contract(scene, scene.contract, bid, scene.assets["N1"])
    second = give(
        scene,
        second,
        "strict",
        {**CONSTANT, "utilisation": {"curve": "threshold_50"}, "penalty": {"multiple": "1"}},
    )
    first_call = dispatched(scene)
    second_call = dispatched(scene, imports=None, contract=second, before=timedelta(minutes=59))
    run(scene)
    assert lines(statement(scene).current) == [("Utilisation", str(first_call.pk), Decimal("5.00"))]
    scene.contract = second
    assert lines(statement(scene).current) == [
        ("Utilisation", str(second_call.pk), Decimal("0.00")),
        ("Penalty", str(second_call.pk), Decimal("-4.00")),
    ]
    assert {each.terms_version for each in _currents()} == {
        each.terms_version for each in Contract.objects.filter(terms__isnull=False)
    }


def test_what_is_asked_for_after_midnight_of_the_last_night_of_a_month(once):
    """£10/MW/h, 22:00-02:00, the last night from 28 February to 1 March: 28 nights of 4 h, 40.00 each but the last.

    In the last night a dispatch from 00:30 on 1 March was declined: the night's availability is forfeited in February, the
    dispatch belongs to March: 0.00. In the night before one from 00:30 on 28 February, 500 kWh in full at £10: £5.00, is
    February's. February: 27 × 40.00 + 0.00 + 5.00 = 1,085.00.
    """
    scene = scenes.scene_of(once, end_day=MARCH, start=time(22), end=time(2), availability_price=Decimal(10))
    hour, half = timedelta(hours=1), timedelta(minutes=30)
    begins = [scene.service[day].start + 2 * hour + half for day in (26, 27)]
    with clock.set_to(begins[0] - hour):
        kept = scenes.issue(scene, scene.contract, begins[0], begins[0] + hour, "0.5")
    with clock.set_to(begins[1] - hour):
        declined = scenes.issue(scene, scene.contract, begins[1], begins[1] + hour, "0.5")
        decline_dispatch(by=scene.north, dispatch_id=declined.pk, reason="outage", now=clock.now())
    scenes.told(scene, begins[0], (700, 700))
    run(scene)
    february = statement(scene).current
    assert lines(february)[26:] == [
        ("Availability", "2026-02-27", Decimal("40.00")),
        ("Availability", "2026-02-28", Decimal("0.00")),
        ("Utilisation", str(kept.pk), Decimal("5.00")),
    ]
    assert february.total == Decimal("1085.00")
    run(scene, datetime(2026, 4, 2, tzinfo=UTC), MARCH)
    assert lines(statement(scene, MARCH).current) == [("Utilisation", str(declined.pk), Decimal("0.00"))]


def _currents():
    from settlement.models import StatementVersion

    return StatementVersion.objects.filter(current_of__isnull=False)


def test_an_earlier_version_is_reproduced_to_the_byte(once):
    scene = scenes.scene_of(once)
    dispatched(scene, imports=(700, None))
    run(scene)
    old = statement(scene).current
    scenes.told(scene, scene.service[0].start, (700, 900), at=FIRST_RUN + DAY)
    run(scene, FIRST_RUN + 2 * DAY)
    assert statement(scene).current.digest != old.digest
    again = worked_out(
        [_with_parties(scene.contract)], scenes.FEBRUARY, FIRST_RUN + 9 * DAY, old.data_instant
    )
    kept, digest = packed(result_of(again[0]))
    assert (kept, digest) == (bytes(old.result), old.digest)
    assert unpacked(old.result)["lines"][0]["amount"] == "2.50"


def _with_parties(contract):
    return Contract.objects.select_related("buyer", "seller", "competition", "terms_version__record").get(
        pk=contract.pk
    )
