"""Pages of documents: the list of both parties, an invoice run, one document, its credit and payment."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.dates import month_code, named_month
from marketplace.errors import Refused
from marketplace.jobs.actions import start_file
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import refusal_shown
from settlement import rules
from settlement.domain.document_queries import documents_of, months_of, with_lines
from settlement.domain.invoice_plan import invoice_plan, months_to_invoice
from settlement.domain.invoicing import credit_document
from settlement.domain.issued import issued
from settlement.domain.payments import mark_paid, unmark_paid
from settlement.enums import DocumentType
from settlement.filters.documents import DocumentFilter
from settlement.forms.documents import CreditForm, PaidForm
from settlement.models import Document
from settlement.presenters import documents as shown
from settlement.tables.documents import DocumentList

RUN = "settlement.invoice_run"


@require_GET
@member(role=Role.CONTRACTS)
def documents(request: MemberRequest) -> HttpResponse:
    """Every document of the member's organisation, with the files of a month."""
    own = documents_of(request.member)
    months = months_of(request.member)
    found = DocumentFilter(request.GET, queryset=own, months=months)
    listing = DocumentList(
        found.qs, request=request, rows=shown.document_rows, chips=shown.document_chips(own)
    )
    asked = _month(request.GET.get("month", ""))
    month = asked if asked in months else next(iter(months), None)
    waiting = months_to_invoice(request.member.organisation) if rules.can_invoice(request.member) else []
    context = {
        "filter": found,
        "any": bool(months),
        "month": month,
        "waiting": waiting,
        "params": shown.month_params(month) if month else {},
    }
    return list_page(request, "settlement/documents.html", listing, context)


@require_http_methods(["GET", "POST"])
@member("so", Role.CONTRACTS)
def invoice_run(request: MemberRequest) -> HttpResponse:
    """What a run for a month would make; sent, a worker makes just that."""
    asked = request.POST if request.method == "POST" else request.GET
    months = months_to_invoice(request.member.organisation)
    month = _month(asked.get("month", "")) or next(iter(months), None)
    if month is None:
        return render(request, "settlement/invoice_run.html", {"months": [], "run": None})
    if request.method == "POST":
        params = {"month": month_code(month), "seen": request.POST.get("seen", "")}
        job = start_file(by=request.member, kind=RUN, params=params, now=clock.now())
        return redirect("jobs:job", job.pk)
    run = shown.run_shown(invoice_plan(request.member.organisation, month))
    context = {"months": months, "run": run, "month_code": month_code(month)}
    return render(request, "settlement/invoice_run.html", context)


@require_GET
@member(role=Role.CONTRACTS)
def document(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One document with all that it says, its files, and what became of it."""
    return _page(request, _document(request, pk), None)


@require_http_methods(["GET", "POST"])
@member("so", Role.CONTRACTS)
def credit(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask why, then take the document back in full."""
    one = _document(request, pk)
    form = CreditForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = credit_document(
                by=request.member, document_id=one.pk, reason=form.cleaned_data["reason"], now=clock.now()
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{one.number} is taken back by {made.number}.")
            return redirect("settlement:document", made.pk)
    context = {"document": one, "form": form}
    return render(request, "settlement/document_credit.html", context, status=422 if form.errors else 200)


@require_POST
@member("so", Role.CONTRACTS)
def paid(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Mark a document as paid."""
    one = _document(request, pk)
    form = PaidForm(request.POST)
    if not form.is_valid():
        return _page(request, one, form)
    try:
        mark_paid(
            by=request.member,
            document_id=one.pk,
            paid_on=form.cleaned_data["paid_on"],
            reference=form.cleaned_data["reference"],
            now=clock.now(),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _page(request, one, form)
    messages.success(request, f"{one.number} is marked as paid; the seller is told.")
    return redirect("settlement:document", pk)


@require_POST
@member("so", Role.CONTRACTS)
def not_paid(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take the mark of a payment off again."""
    one = _document(request, pk)
    with refusal_shown(request):
        unmark_paid(by=request.member, document_id=one.pk, now=clock.now())
        messages.success(request, f"{one.number} is no longer marked as paid.")
    return redirect("settlement:document", pk)


def _month(text: str) -> date | None:
    try:
        return named_month(text)
    except ValueError:
        return None


def _document(request: MemberRequest, pk: UUID) -> Document:
    found: Document = get_object_or_404(with_lines(documents_of(request.member)), pk=pk)
    return found


def _page(request: MemberRequest, one: Document, form: PaidForm | None) -> HttpResponse:
    own = rules.can_invoice(request.member)
    today = clock.now().astimezone(request.member.organisation.zone).date()
    is_pair = one.credits_id is not None or hasattr(one, "credited_by")
    payment, said = getattr(one, "payment", None), issued(one)
    told = {
        "paid_on": payment.paid_on if payment else today,
        "reference": payment.reference if payment else "",
    }
    context = {
        "document": one,
        "issued": said,
        "parties": [(said.seller, "Seller"), (said.buyer, "Buyer")],
        "state": shown.state_of(one),
        "statements": one.statements.select_related("statement__contract__competition", "version"),
        "form": form or (PaidForm(initial=told) if own and (payment or not is_pair) else None),
        "payment": payment,
        "credited_by": getattr(one, "credited_by", None),
        "can_credit": own and not is_pair,
        "has_ubl": one.type != DocumentType.REMITTANCE_ADVICE,
        "params": {"document": str(one.pk)},
        "month_params": shown.month_params(one.month),
    }
    return render(request, "settlement/document.html", context, status=422 if form and form.errors else 200)
