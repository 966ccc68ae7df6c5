"""An invoice run: a document for each provider over what is final, by agreement and treatment; taken back and made again."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from accounts.domain.organisations import change_details
from accounts.models import Organisation
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from settlement.domain.agreements import accept_agreement, close_agreement, end_agreement, propose_agreement
from settlement.domain.invoice_plan import invoice_plan, months_to_invoice
from settlement.domain.invoicing import credit_document
from settlement.domain.payments import mark_paid, unmark_paid
from settlement.enums import VersionKind, VersionState
from settlement.models import Dispute, DisputedLine, Document, DocumentLine, DocumentStatement
from tests.bidding.market import AFTER
from tests.qualification import market as base
from tests.settlement.document_scene import JULY, JUNE, NOW, agreed, earned, run, seen, settled, tell

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        return settled()


@pytest.fixture
def made(once):
    return deepcopy(once)


def figures(document):
    return document.type, str(document.net), str(document.vat), str(document.gross)


def refused(action, **told):
    with pytest.raises(Refused) as caught:
        action(**told)
    return caught.value.sentence


def test_by_agreement_what_is_final_becomes_a_self_billing_invoice(made):
    agreed(made)
    earned(made, made.contract, "82.00", "33.00", "-13.00")
    [document] = run(made)
    assert figures(document) == ("self-billing invoice", "102.00", "20.40", "122.40")
    assert document.number == "SB-NRN-NORTH-2026-0001"
    assert (document.supply_from, document.supply_to) == (JUNE, date(2026, 6, 30))
    assert document.issued_on == NOW.date()
    assert document.seller_party["vat_number"] == "GB123456789"
    assert document.buyer_party["address"] == "2 Grid Way\nPerth"
    lines = [(each.kind, each.quantity, each.net) for each in document.lines.order_by("place")]
    assert lines == [
        ("Utilisation", Decimal("201.000000"), Decimal("115.00")),
        ("Penalty", Decimal("100.500000"), Decimal("-13.00")),
    ]


def test_without_an_agreement_it_is_a_remittance_advice_with_the_same_content(made):
    agreed(made, last=date(2026, 6, 29))
    earned(made, made.contract, "102.00")
    [document] = run(made)
    assert figures(document) == ("remittance advice", "102.00", "20.40", "122.40")
    assert document.agreement is None


def test_what_comes_to_less_than_nothing_is_a_credit_note_with_positive_amounts(made):
    agreed(made)
    earned(made, made.contract, "10.00", "-150.00")
    [document] = run(made)
    assert figures(document) == ("credit note", "140.00", "28.00", "168.00")
    assert [str(each.net) for each in document.lines.order_by("place")] == ["-10.00", "150.00"]


def test_what_comes_to_nothing_makes_no_document(made):
    agreed(made)
    earned(made, made.contract, "5.00", "-5.00")
    assert refused(run, made=made) == "Nothing of June 2026 waits to be invoiced."
    assert months_to_invoice(made.buyer.organisation) == []


def test_only_what_is_final_is_invoiced_and_only_once(made):
    earned(made, made.contract, "10.00")
    earned(made, made.other, "20.00", state=VersionState.PROVISIONAL)
    earned(made, made.other, "30.00", month=JULY)
    assert [each.seller for each in run(made)] == [made.north.organisation]
    assert months_to_invoice(made.buyer.organisation) == [JULY]
    assert "Nothing of June" in refused(run, made=made)


def test_a_document_pays_all_contracts_of_its_seller(made):
    agreed(made)
    agreed(made, made.south)
    earned(made, made.contract, "10.00")
    earned(made, made.other, "20.00")
    first, second = run(made)
    assert {first.number, second.number} == {"SB-NRN-NORTH-2026-0001", "SB-NRN-SOUTH-2026-0001"}


def test_numbers_of_a_pair_and_year_follow_one_another_without_a_gap(made):
    agreed(made)
    for month in (JUNE, JULY):
        earned(made, made.contract, "10.00", month=month)
    [first] = run(made)
    credit = credit_document(by=made.buyer, document_id=first.pk, reason="Wrong price.", now=NOW)
    [again] = run(made)
    [later] = run(made, JULY)
    numbers = [each.number[-9:] for each in (first, credit, again, later)]
    assert numbers == ["2026-0001", "2026-0002", "2026-0003", "2026-0004"]
    next_year = NOW.replace(year=2027)
    back = credit_document(by=made.buyer, document_id=later.pk, reason="Again.", now=next_year)
    assert back.number == "SB-NRN-NORTH-2027-0001"


def test_a_mistake_is_taken_back_in_full_and_made_again(made):
    agreed(made)
    earned(made, made.contract, "102.00")
    [first] = run(made)
    credit = credit_document(by=made.buyer, document_id=first.pk, reason="Wrong address.", now=NOW)
    assert figures(credit) == ("credit note", "102.00", "20.40", "122.40")
    assert (credit.credits, credit.reason) == (first, "Wrong address.")
    assert credit.seller_party == first.seller_party
    assert months_to_invoice(made.buyer.organisation) == [JUNE]
    tell(made.north.organisation, registered_address="5 New Street")
    [again] = run(made)
    assert again.seller_party["address"] == "5 New Street"
    assert figures(again) == figures(first)
    assert "taken back already" in refused(
        credit_document, by=made.buyer, document_id=first.pk, reason="Twice.", now=NOW
    )
    assert "takes another document back" in refused(
        credit_document, by=made.buyer, document_id=credit.pk, reason="No.", now=NOW
    )


def test_taking_back_a_credit_note_or_an_advice_turns_what_it_said(made):
    agreed(made)
    earned(made, made.contract, "-140.00")
    earned(made, made.other, "30.00")
    credit_note, advice = sorted(run(made), key=lambda each: each.type)
    back = credit_document(by=made.buyer, document_id=credit_note.pk, reason="Wrong.", now=NOW)
    assert figures(back) == ("self-billing invoice", "140.00", "28.00", "168.00")
    back = credit_document(by=made.buyer, document_id=advice.pk, reason="Wrong.", now=NOW)
    assert figures(back) == ("remittance advice", "-30.00", "-6.00", "-36.00")


def test_vat_follows_the_treatment_on_the_last_day_of_the_month(made):
    agreed(made)
    july = NOW.replace(day=5)
    treatment = {"vat_treatment": "reverse charge", "vat_from": date(2026, 7, 1), "vat_number": "GB123456789"}
    change_details(by=made.north, details=treatment, now=july)
    for month in (JUNE, JULY):
        earned(made, made.contract, "100.00", month=month)
    [june] = run(made)
    [of_july] = run(made, JULY)
    assert (june.vat_kind, str(june.vat)) == ("standard", "20.00")
    assert (of_july.vat_kind, str(of_july.vat), str(of_july.vat_rate)) == ("reverse charge", "0.00", "0.00")


def test_a_number_given_later_does_not_tax_the_months_before(made):
    agreed(made)
    tell(made.north.organisation, vat_number="")
    change_details(
        by=made.north, details={"vat_number": "GB555555555", "vat_from": date(2026, 7, 1)}, now=NOW
    )
    for month in (JUNE, JULY):
        earned(made, made.contract, "100.00", month=month)
    [june] = run(made)
    [of_july] = run(made, JULY)
    assert (june.vat_kind, june.seller_party["vat_number"], str(june.gross)) == ("none", "", "100.00")
    assert (of_july.vat_kind, of_july.seller_party["vat_number"]) == ("standard", "GB555555555")
    assert str(of_july.gross) == "120.00"


def test_vat_is_rounded_once_over_the_document(made):
    agreed(made)
    earned(made, made.contract, *["0.03"] * 11)
    [document] = run(made)
    assert figures(document) == ("self-billing invoice", "0.33", "0.07", "0.40")


def test_a_seller_without_an_address_is_left_out_and_named(made):
    tell(made.north.organisation, registered_address="")
    earned(made, made.contract, "10.00")
    earned(made, made.other, "20.00")
    plan = invoice_plan(made.buyer.organisation, JUNE)
    assert [each.left_out for each in plan.left_out] == ["The registered address of North is not known."]
    assert [each.seller for each in run(made)] == [made.south.organisation]
    assert months_to_invoice(made.buyer.organisation) == [JUNE]


def test_a_seller_in_a_country_without_a_known_rate_is_left_out(made):
    Organisation.objects.filter(pk=made.north.organisation_id).update(country="US")
    earned(made, made.contract, "10.00")
    plan = invoice_plan(made.buyer.organisation, JUNE)
    assert [each.left_out for each in plan.left_out] == ["The standard rate of VAT in US is not known."]


def test_a_seller_abroad_shows_its_own_countrys_rate_or_by_reverse_charge_none(made):
    agreed(made)
    Organisation.objects.filter(pk=made.north.organisation_id).update(country="FI")
    told = {"vat_treatment": "reverse charge", "vat_from": date(2026, 7, 1), "vat_number": "FI12345678"}
    change_details(by=made.north, details=told, now=NOW.replace(day=5))
    for month in (JUNE, JULY):
        earned(made, made.contract, "100.00", month=month)
    assert [figures(each) for each in run(made)] == [("self-billing invoice", "100.00", "25.50", "125.50")]
    [of_july] = run(made, JULY)
    assert figures(of_july) == ("self-billing invoice", "100.00", "0.00", "100.00")
    assert of_july.vat_kind == "reverse charge"


def test_a_buyer_without_an_address_makes_nothing(made):
    tell(made.buyer.organisation, registered_address="")
    earned(made, made.contract, "10.00")
    assert "registered address is not known" in refused(run, made=made)
    assert not Document.objects.exists()


def test_the_buyer_is_named_as_it_is_now_however_long_ago_the_member_was_loaded(made):
    earned(made, made.contract, "10.00")
    assert made.buyer.organisation.registered_address == "2 Grid Way\nPerth"
    Organisation.objects.filter(pk=made.buyer.organisation_id).update(registered_address="8 New Way")
    [document] = run(made)
    assert document.buyer_party["address"] == "8 New Way"


def test_a_run_makes_what_was_shown_or_nothing(made):
    earned(made, made.contract, "10.00")
    shown = seen(made)
    earned(made, made.other, "20.00")
    assert "changed since it was shown" in refused(run, made=made, digest=shown)
    assert not Document.objects.exists()


def test_lines_that_nobody_disputes_are_invoiced_meanwhile_and_taken_off_the_final_statement(made):
    agreed(made)
    version = earned(made, made.contract, "60.00", "42.00", state=VersionState.DISPUTED)
    dispute = Dispute.objects.create(version=version, raised_at=NOW, raised_by_id=1, rest_is_invoiced=True)
    DisputedLine.objects.create(dispute=dispute, line=version.lines.get(place=2), reason="Too low.")
    assert months_to_invoice(made.buyer.organisation) == [JUNE]
    [part] = run(made)
    assert figures(part) == ("self-billing invoice", "60.00", "12.00", "72.00")
    earned(made, made.contract, "60.00", "50.00")
    [rest] = run(made)
    assert figures(rest) == ("self-billing invoice", "50.00", "10.00", "60.00")
    assert [(str(each.quantity), str(each.net)) for each in rest.lines.all()] == [("100.500000", "50.00")]
    assert DocumentStatement.objects.filter(is_credited=False).count() == 2


def test_a_month_whose_part_was_invoiced_early_waits_no_longer_once_its_rest_comes_to_nothing(made):
    agreed(made)
    version = earned(made, made.contract, "60.00", "42.00", state=VersionState.DISPUTED)
    dispute = Dispute.objects.create(version=version, raised_at=NOW, raised_by_id=1, rest_is_invoiced=True)
    DisputedLine.objects.create(dispute=dispute, line=version.lines.get(place=2), reason="Too low.")
    run(made)
    assert months_to_invoice(made.buyer.organisation) == []
    earned(made, made.contract, "60.00")
    assert months_to_invoice(made.buyer.organisation) == [], "the disputed line came to nothing"
    assert [each.draft for each in invoice_plan(made.buyer.organisation, JUNE).sellers] == [None]
    earned(made, made.other, "5.00")
    earned(made, made.other, "-5.00", kind=VersionKind.CORRECTION)
    assert months_to_invoice(made.buyer.organisation) == [], "nor is there a document over nothing"
    earned(made, made.contract, "-1.00", kind=VersionKind.CORRECTION)
    assert months_to_invoice(made.buyer.organisation) == [JUNE], "a correction is waited for as before"


def test_a_correction_after_the_last_statement_is_invoiced_by_itself(made):
    agreed(made)
    earned(made, made.contract, "100.00")
    run(made)
    earned(made, made.contract, "-5.00", kind=VersionKind.CORRECTION)
    earned(made, made.contract, "-7.00", kind=VersionKind.CORRECTION, carries_on=True)
    [correction] = run(made)
    assert figures(correction) == ("credit note", "5.00", "1.00", "6.00")


def test_a_document_and_what_it_pays_never_change(made):
    agreed(made)
    earned(made, made.contract, "100.00")
    [document] = run(made)
    for change in (
        lambda: Document.objects.filter(pk=document.pk).update(net=1, vat=1, gross=2),
        lambda: Document.objects.filter(pk=document.pk).update(number="SB-NRN-NORTH-2026-0009"),
        lambda: DocumentLine.objects.filter(document=document).update(net=1),
        lambda: DocumentLine.objects.filter(document=document).delete(),
        lambda: DocumentStatement.objects.filter(document=document).update(amount=1),
        lambda: DocumentStatement.objects.filter(document=document).delete(),
    ):
        with pytest.raises(DatabaseError, match="never changed or removed"), transaction.atomic():
            change()


def test_the_database_takes_no_version_into_two_documents_that_stand(made):
    version = earned(made, made.contract, "100.00")
    [document] = run(made)
    with pytest.raises(DatabaseError, match="version_in_one_document"), transaction.atomic():
        DocumentStatement.objects.create(
            document=document, statement=version.statement, version=version, amount=1
        )


def test_a_payment_is_marked_corrected_and_taken_back(made):
    earned(made, made.contract, "100.00")
    [document] = run(made)
    told = {"by": made.buyer, "document_id": document.pk, "now": NOW}
    assert "must not lie ahead" in refused(mark_paid, paid_on=date(2026, 7, 21), reference="", **told)
    assert "not made yet" in refused(mark_paid, paid_on=date(2026, 7, 19), reference="", **told)
    mark_paid(paid_on=NOW.date(), reference=" BACS 17 ", **told)
    mark_paid(paid_on=NOW.date(), reference="BACS 18", **told)
    assert Document.objects.get().payment.reference == "BACS 18"
    unmark_paid(**told)
    assert not hasattr(Document.objects.get(), "payment")
    assert "is not marked as paid" in refused(unmark_paid, **told)


def test_only_the_buyers_members_with_contracts_make_and_change_documents(made):
    earned(made, made.contract, "100.00")
    [document] = run(made)
    other = base.member(base.operator())
    mate = base.member(made.buyer.organisation, roles=("bids",))
    for who in (made.north, other, mate):
        with pytest.raises(NotAllowed):
            mark_paid(by=who, document_id=document.pk, paid_on=NOW.date(), reference="", now=NOW)
        with pytest.raises(NotAllowed):
            credit_document(by=who, document_id=document.pk, reason="No.", now=NOW)
    for who in (made.north, mate):
        made.buyer, kept = who, made.buyer
        with pytest.raises(NotAllowed):
            run(made)
        made.buyer = kept


def test_each_step_is_on_the_chains_of_both_parties_and_told_to_the_seller(made):
    agreed(made)
    earned(made, made.contract, "100.00")
    [document] = run(made)
    mark_paid(by=made.buyer, document_id=document.pk, paid_on=NOW.date(), reference="7", now=NOW)
    credit_document(by=made.buyer, document_id=document.pk, reason="Wrong.", now=NOW)
    for party in (made.buyer, made.north):
        actions = AuditEntry.objects.filter(organisation_id=party.organisation_id).values_list(
            "action", flat=True
        )
        assert {
            "self-billing agreement proposed",
            "self-billing agreement accepted",
            "document made",
            "document marked as paid",
            "document taken back",
        } <= set(actions)
    told = Notification.objects.filter(user=made.north.user, kind="invoice_data")
    assert {each.title for each in told} == {
        f"{made.buyer.organisation} has made 1 document for June 2026",
        f"{document.number} is marked as paid",
        f"{document.number} is taken back in full",
    }
    assert told.count() == 3
    assert not Notification.objects.filter(user=made.south.user, kind="invoice_data").exists()


def test_an_agreement_holds_once_it_is_accepted_and_ends_by_either_party(made):
    told = {"seller_id": made.north.organisation_id, "now": AFTER}
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    proposed = propose_agreement(by=made.buyer, from_day=first, to_day=last, **told)
    earned(made, made.contract, "100.00")
    assert invoice_plan(made.buyer.organisation, JUNE).made[0].agreement is None
    assert "A proposal with North" in refused(
        propose_agreement, by=made.buyer, from_day=last, to_day=date(2027, 3, 1), **told
    )
    with pytest.raises(NotAllowed):
        accept_agreement(by=made.buyer, agreement_id=proposed.pk, now=AFTER)
    with pytest.raises(NotAllowed):
        accept_agreement(by=made.south, agreement_id=proposed.pk, now=AFTER)
    accept_agreement(by=made.north, agreement_id=proposed.pk, now=AFTER)
    assert invoice_plan(made.buyer.organisation, JUNE).made[0].agreement == proposed
    assert "waits for no answer" in refused(
        close_agreement, by=made.north, agreement_id=proposed.pk, now=AFTER
    )
    assert "An agreement with North" in refused(
        propose_agreement, by=made.buyer, from_day=last, to_day=date(2027, 3, 1), **told
    )
    assert "today at the earliest" in refused(
        end_agreement, by=made.north, agreement_id=proposed.pk, last_day=date(2026, 6, 29), now=NOW
    )
    end_agreement(by=made.north, agreement_id=proposed.pk, last_day=NOW.date(), now=NOW)
    propose_agreement(by=made.buyer, from_day=last, to_day=date(2027, 3, 1), **told)


def test_an_agreement_is_proposed_only_to_a_provider_with_a_contract_and_may_be_declined(made):
    stranger = base.provider("Stranger")
    days = {"from_day": JUNE, "to_day": JULY, "now": AFTER}
    assert "that you have a contract with" in refused(
        propose_agreement, by=made.buyer, seller_id=stranger.pk, **days
    )
    proposed = propose_agreement(by=made.buyer, seller_id=made.north.organisation_id, **days)
    close_agreement(by=made.north, agreement_id=proposed.pk, now=AFTER)
    propose_agreement(by=made.buyer, seller_id=made.north.organisation_id, **days)
