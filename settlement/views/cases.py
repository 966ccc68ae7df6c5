"""The pages of settlement: what a case would pay."""

import json
import uuid
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import attachments, clock
from marketplace.errors import Refused
from marketplace.jobs.models import StoredFile
from marketplace.web.access import member
from marketplace.web.refusals import redirect_refused
from settlement.domain.tried_cases import cases_visible_to, check_case, keep_case
from settlement.exports.case_files import report_apart, report_of_kept, workbook_apart
from settlement.exports.case_reading import WORKBOOKS
from settlement.exports.example_case import example_archive
from settlement.forms.cases import CaseForm
from settlement.presenters.tried_case import shown_report

EARLIER = 10
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "POST"])
@member(role=Role.CONTRACTS)
def try_case(request: MemberRequest) -> HttpResponse:
    """Send a case; its page says what it pays."""
    form = CaseForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            return redirect("settlement:tried_case", _kept(request, sent.name, sent.read()).pk)
        except Refused as refusal:
            form.add_error("file", refusal.sentence)
    context: dict[str, Any] = {"form": form, "earlier": cases_visible_to(request.member)[:EARLIER]}
    return render(request, "settlement/try_case.html", context, status=422 if form.errors else 200)


@require_GET
@member(role=Role.CONTRACTS)
def example_case(request: MemberRequest) -> HttpResponse:
    """A small case to begin with."""
    return attachments.response(example_archive(), "example-case.zip", "application/zip")


@require_GET
@member(role=Role.CONTRACTS)
def tried_case(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """What a case pays: statements line by line, dispatches, documents."""
    file = _case(request, pk)
    try:
        report = report_of_kept(file)
    except Refused as refusal:
        return redirect_refused(request, refusal, "settlement:try_case")
    return render(request, "settlement/tried_case.html", {"file": file, "shown": shown_report(report)})


@require_GET
@member(role=Role.CONTRACTS)
def case_report(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """The report of a case, as the command ``settle`` writes it."""
    try:
        report = report_of_kept(_case(request, pk))
    except Refused as refusal:
        return redirect_refused(request, refusal, "settlement:try_case")
    content = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    return attachments.response(content.encode(), "report.json", "application/json")


@require_GET
@member(role=Role.CONTRACTS)
def case_workbook(request: MemberRequest, pk: uuid.UUID, name: str) -> HttpResponse:
    """A workbook of a case."""
    if name not in WORKBOOKS:
        raise Http404
    file = _case(request, pk)
    try:
        content = workbook_apart(file.read(), name)
    except Refused as refusal:
        return redirect_refused(request, refusal, "settlement:try_case")
    return attachments.response(content, f"{name}.xlsx", XLSX)


def _case(request: MemberRequest, pk: uuid.UUID) -> StoredFile:
    return get_object_or_404(cases_visible_to(request.member), pk=pk)


def _kept(request: MemberRequest, name: str, data: bytes) -> StoredFile:
    check_case(by=request.member, filename=name, size=len(data))
    statements = len(report_apart(data)["statements"])
    return keep_case(by=request.member, filename=name, data=data, statements=statements, now=clock.now())
