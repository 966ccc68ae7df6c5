"""The pages of contracts: the list of both parties, and one contract."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.terms_versions import newest_version, terms_of_member
from contracts import rules
from contracts.domain import given_terms
from contracts.domain.lifecycle import add_document, sign_contract, withdraw_contract
from contracts.domain.queries import (
    contract_counts,
    contracts_listed,
    contracts_of,
    contracts_without_terms,
    documents_of,
)
from contracts.filters import ContractFilter
from contracts.forms import DocumentForm, GiveTermsForm, WithdrawForm
from contracts.models import Contract
from contracts.presenters.settlement_terms import shown_of
from contracts.tables import ContractList
from marketplace import attachments, clock
from marketplace.errors import Refused
from marketplace.numbers import counted
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import refusal_shown

MOST_SHOWN = 500


@member(role=Role.CONTRACTS)
def contract_list(request: MemberRequest) -> HttpResponse:
    """Every contract of the member's organisation, with the workbook to take away."""
    every, without_terms = contract_counts(request.member)
    found = ContractFilter(request.GET, queryset=contracts_listed(request.member))
    is_narrowed = any(request.GET.get(name) for name in found.filters)
    listing = ContractList(found.qs, request=request, count=None if is_narrowed else every)
    return list_page(
        request,
        "contracts/list.html",
        listing,
        {
            "filter": found,
            "any": every > 0,
            "without_terms": without_terms,
        },
    )


@member(role=Role.CONTRACTS)
def contract_page(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One contract: terms, parties, documents, assets as they were when qualification closed."""
    return _page(request, _contract(request, pk), DocumentForm())


@require_POST
@member("so", Role.CONTRACTS)
def sign(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Mark the contract signed."""
    with refusal_shown(request):
        sign_contract(by=request.member, contract=_contract(request, pk), now=clock.now())
        messages.success(request, "The contract is marked as signed.")
    return redirect("contracts:contract", pk)


@member("so", Role.CONTRACTS)
def withdraw(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask why, then withdraw the contract."""
    contract = _contract(request, pk)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    seen = request.POST.get("seen", "") if form.is_bound else contract.status
    if request.method == "POST" and form.is_valid():
        try:
            withdraw_contract(
                by=request.member,
                contract=contract,
                reason=form.cleaned_data["reason"],
                seen=seen,
                now=clock.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "The contract is withdrawn.")
            return redirect("contracts:contract", pk)
    return render(request, "contracts/withdraw.html", {"contract": contract, "form": form, "seen": seen})


@require_POST
@member("so", Role.CONTRACTS)
def attach(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Keep a document with the contract."""
    contract = _contract(request, pk)
    form = DocumentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, contract, form)
    sent = form.cleaned_data["document"]
    try:
        add_document(
            by=request.member, contract=contract, data=sent.read(), filename=sent.name, now=clock.now()
        )
    except Refused as refusal:
        form.add_error("document", refusal.sentence)
        return _page(request, contract, form)
    messages.success(request, "The document is kept with the contract.")
    return redirect("contracts:contract", pk)


@require_GET
@member(role=Role.CONTRACTS)
def document(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A document of a contract, to save."""
    file = get_object_or_404(documents_of(request.member), pk=pk).file
    return attachments.response(file.read(), file.name, file.content_type)


@member("so", Role.CONTRACTS)
def give_terms(request: MemberRequest) -> HttpResponse:
    """Give settlement terms to contracts that were awarded before there were any."""
    contracts = list(contracts_without_terms(request.member)[:MOST_SHOWN])
    records = list(terms_of_member(request.member))
    form = GiveTermsForm(
        request.POST if request.method == "POST" else None, records=records, contracts=contracts
    )
    if request.method == "POST" and form.is_valid():
        record = next(each for each in records if str(each.pk) == form.cleaned_data["terms"])
        try:
            given = given_terms.give_terms(
                by=request.member,
                contract_ids=[UUID(each) for each in form.cleaned_data["contracts"]],
                version=newest_version(record),
                now=clock.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            told = "has" if len(given) == 1 else "have"
            messages.success(
                request, f"{counted(len(given), 'contract')} {told} settlement terms; the sellers are told."
            )
            return redirect("contracts:list")
    chosen = request.POST.getlist("contracts") or request.GET.getlist("contract")
    context = {
        "form": form,
        "contracts": contracts,
        "records": records,
        "chosen": chosen or [str(each.pk) for each in contracts],
        "is_cut": len(contracts) == MOST_SHOWN,
    }
    return render(request, "contracts/give_terms.html", context, status=422 if form.errors else 200)


def _contract(request: MemberRequest, pk: UUID) -> Contract:
    contract: Contract = get_object_or_404(contracts_of(request.member), pk=pk)
    return contract


def _page(request: MemberRequest, contract: Contract, form: DocumentForm) -> HttpResponse:
    now = clock.now()
    can_manage = rules.can_manage(request.member, contract)
    context = {
        "contract": contract,
        "settlement": shown_of(contract),
        "can_give_terms": can_manage and contract.terms is None and contract.status != "withdrawn",
        "assets": contract.assets.all(),
        "documents": documents_of(request.member).filter(contract=contract),
        "form": form,
        "can_manage": can_manage,
        "can_sign": rules.can_sign(request.member, contract, now),
        "can_withdraw": rules.can_withdraw(request.member, contract),
        "is_in_standstill": contract.status == "awarded" and not rules.is_standstill_over(contract, now),
        "zone": request.member.organisation.zone,
    }
    return render(request, "contracts/contract.html", context, status=422 if form.errors else 200)
