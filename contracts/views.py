"""The pages of contracts: the list of both parties, and one contract."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from contracts import rules
from contracts.domain.lifecycle import add_document, sign_contract, withdraw_contract
from contracts.domain.queries import contracts_of, documents_of
from contracts.filters import ContractFilter
from contracts.forms import DocumentForm, WithdrawForm
from contracts.models import Contract
from contracts.tables import ContractList
from marketplace import attachments, clock
from marketplace.errors import Refused
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import refusal_shown


@member(role=Role.CONTRACTS)
def contract_list(request: MemberRequest) -> HttpResponse:
    """Every contract of the member's organisation, with the workbook to take away."""
    contracts = contracts_of(request.member)
    found = ContractFilter(request.GET, queryset=contracts)
    listing = ContractList(found.qs, request=request)
    return list_page(request, "contracts/list.html", listing, {"filter": found, "any": contracts.exists()})


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
    return attachments.response(bytes(file.content), file.name, file.content_type)


def _contract(request: MemberRequest, pk: UUID) -> Contract:
    contract: Contract = get_object_or_404(contracts_of(request.member), pk=pk)
    return contract


def _page(request: MemberRequest, contract: Contract, form: DocumentForm) -> HttpResponse:
    now = clock.now()
    context = {
        "contract": contract,
        "assets": contract.assets.all(),
        "documents": documents_of(request.member).filter(contract=contract),
        "form": form,
        "can_manage": rules.can_manage(request.member, contract),
        "can_sign": rules.can_sign(request.member, contract, now),
        "can_withdraw": rules.can_withdraw(request.member, contract),
        "is_in_standstill": contract.status == "awarded" and not rules.is_standstill_over(contract, now),
        "zone": request.member.organisation.zone,
    }
    return render(request, "contracts/contract.html", context, status=422 if form.errors else 200)
