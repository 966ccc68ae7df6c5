"""Agreements on self-billing: the page of both parties, and what they do there."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member
from marketplace.web.refusals import refusal_shown
from settlement import rules
from settlement.domain.agreements import accept_agreement, close_agreement, end_agreement, propose_agreement
from settlement.domain.document_queries import agreements_of, sellers_of
from settlement.forms.documents import AgreementForm, EndForm
from settlement.models import SelfBillingAgreement
from settlement.presenters.documents import agreement_rows


@require_http_methods(["GET", "POST"])
@member(role=Role.CONTRACTS)
def agreements(request: MemberRequest) -> HttpResponse:
    """The agreements of the member's organisation; an operator proposes one."""
    if not rules.can_invoice(request.member):
        return _page(request, None)
    form = AgreementForm(request.POST or None, sellers=sellers_of(request.member))
    if request.method == "POST" and form.is_valid():
        try:
            made = propose_agreement(
                by=request.member,
                seller_id=UUID(form.cleaned_data["seller"]),
                from_day=form.cleaned_data["from_day"],
                to_day=form.cleaned_data["to_day"],
                now=clock.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{made.seller} is asked.")
            return redirect("settlement:agreements")
    return _page(request, form)


@require_POST
@member("fsp", Role.CONTRACTS)
def accept(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Accept a proposal."""
    one = _agreement(request, pk)
    with refusal_shown(request):
        accept_agreement(by=request.member, agreement_id=one.pk, now=clock.now())
        messages.success(request, f"{one.buyer} makes your invoices for these days; it is told.")
    return redirect("settlement:agreements")


@require_POST
@member(role=Role.CONTRACTS)
def close(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Decline a proposal, or withdraw one's own."""
    one = _agreement(request, pk)
    with refusal_shown(request):
        close_agreement(by=request.member, agreement_id=one.pk, now=clock.now())
        done = "withdrawn" if request.member.is_so else "declined"
        messages.success(request, f"The proposal is {done}.")
    return redirect("settlement:agreements")


@require_http_methods(["GET", "POST"])
@member(role=Role.CONTRACTS)
def end(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask for the last day, then let an agreement end earlier."""
    one, now = _agreement(request, pk), clock.now()
    today = now.astimezone(request.member.organisation.zone).date()
    form = EndForm(request.POST or None, initial={"last_day": today})
    if request.method == "POST" and form.is_valid():
        try:
            end_agreement(
                by=request.member, agreement_id=one.pk, last_day=form.cleaned_data["last_day"], now=now
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "The agreement ends then; the other party is told.")
            return redirect("settlement:agreements")
    context = {"agreement": one, "form": form}
    return render(request, "settlement/agreement_end.html", context, status=422 if form.errors else 200)


def _agreement(request: MemberRequest, pk: UUID) -> SelfBillingAgreement:
    found: SelfBillingAgreement = get_object_or_404(agreements_of(request.member), pk=pk)
    return found


def _page(request: MemberRequest, form: AgreementForm | None) -> HttpResponse:
    today = clock.now().astimezone(request.member.organisation.zone).date()
    context = {"rows": agreement_rows(agreements_of(request.member), today), "form": form}
    status = 422 if form is not None and form.errors else 200
    return render(request, "settlement/agreements.html", context, status=status)
