"""A provider's month as message FlexSettlement of UFTP, read by the library that aggregators and operators use."""

import re
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from lxml import etree
from shapeshifter_uftp.transport import from_xml
from shapeshifter_uftp.uftp import FlexSettlement

from accounts.models import Organisation
from bidding.models import Bid
from contracts.models import Contract
from marketplace import clock
from marketplace.jobs.actions import start_file
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from operations.models import Unavailability
from settlement.domain.day_periods import DayPeriods
from settlement.domain.finalising import finalise
from settlement.domain.reservations import reserved_of
from settlement.domain.results import packed, unpacked
from settlement.models import Statement, StatementVersion
from tests.operations.metered import another_contract, give
from tests.operations.scene import browser
from tests.settlement import statement_scene as scenes
from tests.settlement.statement_scene import (
    FEBRUARY,
    FIRST_RUN,
    MARCH,
    dispatched,
    run,
    statement,
    told,
)

pytestmark = pytest.mark.django_db
KIND = "settlement.statement_uftp"
APRIL_RUN = datetime(2026, 4, 2, 9, tzinfo=UTC)
PAID = {"penalty": {"multiple": "2"}, "availability": {"mode": "fixed"}}
PRICES = {"availability_price": Decimal("7.35"), "utilisation_price": Decimal("183.33")}


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        return scenes.made()


@pytest.fixture
def scene(once, settings):
    settings.SITE_URL = "https://flex.marketplace.example"
    with run_jobs_inline():
        yield scenes.scene_of(once, scenes.CONSTANT | PAID, **PRICES)


def asked(made, by=None, month=FEBRUARY, version=None):
    version = version or statement(made, month).current
    with clock.set_to(FIRST_RUN):
        params = {"version": str(version.pk)}
        return run_now(start_file(by=by or made.north, kind=KIND, params=params, now=FIRST_RUN).pk)


def content(job):
    assert job.state == "done", job.error
    return bytes(job.output.content)


def message(made, month=FEBRUARY):
    written = content(asked(made, month=month))
    found = from_xml(written)
    assert isinstance(found, FlexSettlement)
    assert list(breaches(found, etree.fromstring(written))) == []
    names = [(each.order_reference, each.period) for each in found.flex_order_settlements]
    assert len(names) == len(set(names))
    for each in found.flex_order_settlements:
        assert each.price - each.penalty == each.net_settlement
        assert min(each.price, each.penalty) >= 0
    return found


def breaches(told, element):
    """What of an element the schema does not allow, as the library tells the schema: attributes that are missing, are unknown
    or have another form, and elements that are missing."""
    known = {each.metadata["name"]: each for each in fields(told)}
    yield from ((element.tag, name, "unknown") for name in element.keys() - known.keys())
    for name, each in known.items():
        if each.metadata["type"] == "Element":
            inner = getattr(told, each.name)
            if len(inner) < each.metadata.get("min_occurs", 0):
                yield element.tag, name, "missing"
            for one, its in zip(inner, element.findall(name), strict=True):
                yield from breaches(one, its)
        elif element.get(name) is None:
            if each.metadata.get("required"):
                yield element.tag, name, "missing"
        elif not re.fullmatch(each.metadata.get("pattern", ".*"), element.get(name)):
            yield element.tag, name, element.get(name)


def total(found):
    return sum(each.net_settlement for each in found.flex_order_settlements)


def order(found, begins):
    (one,) = [each for each in found.flex_order_settlements if each.order_reference.startswith(begins)]
    return one


def test_the_library_reads_a_month_with_its_power_and_money(scene):
    """0.5 MW for an hour against a baseline of 2 MW of import. Half-hour one: 700 kWh, 300 less than the baseline, of which
    250 were asked for. Half-hour two: 900 kWh, 100 less, 150 missing."""
    dispatch = dispatched(scene, imports=(700, 900))
    run(scene)
    found, version = message(scene), statement(scene).current
    assert total(found) == version.total
    assert (str(found.period_start), str(found.period_end), found.currency) == (
        "2026-02-01",
        "2026-02-28",
        "GBP",
    )
    code, own = (each.organisation.code.lower() for each in (scene.buyer, scene.north))
    assert (found.sender_domain, found.recipient_domain) == (
        f"{code}.flex.marketplace.example",
        f"{own}.flex.marketplace.example",
    )
    assert found.time_stamp == "2026-03-02T09:00:00Z"
    settled = order(found, dispatch.ref)
    paid = dict(version.lines.filter(dispatch=dispatch).values_list("kind", "amount"))
    assert (settled.price, settled.penalty) == (paid["Utilisation"], -paid["Penalty"])
    assert settled.contract_id == str(scene.contract.pk)
    assert settled.congestion_point.endswith(
        f".example.marketplace.flex:{scene.buyer.organisation.code}.{scene.competition.ref}"
    )
    assert [
        (
            each.start,
            each.baseline_power,
            each.ordered_flex_power,
            each.actual_power,
            each.delivered_flex_power,
            each.power_deficiency,
        )
        for each in settled.isps
    ] == [
        (33, 2_000_000, -500_000, 1_400_000, -500_000, 0),
        (34, 2_000_000, -500_000, 1_800_000, -200_000, 300_000),
    ]


