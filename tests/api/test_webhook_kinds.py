"""What webhooks tell, kind by kind: to an organisation in which nobody holds the role, once, and to nobody whose business it
is not; with the fields that the guide names."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import transaction

from accounts.models import Member
from api.enums import WebhookKind
from api.integration.webhooks import BY_A_WORD
from api.models import WebhookDelivery, WebhookEndpoint
from api.webhooks.signing import new_secret
from bidding.domain import scheduled_notifications as bidding_timed
from bidding.domain.ballots.submitting import submit_ballot
from competitions.domain.setting_up.saving import cancel_competition
from contracts.domain.lifecycle import end_due, sign_contract, withdraw_contract
from contracts.enums import ContractStatus
from contracts.models import Contract
from marketplace import clock
from marketplace.jobs.actions import start_file
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from operations.domain.accepting import message_body
from operations.domain.dispatching import amend_dispatch, cancel_dispatch, stop_dispatch
from operations.domain.messages import write_message
from operations.domain.meter_reminders import notify_due as remind_of_readings
from operations.domain.watching import watch_dispatches
from operations.enums import MessageKind
from qualification.domain import notifications
from qualification.domain import scheduled_notifications as qualification_timed
from qualification.domain.verdicts import engine
from settlement.domain.finalising import finalise_due
from settlement.domain.invoicing import credit_document
from settlement.domain.payments import mark_paid
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING, CLOSE, at, bid, enter, market
from tests.competitions import files
from tests.contracts.scene import confirmed, decided
from tests.operations.scene import act, contracted, give, issue, minute
from tests.qualification import market as base
from tests.settlement import document_scene as documents
from tests.settlement import statement_scene as statements

pytestmark = pytest.mark.django_db
GUIDE = (Path(__file__).parents[2] / "docs" / "programs.md").read_text()
WORDS = {"title", "lines", "url", "key"}
DAY = timedelta(days=1)
PUBLISHED = base.OPEN - DAY


def documented():
    """The fields of each kind by the guide."""
    section = GUIDE.partition("### What is told")[2].partition("\n## ")[0]
    found = {}
    for row in re.findall(r"^\| (`.+?) \| (.+?) \| .*\|$", section, re.MULTILINE):
        kinds, fields = (re.findall(r"`([a-z_.]+)`", re.sub(r"\(.*?\)", "", cell)) for cell in row)
        for kind in kinds:
            assert kind not in found, f"{kind} has two rows"
            found[kind] = set(fields) | (WORDS if "words" in row[1] else set())
    return found


FIELDS = documented()


def listen(*organisations, roles=False):
    """A webhook of each that wants everything, while none of their people holds a role unless said."""
    for each in organisations:
        WebhookEndpoint.objects.create(
            organisation_id=each,
            url=f"https://{each}.example/",
            kinds=WebhookKind.values,
            secret=new_secret(),
            made_at=clock.now(),
            made_by_id=1,
        )
    if not roles:
        Member.objects.filter(organisation__in=organisations).update(roles=[])


def heard(organisation, *families):
    """What an organisation's webhook was told of these families of kinds, in its order, each with the fields of the guide."""
    rows = WebhookDelivery.objects.filter(endpoint__organisation=organisation).order_by("place")
    told = [(row.kind, json.loads(row.body)["data"]) for row in rows]
    for kind, data in told:
        assert set(data) == FIELDS[kind], kind
    return [each for each in told if not families or each[0].partition(".")[0] in families]


def kinds(organisation, *families):
    return [kind for kind, _ in heard(organisation, *families)]


def notify_due(now):
    """What beat asks for, twice, since it may."""
    with clock.set_to(now):
        for _ in range(2):
            qualification_timed.notify_due(now)
            bidding_timed.notify_due(now)


def test_the_guide_names_every_kind_and_no_other():
    assert set(FIELDS) == set(WebhookKind.values)


