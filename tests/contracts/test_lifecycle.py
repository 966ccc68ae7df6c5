"""A contract is signed after the standstill, ends after its last day, and is withdrawn with a reason; by the
buyer."""

from copy import deepcopy
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.enums import Role
from bidding.domain.decisions.policy import change_policy
from contracts import tasks
from contracts.domain.lifecycle import add_document, end_due, sign_contract, signable_from, withdraw_contract
from contracts.domain.queries import contracts_of
from contracts.enums import CONTRACT_TRANSITIONS, ContractStatus
from contracts.models import Contract, ContractDocument
from contracts.tasks import end_due as end_due_task
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from tests.accounts.people import signed_in
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING, at
from tests.contracts.scene import confirmed, decided
from tests.qualification import market as base
from tests.support.attachments import PDF

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
A_DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        return confirmed()


@pytest.fixture
def made(once):
    made = deepcopy(once)
    made.contract = contracts_of(made.north).get()
    return made


def sign(made, by=None, now=AFTER + A_DAY):
    sign_contract(by=by or made.buyer, contract=made.contract, now=now)


def withdraw(made, by=None, reason="The substation was upgraded.", now=AFTER + A_DAY):
    withdraw_contract(by=by or made.buyer, contract=made.contract, reason=reason, now=now)


def status(made) -> str:
    return Contract.objects.get(pk=made.contract.pk).status


def entries(made, action) -> set:
    found = AuditEntry.objects.filter(action=action, subject_id=str(made.contract.pk))
    return set(found.values_list("organisation_id", flat=True))


def both(made) -> set:
    return {made.buyer.organisation_id, made.north.organisation_id}


def test_the_buyer_signs_and_both_parties_can_read_it_in_their_logs(made):
    sign(made)
    assert status(made) == "signed"
    assert entries(made, "contract signed") == both(made)


def test_the_buyer_withdraws_with_a_reason_that_both_parties_read(made):
    sign(made)
    withdraw(made)
    assert status(made) == "withdrawn"
    assert Contract.objects.get(pk=made.contract.pk).withdrawal_reason == "The substation was upgraded."
    assert entries(made, "contract withdrawn") == both(made)
    page = signed_in(made.north).get(reverse("contracts:contract", args=[made.contract.pk]))
    assert b"The substation was upgraded." in page.content


def test_a_contract_signed_since_the_page_was_made_is_not_withdrawn_unseen(made):
    sign(made)
    with pytest.raises(Refused, match="is signed since your page was made"):
        withdraw_contract(
            by=made.buyer,
            contract=made.contract,
            reason="The substation was upgraded.",
            seen="awarded",
            now=AFTER + A_DAY,
        )
    assert status(made) == "signed"


def test_a_withdrawal_without_a_reason_is_refused(made):
    with pytest.raises(Refused, match="needs a reason"):
        withdraw(made, reason="  ")
    assert status(made) == "awarded"


@pytest.mark.parametrize("source", ContractStatus)
@pytest.mark.parametrize("to", [ContractStatus.SIGNED, ContractStatus.WITHDRAWN])
@pytest.mark.parametrize("who", ["buyer", "buyer without the role", "seller", "rival", "other operator"])
def test_every_step_from_every_state_by_everybody(made, source, to, who):
    if source in (ContractStatus.SIGNED, ContractStatus.ENDED):
        sign(made)
    if source == ContractStatus.ENDED:
        assert end_due(base_end(made)) == 1
    if source == ContractStatus.WITHDRAWN:
        withdraw(made)
    by = {
        "buyer": made.buyer,
        "buyer without the role": base.member(made.buyer.organisation, roles=(Role.BIDS, Role.PROCUREMENT)),
        "seller": made.north,
        "rival": made.south,
        "other operator": base.member(base.operator()),
    }[who]
    before = AuditEntry.objects.count()
    made.contract.refresh_from_db()
    act = sign if to == ContractStatus.SIGNED else withdraw
    if who == "buyer" and to in CONTRACT_TRANSITIONS[source]:
        act(made, by=by)
        assert (status(made), AuditEntry.objects.count()) == (to, before + 2)
    else:
        with pytest.raises(Refused if who == "buyer" else NotAllowed):
            act(made, by=by)
        assert (status(made), AuditEntry.objects.count()) == (source, before)


