"""The page of a contract's assets: who delivers from when to when, and what is to be exchanged."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from contracts.domain.queries import contracts_of
from contracts.models import Contract
from marketplace import clock
from marketplace.errors import Refused
from marketplace.keys import key_form
from marketplace.web.access import member
from marketplace.web.lists import page_of
from marketplace.web.refusals import refusal_shown
from operations import rules
from operations.domain import substituting
from operations.forms.substitutions import SubstitutionForm
from operations.presenters.substitutions import asset_rows, proposal_rows


@require_GET
@member(role=Role.OPERATIONS)
def contract_assets(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The assets of a contract, and the substitutions proposed for it."""
    return _page(request, _contract(request, pk))


@require_POST
@member("fsp", Role.OPERATIONS)
def propose(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Propose to exchange assets of the contract."""
    contract = _contract(request, pk)
    form = _form(request, contract)
    if not form.is_valid():
        return _page(request, contract, form)
    told = form.cleaned_data
    try:
        substituting.propose_substitution(
            by=request.member,
            contract_id=pk,
            add=told["add"],
            remove=told["remove"],
            from_day=told["from_day"],
            now=clock.now(),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, contract, form)
    messages.success(request, f"Proposed to {contract.buyer}, who is told.")
    return redirect("operations:contract_assets", pk)


@require_POST
@member("so", Role.OPERATIONS)
def answer(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Approve a substitution, or refuse it with a reason."""
    found = get_object_or_404(substituting.substitutions_of(request.member), pk=pk)
    is_approved = "approve" in request.POST
    with refusal_shown(request):
        substituting.answer_substitution(
            by=request.member,
            substitution_id=pk,
            approve=is_approved,
            answer=request.POST.get("answer", ""),
            now=clock.now(),
        )
        messages.success(
            request, "Approved; the provider is told." if is_approved else "Refused; the provider is told."
        )
    return redirect("operations:contract_assets", found.contract_id)


def _contract(request: MemberRequest, pk: UUID) -> Contract:
    contract: Contract = get_object_or_404(contracts_of(request.member), pk=pk)
    return contract


def _form(request: MemberRequest, contract: Contract) -> SubstitutionForm:
    data = request.POST if request.method == "POST" else None
    return SubstitutionForm(
        data,
        own=substituting.asset_ids_by_ref(request.member) if data is not None else {},
        contracted={key_form(each.asset_ref): each.asset_id for each in contract.assets.all()},
        initial={"from_day": clock.now().astimezone(contract.buyer.zone).date()},
    )


def _page(request: MemberRequest, contract: Contract, form: SubstitutionForm | None = None) -> HttpResponse:
    page = page_of(contract.assets.order_by("asset_ref", "id"), request.GET.get("page"))
    proposals = substituting.substitutions_of(request.member).filter(contract=contract)
    today = clock.now().astimezone(contract.buyer.zone).date()
    planned = substituting.planned_among(each.asset_id for each in page)
    context: dict[str, Any] = {
        "contract": contract,
        "page": page,
        "rows": list(asset_rows(page, planned, today)),
        "proposals": proposal_rows(proposals, contract.buyer.zone, clock.now()),
        "can_answer": rules.can_dispatch(request.member, contract),
        "holds_contracts": request.member.holds(Role.CONTRACTS),
        "zone": contract.buyer.zone,
    }
    if rules.can_propose_assets(request.member, contract):
        context["form"] = form or _form(request, contract)
    status = 422 if form is not None and form.errors else 200
    return render(request, "operations/contract_assets.html", context, status=status)