def test_every_status_of_a_contract_has_its_kind():
    assert set(BY_A_WORD["contract_status"][1]) == set(ContractStatus.values)


@pytest.fixture
def published():
    """A competition with assets of North and South in it; another provider's are elsewhere."""
    buyer = base.operator()
    found = {"competition": base.competition(buyer, minimum_mw=("1.5",)), "buyer": buyer.pk}
    for name in ("North", "South", "Away"):
        seller = base.member(base.provider(name)).organisation
        base.asset(seller, x=50 if name == "Away" else 0.5, generation_turn_up_mw=Decimal(2))
        found[name] = seller.pk
    engine.qualify(now=PUBLISHED)
    listen(*(found[name] for name in ("buyer", "North", "South", "Away")))
    return found


def test_a_competition_is_told_once_it_is_published_and_not_before(published):
    notify_due(PUBLISHED - timedelta(seconds=1))
    assert not WebhookDelivery.objects.exists()
    notify_due(PUBLISHED)
    notify_due(PUBLISHED + DAY)
    for name in ("North", "South"):
        ((kind, data),) = heard(published[name])
        assert (kind, data["competitions"]) == ("competition.published", [published["competition"].ref])
    assert not heard(published["Away"])
    assert not heard(published["buyer"])


def test_several_competitions_published_at_once_are_told_by_their_refs(published):
    again = base.competition(published["competition"].operator)
    engine.qualify(now=PUBLISHED)
    notify_due(PUBLISHED)
    ((_, data),) = heard(published["North"])
    assert data["competitions"] == sorted([published["competition"].ref, again.ref])


def test_what_an_operator_decides_of_assets_is_told_to_their_provider_alone(published):
    asset = Member.objects.get(organisation=published["North"]).organisation.assets.get()
    for _ in range(2):
        notifications.notify_verdicts_changed(
            published["competition"], [(asset, "Eligible", "Not eligible", "")], key="o1", now=base.DURING
        )
    ((kind, data),) = heard(published["North"])
    assert (kind, data["assets"]) == ("qualification.changed", [asset.ref])
    assert not heard(published["South"])


def test_an_entry_that_is_lost_is_told_to_its_provider_alone(published):
    north = Member.objects.get(organisation=published["North"]).organisation
    enter(published["competition"], north)
    north.assets.update(generation_turn_up_mw=Decimal(1))
    for _ in range(2):
        engine.qualify(competition_ids=[published["competition"].pk], now=base.DURING)
    assert kinds(published["North"]) == ["entry.lost"]
    assert not heard(published["South"])


def test_changes_and_a_cancellation_are_told_once_published_to_whom_they_concern():
    buyer = files.operator()
    files.draw_area(buyer)
    files.upload(buyer, files.competition())
    near, far = (base.member(base.provider()).organisation for _ in range(2))
    base.asset(near, x=-3.05, y=55.95)
    engine.qualify(now=files.DRAFT)
    listen(near.pk, far.pk)
    files.upload(buyer, files.header_only(**{"Competition Name": "Morning peak"}), files.DRAFT)
    assert not WebhookDelivery.objects.exists()
    files.upload(buyer, files.header_only(**{"Competition Name": "Night"}), files.PUBLISHED)
    with clock.set_to(files.PUBLISHED):
        cancel_competition(by=buyer, competition=files.stored(), reason="Done.", now=files.PUBLISHED)
    (changed, of_change), (cancelled, _) = heard(near.pk)
    assert (changed, cancelled) == ("competition.changed", "competition.cancelled")
    assert of_change["fields"] == ["name"]
    assert not heard(far.pk)


def submit(here):
    with at(BIDDING):
        submit_ballot(
            by=here.north,
            competition=here.competition,
            label="1",
            asset_ids=None,
            bids=[bid(here.windows[0])],
            now=BIDDING,
        )


