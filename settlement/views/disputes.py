"""The pages of disputes: a provider disputes lines, the operator answers them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import attachments, clock
from marketplace.dates import month_code
from marketplace.errors import Refused
from marketplace.jobs.actions import start_file
from marketplace.web.access import member
from marketplace.web.refusals import refusal_shown
from settlement import rules
from settlement.domain.disputing import answer_line, invoice_rest, raise_dispute
from settlement.domain.statement_queries import dispute_files_of, disputed_lines_of, versions_of
from settlement.forms.statements import AnswerForm, DisputeForm
from settlement.models import DisputedLine
from settlement.presenters.statement_page import line_rows


@require_http_methods(["GET", "POST"])
@member("fsp", Role.CONTRACTS)
def dispute(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Say which lines of a version are wrong and why, with files."""
    version = get_object_or_404(versions_of(request.member), pk=pk)
    now = clock.now()
    refusal = rules.why_not_disputable(version, now)
    if refusal:
        messages.error(request, refusal)
        return redirect("settlement:statement", version.statement_id)
    rows = [each for each in line_rows(version) if each.disputed is None]
    lines = [each.line for each in rows]
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DisputeForm(*sent, lines=lines)
    if form.is_valid():
        files = [(each.name or "file", each.read()) for each in request.FILES.getlist("documents")]
        try:
            raise_dispute(by=request.member, version=version, reasons=form.reasons, files=files, now=now)
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            messages.success(request, f"{version.statement.contract.buyer} is told what you dispute.")
            return redirect("settlement:statement", version.statement_id)
    context = {
        "version": version,
        "statement": version.statement,
        "contract": version.statement.contract,
        "form": form,
        "rows": [(row, form[f"reason_{row.line.place}"]) for row in rows],
        "zone": version.statement.contract.buyer.zone,
    }
    return render(request, "settlement/dispute.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member("so", Role.CONTRACTS)
def answer(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Answer a disputed line; where it is upheld the month is run again at once."""
    line: DisputedLine = get_object_or_404(disputed_lines_of(request.member), pk=pk)
    version = line.dispute.version
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            answer_line(
                by=request.member,
                line=line,
                is_upheld=told["is_upheld"],
                answer=told["answer"],
                now=clock.now(),
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            return _answered(request, line, is_upheld=told["is_upheld"])
    context = {
        "disputed": line,
        "version": version,
        "statement": version.statement,
        "contract": version.statement.contract,
        "files": line.dispute.files.select_related("file"),
        "form": form,
        "zone": version.statement.contract.buyer.zone,
    }
    return render(request, "settlement/answer.html", context, status=422 if form.errors else 200)


def _answered(request: MemberRequest, line: DisputedLine, *, is_upheld: bool) -> HttpResponse:
    statement = line.dispute.version.statement
    if not is_upheld:
        messages.success(request, "The line is answered; the provider is told.")
        return redirect("settlement:statement", statement.pk)
    params = {"month": month_code(statement.month), "contract": str(statement.contract_id)}
    job = start_file(by=request.member, kind="settlement.run", params=params, now=clock.now())
    messages.success(request, "The line is upheld, and the month is run again; the provider is told.")
    return redirect("jobs:job", job.pk)


@require_POST
@member("so", Role.CONTRACTS)
def rest(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Have the lines that are not disputed invoiced meanwhile, or not."""
    line: DisputedLine = get_object_or_404(disputed_lines_of(request.member), pk=pk)
    is_invoiced = request.POST.get("invoice") == "yes"
    with refusal_shown(request):
        invoice_rest(by=request.member, dispute=line.dispute, is_invoiced=is_invoiced, now=clock.now())
        told = "are invoiced meanwhile" if is_invoiced else "wait for the answer"
        messages.success(request, f"The lines that are not disputed {told}.")
    return redirect("settlement:statement", line.dispute.version.statement_id)


@require_GET
@member(role=Role.CONTRACTS)
def dispute_file(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A document put beside a dispute, to save."""
    file = get_object_or_404(dispute_files_of(request.member), pk=pk).file
    return attachments.response(file.read(), file.name, file.content_type)