def base_end(made) -> datetime:
    return datetime.combine(made.contract.end_day, datetime.min.time(), LONDON)


def test_a_signed_contract_ends_when_its_last_day_is_over_in_the_buyers_zone(made):
    sign(made)
    assert end_due(base_end(made) - timedelta(seconds=1)) == 0
    assert end_due(base_end(made)) == 1
    assert status(made) == "ended"
    assert entries(made, "contract ended") == both(made)


def test_a_contract_of_nights_ends_with_the_night_of_its_last_day(made):
    sign(made)
    Contract.objects.filter(pk=made.contract.pk).update(start=time(22), end=time(6))
    assert end_due(base_end(made) + timedelta(hours=5, minutes=59)) == 0
    assert end_due(base_end(made) + timedelta(hours=6)) == 1


def test_the_task_that_ends_contracts_can_run_twice_and_leaves_unsigned_ones(made):
    sign(made)
    with clock.set_to(base_end(made)):
        assert [tasks.end_due(), end_due_task()] == [1, 0]
    others = Contract.objects.exclude(pk=made.contract.pk)
    assert set(others.values_list("status", flat=True)) == {"awarded"}


def test_standstill_lasts_so_many_whole_days_over_a_clock_change():
    confirmed_at = datetime(2026, 3, 27, 15, tzinfo=UTC)
    assert signable_from(confirmed_at, 0, LONDON) is None
    assert signable_from(confirmed_at, 2, LONDON) == datetime(2026, 3, 29, 23, tzinfo=UTC)


def test_nobody_signs_during_the_standstill():
    with run_jobs_inline():
        made = decided()
        change_policy(by=made.buyer, four_eyes=False, standstill_days=8, now=BIDDING)
        with at(AFTER):
            confirm_results(by=made.buyer, competition=made.competition, now=AFTER)
    made.contract = contracts_of(made.north).get()
    end = made.contract.signable_from
    assert end == signable_from(AFTER, 8, LONDON)
    with pytest.raises(Refused, match="standstill"):
        sign(made, now=end - timedelta(seconds=1))
    assert status(made) == "awarded"
    sign(made, now=end)
    assert status(made) == "signed"


def test_a_document_is_kept_for_both_parties_and_nobody_else(made):
    held = add_document(
        by=made.buyer, contract=made.contract, data=PDF, filename="signed copy.pdf", now=AFTER
    )
    address = reverse("contracts:document", args=[held.pk])
    for party in (made.buyer, made.north):
        answer = signed_in(party).get(address)
        assert answer.content == PDF
        assert answer["Content-Disposition"] == 'attachment; filename="signed_copy.pdf"'
        assert "sandbox" in answer["Content-Security-Policy"]
    for other in (made.south, base.member(base.operator())):
        assert signed_in(other).get(address).status_code == 404
    assert entries(made, "contract document added") == both(made)


def test_a_document_that_is_sent_twice_is_kept_once(made):
    first, second = (
        add_document(by=made.buyer, contract=made.contract, data=PDF, filename="signed copy.pdf", now=AFTER)
        for _ in range(2)
    )
    assert first == second
    assert ContractDocument.objects.count() == 1
    assert entries(made, "contract document added") == both(made)


def test_only_the_buyer_adds_documents_and_only_real_ones(made):
    with pytest.raises(NotAllowed):
        add_document(by=made.north, contract=made.contract, data=PDF, filename="a.pdf", now=AFTER)
    address = reverse("contracts:attach", args=[made.contract.pk])
    page = b"<script>alert(1)</script>"
    shown = signed_in(made.buyer).post(address, {"document": SimpleUploadedFile("signed.pdf", page)})
    assert b"whatever its name says" in shown.content
    assert not ContractDocument.objects.exists()


def test_the_buyer_signs_and_withdraws_on_the_page(made):
    client = signed_in(made.buyer)
    with at(AFTER):
        client.post(reverse("contracts:sign", args=[made.contract.pk]))
        assert status(made) == "signed"
        shown = client.post(
            reverse("contracts:withdraw", args=[made.contract.pk]), {"reason": "", "seen": "signed"}
        )
        assert b"This field is required" in shown.content
        client.post(
            reverse("contracts:withdraw", args=[made.contract.pk]),
            {"reason": "Not needed.", "seen": "signed"},
        )
    assert status(made) == "withdrawn"