def test_before_the_close_others_hear_the_same_whether_or_not_a_rival_bids():
    seen = []
    for bids in (False, True):
        here = market()
        south, buyer = here.south.organisation_id, here.buyer.organisation_id
        listen(south, buyer)
        notify_due(base.BIDDING_OPEN)
        if bids:
            submit(here)
        notify_due(CLOSE - DAY)
        seen.append((kinds(south), kinds(buyer)))
    assert seen[0] == seen[1] == (["bidding.opened", "bidding.closing"], [])


def test_a_ballot_is_told_to_its_bidder_who_is_then_not_reminded():
    here = market()
    north = here.north.organisation_id
    listen(north, roles=True)
    submit(here)
    notify_due(CLOSE - DAY)
    assert kinds(north, "ballot", "bidding") == ["ballot.recorded", "bidding.opened"]


def test_results_and_contracts_are_told_in_the_transaction_that_confirms_them():
    made = decided()
    north, south = made.north.organisation_id, made.south.organisation_id
    listen(north)
    with at(AFTER):
        with transaction.atomic():
            confirm_results(by=made.buyer, competition=made.competition, now=AFTER)
            assert WebhookDelivery.objects.exists()
            transaction.set_rollback(True)
        assert not WebhookDelivery.objects.exists(), "undone, nothing is told"
        confirm_results(by=made.buyer, competition=made.competition, now=AFTER)
    told = dict(heard(north))
    contract = Contract.objects.get(seller=north)
    assert sorted(told) == ["contract.awarded", "results.confirmed"]
    assert told["contract.awarded"]["contracts"] == [str(contract.pk)]
    assert told["results.confirmed"]["accepted"] == [str(contract.bid_id)]
    assert len(told["results.confirmed"]["rejected"]) == 1
    assert not heard(south)


@pytest.mark.parametrize("last", ["ended", "withdrawn"])
def test_each_status_of_a_contract_is_told_to_its_seller(last):
    made = confirmed()
    listen(made.north.organisation_id, made.south.organisation_id)
    contract = Contract.objects.get(seller=made.north.organisation)
    with at(AFTER):
        if last == "ended":
            sign_contract(by=made.buyer, contract=contract, now=AFTER)
        else:
            withdraw_contract(by=made.buyer, contract=contract, reason="Wrong window.", now=AFTER)
    if last == "ended":
        end_due(AFTER + 400 * DAY)
    expected = ["contract.signed", "contract.ended"] if last == "ended" else ["contract.withdrawn"]
    assert kinds(made.north.organisation_id) == expected
    assert {data["contracts"][0] for _, data in heard(made.north.organisation_id)} == {str(contract.pk)}
    assert not heard(made.south.organisation_id)


def test_dispatches_are_told_to_the_seller_and_an_answer_that_is_overdue_to_the_buyer():
    made = give(contracted(), "fixed")
    listen(made.north.organisation_id, made.south.organisation_id)
    buyer = made.buyer.organisation_id
    with clock.set_to(minute(made, -60)):
        first, second = issue(made), issue(made, 40, 60)
        act(cancel_dispatch, made.buyer, second)
        listen(buyer)
    for seconds in (901, 960):
        with clock.set_to(first.issued_at + timedelta(seconds=seconds)):
            watch_dispatches(clock.now())
    assert kinds(made.north.organisation_id) == ["dispatch.issued", "dispatch.issued", "dispatch.cancelled"]
    ((kind, data),) = heard(buyer)
    assert (kind, data["dispatch"], data["ref"]) == ("dispatch.unanswered", str(first.pk), first.ref)
    assert not heard(made.south.organisation_id)