def test_what_is_paid_for_no_dispatch_is_an_order_without_power(scene):
    dispatched(scene, imports=(700, 900))
    run(scene)
    available = order(message(scene), "Availability 2026-02-03 ")
    assert available.net_settlement == statement(scene).current.lines.get(reference="2026-02-03").amount
    (isp,) = available.isps
    assert (isp.start, isp.duration, isp.ordered_flex_power, isp.delivered_flex_power) == (1, 48, 0, 0)


def test_reservations_tell_the_capacity_in_service_and_what_was_ordered_of_it(scene):
    dispatched(scene, imports=(700, 700))
    run(scene)
    (contract,) = message(scene).contract_settlements
    assert (contract.contract_id, len(contract.periods)) == (str(scene.contract.pk), 28)
    first, second = contract.periods[:2]
    assert [(each.start, each.duration, each.reserved_power, each.ordered_power) for each in first.isps] == [
        (33, 2, -1_000_000, -500_000),
        (35, 6, -1_000_000, None),
    ]
    assert [(each.start, each.duration, each.ordered_power) for each in second.isps] == [(33, 8, None)]


def test_nothing_is_reserved_of_what_is_not_available_or_after_the_contract_was_withdrawn(scene):
    """1 MW; on the second day half of it is missing for an hour; withdrawn in the evening of the third, at 17:15."""
    first, second, third = (each.start for each in scene.service[:3])
    Unavailability.objects.create(
        contract=scene.contract,
        start=second,
        end=second + timedelta(hours=1),
        notified_end=second + timedelta(hours=1),
        mw="0.5",
        reason="outage",
        notified_at=first,
        notified_by_id=scene.north.user_id,
    )
    until = third + timedelta(hours=1, minutes=15)
    found = reserved_of(scene.contract, FEBRUARY, FIRST_RUN, until, DayPeriods(ZoneInfo("Europe/London"), 30))
    told = [found[date(2026, 2, day), number] for day in (1, 2, 3, 4) for number in (33, 34, 35, 36)]
    assert told == [1, 1, 1, 1, 0.5, 0.5, 1, 1, 1, 1, 0.5, 0, 0, 0, 0, 0]


def test_a_correction_of_an_earlier_month_counts_where_its_line_stands(scene):
    first = dispatched(scene, imports=(700, None))
    run(scene)
    with clock.set_to(FIRST_RUN):
        finalise(by=scene.buyer, versions=[statement(scene).current_id], now=FIRST_RUN)
    dispatched(scene, day=30)
    told(scene, scene.service[0].start, (700, 900), at=datetime(2026, 3, 20, tzinfo=UTC))
    run(scene, datetime(2026, 3, 21, tzinfo=UTC))
    before = statement(scene).current.total
    run(scene, APRIL_RUN, MARCH)
    march = message(scene, MARCH)
    assert total(march) == statement(scene, MARCH).current.total
    assert total(message(scene)) == before
    corrections = statement(scene, MARCH).current.lines.filter(kind="Correction")
    assert {each.reference for each in corrections} >= {f"2026-02 Utilisation {first.pk}"}
    for line in corrections:
        assert order(march, f"Correction {line.reference} ").net_settlement == line.amount


def test_a_correction_of_the_last_statement_counts_beside_what_was_final(scene):
    dispatched(scene, day=30, imports=(700, None))
    run(scene, APRIL_RUN, MARCH)
    final = statement(scene, MARCH).current
    with clock.set_to(APRIL_RUN):
        finalise(by=scene.buyer, versions=[final.pk], now=APRIL_RUN)
    told(scene, scene.service[30].start, (700, 900), at=datetime(2026, 6, 1, tzinfo=UTC))
    run(scene, datetime(2026, 6, 2, tzinfo=UTC), MARCH)
    correction = statement(scene, MARCH).current
    assert correction.number == 2
    assert total(message(scene, MARCH)) == final.total + correction.total


def test_a_month_may_cost_the_provider_money(scene):
    Contract.objects.filter(pk=scene.contract.pk).update(availability_price=None)
    dispatched(scene, imports=(1000, 1000))
    run(scene)
    found = message(scene)
    assert total(found) == statement(scene).current.total == Decimal("-183.33")
    assert (found.flex_order_settlements[0].price, found.flex_order_settlements[0].penalty) == (
        0,
        Decimal("183.33"),
    )


def test_periods_are_counted_from_midnight_where_the_clocks_change(scene):
    """Service begins at 16:00; on Sunday 29 March an hour of the night is missing."""
    dispatched(scene, day=55)
    dispatched(scene, day=56)
    run(scene, APRIL_RUN, MARCH)
    found = message(scene, MARCH)
    assert total(found) == statement(scene, MARCH).current.total
    ordered = {
        str(each.period): [isp.start for isp in each.isps]
        for each in found.flex_order_settlements
        if each.baseline_reference
    }
    assert ordered == {"2026-03-28": [33, 34], "2026-03-29": [31, 32]}
    assert order(found, "Availability 2026-03-29 ").isps[0].duration == 46


