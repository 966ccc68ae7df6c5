"""A contract has the settlement terms of its competition, copied at the award, or is given them once by its buyer."""

from copy import deepcopy
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.enums import Role
from competitions.domain.terms_fields import terms_of
from competitions.domain.terms_keeping import change_terms, create_terms
from competitions.models import Competition
from contracts.domain.given_terms import MOST_AT_ONCE, give_terms
from contracts.domain.lifecycle import sign_contract, withdraw_contract
from contracts.domain.queries import contracts_of, contracts_without_terms
from contracts.models import Contract
from contracts.signals import contract_signed
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from tests.accounts.people import signed_in
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING, at
from tests.contracts.scene import confirmed, decided
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)
STRICT = {"utilisation": {"curve": "threshold_50"}}


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        return confirmed()


@pytest.fixture
def made(once):
    """A confirmed competition whose contracts were awarded before there were terms."""
    made = deepcopy(once)
    made.contract = contracts_of(made.north).get()
    return made


def kept(by, now, ref="standard", fields=None):
    return create_terms(by=by, ref=ref, name="Standard", fields=fields or {}, now=now)


def give(made, version, by=None, ids=None, now=AFTER + A_DAY):
    return give_terms(by=by or made.buyer, contract_ids=ids or [made.contract.pk], version=version, now=now)


def test_a_contract_gets_the_version_that_was_current_when_bidding_opened():
    with run_jobs_inline():
        made = decided()
        opening = made.competition.bidding_open
        first = kept(made.buyer, opening - A_DAY, fields=STRICT)
        change_terms(by=made.buyer, terms=first.record, name="Later", fields={}, now=opening)
        with at(AFTER):
            confirm_results(by=made.buyer, competition=made.competition, now=AFTER)
    contract = contracts_of(made.north).get()
    assert contract.terms_version == first
    assert terms_of(contract.terms).utilisation == terms_of(STRICT).utilisation
    assert contract.terms["availability"]["mode"] == "none", "it pays utilisation alone"
    told = AuditEntry.objects.filter(action="contract awarded", changes__has_key="settlement_terms")
    assert {each.changes["settlement_terms"][1] for each in told} == {"standard version 1"}


@pytest.mark.parametrize(
    ("many", "why"), [(0, "at least one contract"), (MOST_AT_ONCE + 1, "at most 5,000 contracts at once")]
)
def test_none_and_too_many_at_once_are_refused(made, many, why):
    version = kept(made.buyer, AFTER)
    with pytest.raises(Refused, match=why):
        give_terms(
            by=made.buyer, contract_ids=[uuid4() for _ in range(many)], version=version, now=AFTER + A_DAY
        )


def test_a_contract_signed_without_terms_counts_as_signed_again_once_it_has_them(made):
    told = []

    def heard(sender, contract, by, **signal):
        told.append((contract, by))

    sign_contract(by=made.buyer, contract=made.contract, now=AFTER + A_DAY)
    contract_signed.connect(heard)
    try:
        give(made, kept(made.buyer, AFTER))
    finally:
        contract_signed.disconnect(heard)
    assert told == [(made.contract, made.buyer)]


def test_contracts_of_before_have_none_and_get_them_once_with_notice(made):
    assert made.contract.terms is None
    version = kept(made.buyer, AFTER)
    with run_jobs_inline():
        give(made, version)
    made.contract.refresh_from_db()
    assert (made.contract.terms_version, made.contract.terms["availability"]["mode"]) == (version, "none")
    entries = AuditEntry.objects.filter(action="contract given its settlement terms")
    assert {each.organisation_id for each in entries} == {
        made.buyer.organisation_id,
        made.north.organisation_id,
    }
    notices = Notification.objects.filter(kind="contract_terms")
    assert {each.user_id for each in notices} == {made.north.user_id}
    other = kept(made.buyer, AFTER, "other", STRICT)
    with pytest.raises(Refused, match="has settlement terms already"):
        give(made, other)
    made.contract.refresh_from_db()
    assert made.contract.terms_version == version


def test_one_that_can_not_get_them_refuses_all(made):
    version = kept(made.buyer, AFTER)
    south = contracts_of(made.south).get()
    withdraw_contract(by=made.buyer, contract=south, reason="No need.", now=AFTER + A_DAY)
    with pytest.raises(Refused, match="is withdrawn"):
        give(made, version, ids=[made.contract.pk, south.pk])
    assert not Contract.objects.exclude(terms=None).exists()
    assert list(contracts_without_terms(made.buyer)) == [made.contract]


def test_only_the_buyer_with_the_role_contracts_gives_its_own_terms(made):
    version = kept(made.buyer, AFTER)
    colleague = base.member(made.buyer.organisation, tuple(set(Role.values) - {Role.CONTRACTS}))
    for by in (colleague, made.north):
        with pytest.raises(NotAllowed):
            give(made, version, by=by)
    stranger = base.member(base.operator())
    theirs = kept(stranger, AFTER)
    with pytest.raises(Refused, match="not among yours"):
        give(made, theirs, by=stranger)
    with pytest.raises(Refused, match="no such settlement terms"):
        give(made, theirs)
    assert not Contract.objects.exclude(terms=None).exists()
    assert not contracts_without_terms(made.north).exists()


def test_the_database_holds_terms_and_their_version_together(made):
    with pytest.raises(IntegrityError), transaction.atomic():
        Contract.objects.filter(pk=made.contract.pk).update(terms={})


def test_the_buyer_gives_them_on_a_page_and_both_parties_read_them(made):
    version = kept(made.buyer, AFTER, fields=STRICT)
    with clock.set_to(AFTER + A_DAY), run_jobs_inline():
        buyer, seller = signed_in(made.buyer.user), signed_in(made.north.user)
        assert "have no settlement terms" in buyer.get(reverse("contracts:list")).text
        page = reverse("contracts:give_terms")
        assert "Contracts without terms" in buyer.get(page).text
        refused = buyer.post(page, {"terms": str(version.record_id)})
        assert (refused.status_code, "Choose at least one contract." in refused.text) == (422, True)
        sent = {"terms": str(version.record_id), "contracts": [str(made.contract.pk)]}
        assert buyer.post(page, sent).status_code == 302
        for reader in (buyer, seller):
            text = reader.get(reverse("contracts:contract", args=[made.contract.pk])).text
            assert "standard version 1" in text
            assert "nothing below 50 % delivered" in text
            assert "£10.00" in text, "the example is at the contract's own price"
        assert seller.get(page).status_code == 404


def test_a_competition_tells_everybody_its_terms_and_seals_nothing_away(made):
    kept(made.buyer, made.competition.bidding_open - A_DAY, fields={"penalty": {"price": "30"}})
    competition = Competition.objects.get(pk=made.competition.pk)
    with at(BIDDING):
        page = reverse("competitions:competition", args=[competition.ref])
        texts = {signed_in(each.user).get(page).text for each in (made.north, made.south)}
        visitor = signed_in(made.buyer.user).get(page).text
    for text in (*texts, visitor):
        assert "How it is settled" in text
        assert "standard version 1" in text
        assert "£30.00 /MWh on what is missing" in text
        assert "Fixed since bidding opened" in text