def test_messages_of_operations_are_told_as_they_are_written():
    made = give(contracted(), "fixed")
    north = made.north.organisation_id
    listen(north, made.south.organisation_id)
    for kind in (MessageKind.AVAILABILITY_ACCEPTED, MessageKind.AVAILABILITY_RELEASED):
        write_message(north, kind, message_body(made.contract, []), AFTER, None)
    with clock.set_to(minute(made, -60)):
        called = issue(made)
        amend_dispatch(
            by=made.buyer,
            dispatch_id=called.pk,
            mw=Decimal("0.25"),
            since=called.start,
            end=called.end,
            now=clock.now(),
        )
    with clock.set_to(minute(made, 5)):
        act(stop_dispatch, made.buyer, called, is_emergency=True)
    assert kinds(north) == [
        "availability.accepted",
        "availability.released",
        "dispatch.issued",
        "dispatch.amended",
        "dispatch.stopped",
    ]
    called_at = dict(heard(north))["dispatch.issued"]
    assert all(called_at[name].endswith("Z") for name in ("at", "start", "end")), "as everywhere in the API"
    assert not heard(made.south.organisation_id)


def test_a_file_that_is_done_is_told_to_the_organisation_whose_it_is():
    north, south = base.member(base.provider("North")), base.member(base.provider("South"))
    listen(north.organisation_id, south.organisation_id, roles=True)
    with run_jobs_inline():
        job = start_file(by=north, kind="qualification.assets", params={}, now=AFTER)
        run_now(job.pk)
    ((kind, data),) = heard(north.organisation_id)
    assert (kind, data["id"], data["kind"], data["state"]) == (
        "job.done",
        str(job.pk),
        "qualification.assets",
        "done",
    )
    assert not heard(south.organisation_id)


@pytest.fixture(scope="module")
def served(module_database):
    with run_jobs_inline():
        return statements.made()


def test_readings_that_are_missing_are_told_before_their_deadline_to_whom_they_are_missed_of(served):
    scene = statements.scene_of(
        served, {"baseline": {"method": "constant"}, "availability": {"mode": "fixed"}}
    )
    Contract.objects.filter(pk=scene.contract.pk).update(first_day=date(2026, 2, 1))
    listen(scene.north.organisation_id, scene.south.organisation_id)
    for day in (4, 5, 9):
        with clock.set_to(datetime(2026, 3, day, 9, tzinfo=UTC)):
            for _ in range(2):
                remind_of_readings(clock.now())
    told = heard(scene.north.organisation_id)
    assert [kind for kind, _ in told] == ["metering.missing"] * 2
    assert [told[0][1][name] for name in ("month", "deadline", "units")] == ["2026-02", "2026-03-10", ["N1"]]
    assert not heard(scene.south.organisation_id)


def test_a_statement_is_told_when_it_is_issued_and_when_it_is_final(served):
    with run_jobs_inline():
        scene = statements.scene_of(served)
        statements.dispatched(scene)
        listen(scene.north.organisation_id, scene.south.organisation_id)
        statements.run(scene)
        with clock.set_to(statements.FIRST_RUN + 90 * DAY):
            finalise_due(clock.now())
    made = str(statements.statement(scene).pk)
    assert [(kind, data["statements"]) for kind, data in heard(scene.north.organisation_id, "statement")] == [
        ("statement.issued", [made]),
        ("statement.final", [made]),
    ]
    assert not heard(scene.south.organisation_id)


def test_documents_are_told_when_made_and_taken_back_and_a_payment_as_such():
    with run_jobs_inline():
        made = documents.settled()
    documents.earned(made, made.contract, "10.00")
    listen(made.north.organisation_id, made.south.organisation_id)
    [paid] = documents.run(made)
    with clock.set_to(documents.NOW):
        mark_paid(
            by=made.buyer, document_id=paid.pk, paid_on=documents.NOW.date(), reference="", now=documents.NOW
        )
        back = credit_document(by=made.buyer, document_id=paid.pk, reason="Wrong rate.", now=documents.NOW)
    told = heard(made.north.organisation_id)
    assert [(kind, data["change"], data["documents"][0]["number"]) for kind, data in told] == [
        ("document.made", "made", paid.number),
        ("document.paid", "paid", paid.number),
        ("document.made", "credited", back.number),
    ]
    assert told[2][1]["documents"][0]["type"] == back.type
    assert not heard(made.south.organisation_id)