def test_a_month_that_came_to_nothing_is_a_message_over_nothing(scene):
    dispatched(scene)
    run(scene)
    made = statement(scene)
    result = unpacked(made.current.result) | {"lines": [], "dispatches": []}
    content, digest = packed(result)
    version = StatementVersion.objects.get(pk=made.current_id)
    version.pk, version.number, version._state.adding = StatementVersion._meta.pk.default(), 2, True
    version.result, version.digest, version.total, version.line_count = content, digest, 0, 0
    version.complete_lines = 0
    version.save(force_insert=True)
    Statement.objects.filter(pk=made.pk).update(current=version)
    found = message(scene)
    assert total(found) == 0
    assert [each.order_reference for each in found.flex_order_settlements] == [f"Nothing {scene.contract.pk}"]


def test_one_message_tells_of_all_contracts_of_the_pair(scene):
    other = another_contract(
        scene, scene.contract, Bid.objects.exclude(contract__isnull=False).first(), scene.assets["N1"]
    )
    other = give(scene, other, "shorter", scenes.CONSTANT | PAID | {"period_minutes": 15})
    dispatched(scene)
    run(scene)
    found = message(scene)
    both = Statement.objects.filter(contract__in=[scene.contract, other], month=FEBRUARY)
    assert total(found) == sum(each.current.total for each in both.select_related("current"))
    assert {each.contract_id for each in found.contract_settlements} == {
        str(scene.contract.pk),
        str(other.pk),
    }
    dispatch = next(each for each in found.flex_order_settlements if each.baseline_reference)
    assert [(each.start, each.duration) for each in dispatch.isps] == [(65, 2), (67, 2)]


def test_the_same_versions_make_the_same_bytes_and_another_one_another_message(scene):
    dispatched(scene, imports=(700, None))
    run(scene)
    first = content(asked(scene))
    assert content(asked(scene, by=scene.buyer)) == first
    told(scene, scene.service[0].start, (700, 900), at=FIRST_RUN + timedelta(hours=1))
    earlier = statement(scene).current
    run(scene, FIRST_RUN + timedelta(days=1))
    second = content(asked(scene))
    assert content(asked(scene, version=earlier)) == second
    before, after = from_xml(first), from_xml(second)
    assert before.message_id != after.message_id
    assert before.conversation_id == after.conversation_id


@pytest.mark.parametrize(
    ("site", "domain"),
    [("https://127.0.0.1:8000", "localhost"), ("https://Flex.Example.org", "flex.example.org")],
)
def test_odd_names_of_companies_and_sites_make_a_message_all_the_same(scene, settings, site, domain):
    settings.SITE_URL = site
    Organisation.objects.filter(pk=scene.north.organisation_id).update(name='Nørdlich & "Söhne" <Flex> 木\n')
    dispatched(scene)
    run(scene)
    assert message(scene).recipient_domain == f"{scene.north.organisation.code.lower()}.{domain}"


def test_only_the_parties_have_the_message_made(scene):
    dispatched(scene)
    run(scene)
    job = asked(scene, by=scene.south)
    assert (job.state, job.output) == ("refused", None)
    assert "no such statement" in job.error


def test_the_page_of_the_newest_version_offers_the_message_to_both(scene):
    dispatched(scene, imports=(700, None))
    run(scene)
    told(scene, scene.service[0].start, (700, 900), at=FIRST_RUN + timedelta(hours=1))
    run(scene, FIRST_RUN + timedelta(days=1))
    page, start = reverse("settlement:statement", args=[statement(scene).pk]), f"/{KIND}/"
    with clock.set_to(FIRST_RUN):
        for member in (scene.north, scene.buyer):
            assert start in browser(member).get(page).content.decode()
            assert start not in browser(member).get(f"{page}?version=1").content.decode()


@pytest.mark.parametrize(
    ("day", "count", "evening"),
    [(date(2026, 3, 29), 46, 31), (date(2026, 7, 1), 48, 33), (date(2026, 10, 25), 50, 35)],
)
def test_a_day_has_as_many_periods_as_it_has_half_hours(day, count, evening):
    zone = ZoneInfo("Europe/London")
    periods = DayPeriods(zone, 30)
    assert periods.count(day) == count
    at = datetime(day.year, day.month, day.day, 16, tzinfo=zone).astimezone(UTC)
    assert periods.place(at) == (day, evening)
    night = datetime(day.year, day.month, day.day, 23, 45, tzinfo=zone).astimezone(UTC)
    assert list(periods.between(night, night + timedelta(minutes=30))) == [
        (day, count, 15),
        (day + timedelta(days=1), 1, 15),
    ]
