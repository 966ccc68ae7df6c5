"""Pages of uploads and generated files. They work without JavaScript; htmx refreshes the progress."""

import uuid
from functools import partial
from pathlib import PurePath
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_POST

from marketplace import attachments, clock
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs import actions, outlook, previews, queries, rules
from marketplace.jobs.enums import State
from marketplace.jobs.forms import HistoryForm, UploadForm, params_of
from marketplace.jobs.kinds import ACTIONS, MARKED_COPY, FileKind, UploadKind, registry
from marketplace.jobs.models import Job, StoredFile
from marketplace.jobs.progress import progress_of
from marketplace.jobs.tables import Files
from marketplace.web.access import LacksRole, MemberRequest, member
from marketplace.web.lists import list_page, page_of
from marketplace.web.refusals import redirect_refused

ERRORS_A_PAGE = 50

Kind = TypeVar("Kind", UploadKind, FileKind)


@require_POST
@member()
def upload(request: MemberRequest, kind: str) -> HttpResponse:
    """Take a file of a kind and check it in the background."""
    upload_kind = _kind_for(request, registry.uploads.get(kind))
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _upload_again(request, upload_kind, str(form.errors["file"][0]))
    sent = form.cleaned_data["file"]
    try:
        rules.check_file(sent.name, sent.size, upload_kind)
        job = actions.start_upload(
            by=request.member,
            kind=kind,
            filename=sent.name,
            data=sent.read(),
            params=params_of(request.POST),
            now=clock.now(),
        )
    except Refused as refusal:
        return _upload_again(request, upload_kind, refusal.sentence)
    return redirect("jobs:job", job.pk)


@require_POST
@member()
def start_file(request: MemberRequest, kind: str) -> HttpResponse:
    """Make a file in the background."""
    _kind_for(request, registry.files.get(kind) if kind != MARKED_COPY else None)
    try:
        job = actions.start_file(
            by=request.member, kind=kind, params=params_of(request.POST), now=clock.now()
        )
    except Refused as refusal:
        return redirect_refused(request, refusal, "jobs:history")
    return redirect("jobs:job", job.pk)


@require_GET
@member()
def job(request: MemberRequest, job_id: uuid.UUID) -> HttpResponse:
    """How a job stands: its progress, its preview, its end."""
    shown = _job(request, job_id)
    errors, warnings = previews.problems_shown(shown)
    page = page_of(errors, request.GET.get("errors"), ERRORS_A_PAGE)
    kind = registry.uploads.get(shown.kind) if shown.upload_id else registry.files.get(shown.kind)
    context = {
        "job": shown,
        "zone": request.member.organisation.zone,
        "progress": progress_of(shown.pk),
        "title": outlook.title_of(shown, kind),
        "strip": outlook.strip_of(shown),
        "button": outlook.button_of(shown, kind),
        "kind": kind,
        "error_page": page,
        "tells_unit": any(each.leaves_out for each in errors),
        "causes": outlook.causes_of(list(page.object_list)),
        "warning_causes": outlook.causes_of(warnings),
        "can_correct": _can_upload(request, kind),
        "sections": previews.sections_of(shown, {action: request.GET.get(action, "") for action in ACTIONS}),
        "errors": errors,
        "warnings": warnings,
        "left_out": previews.left_out_of(shown),
        "has_cells": any(each.problem.sheet for each in (*errors, *warnings)),
        "whole": kind.whole if isinstance(kind, UploadKind) else "",
        "can_mark": _can_mark(shown),
        "result_url": _result_url(kind),
        "preview_map": _preview_map(kind, shown),
    }
    return render(request, "jobs/job.html", context)


@require_GET
@member()
def progress(request: MemberRequest, job_id: uuid.UUID) -> HttpResponse:
    """The fragment that shows progress; once nothing is going on any more, it has the page reloaded."""
    shown = _found(request, queries.jobs_visible_to(request.member), job_id)
    response = render(request, "jobs/_progress.html", {"job": shown, "progress": progress_of(shown.pk)})
    if not shown.is_going_on:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@member()
def apply(request: MemberRequest, job_id: uuid.UUID) -> HttpResponse:
    """Apply what the preview shows."""
    return _act(request, job_id, partial(actions.apply_upload, is_confirmed="confirmed" in request.POST))


@require_POST
@member()
def discard(request: MemberRequest, job_id: uuid.UUID) -> HttpResponse:
    """Give the checked file up."""
    return _act(request, job_id, actions.discard_upload)


@require_POST
@member()
def mark(request: MemberRequest, job_id: uuid.UUID) -> HttpResponse:
    """Make a copy of the upload with its errors marked, in the background."""
    source = _job(request, job_id)
    if not _can_mark(source):
        raise Http404
    made = actions.start_marked_copy(by=request.member, source=source, now=clock.now())
    return redirect("jobs:job", made.pk)


@require_GET
@member()
def original(request: MemberRequest, job_id: uuid.UUID) -> HttpResponse:
    """The uploaded file as it came."""
    return _attachment(request, job_id, _job(request, job_id).upload)


@require_GET
@member()
def download(request: MemberRequest, job_id: uuid.UUID) -> HttpResponse:
    """The generated file."""
    return _attachment(request, job_id, _job(request, job_id).output)


@require_GET
@member()
def history(request: MemberRequest) -> HttpResponse:
    """The organisation's uploads and generated files, newest first."""
    form = HistoryForm(request.GET, titles=queries.kinds_seen_by(request.member))
    asked = form.cleaned_data if form.is_valid() else {}
    jobs = queries.narrowed(queries.jobs_visible_to(request.member), **asked)
    zone = request.member.organisation.zone
    listing = Files(jobs, request=request, zone=zone)
    return list_page(request, "jobs/history.html", listing, {"form": form, "zone": zone})


def _kind_for(request: MemberRequest, kind: Kind | None) -> Kind:
    """The kind, if it exists and is for the member's side of the market (else 404) and role (else 403)."""
    if kind is None or not rules.is_for(request.member, kind):
        raise Http404
    try:
        rules.check_may_use(request.member, kind)
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.sentence) from refusal
    return kind


def _job(request: MemberRequest, job_id: uuid.UUID) -> Job:
    """The job with its preview: 404 for outsiders, 403 for members who lack the role that asking for it
    needs."""
    return _found(request, queries.with_preview(queries.jobs_visible_to(request.member)), job_id)


def _found(request: MemberRequest, jobs: QuerySet[Job], job_id: uuid.UUID) -> Job:
    found = next(iter(jobs.filter(pk=job_id).order_by()), None)
    if found is not None:
        return found
    role = queries.role_lacking(request.member, job_id)
    raise LacksRole(role) if role else Http404


def _act(request: MemberRequest, job_id: uuid.UUID, action: Any) -> HttpResponse:
    try:
        action(by=request.member, job=_job(request, job_id), now=clock.now())
    except NotAllowed as refusal:
        raise PermissionDenied(refusal.sentence) from refusal
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("jobs:job", job_id)


def _upload_again(request: HttpRequest, kind: UploadKind, sentence: str) -> HttpResponse:
    context = {
        "kind": kind.name,
        "title": kind.title,
        "sentence": sentence,
        "params": params_of(request.POST),
    }
    return render(request, "jobs/upload_again.html", context, status=422)


def _can_upload(request: MemberRequest, kind: UploadKind | FileKind | None) -> bool:
    """Whether the member may send such a file again from this page, which needs no more to be told."""
    if not isinstance(kind, UploadKind) or not rules.is_for(request.member, kind):
        return False
    try:
        rules.check_may_use(request.member, kind)
    except NotAllowed:
        return False
    return True


def _can_mark(shown: Job) -> bool:
    found = shown.preview.get("counts", {})
    marked = bool(found.get("errors") or found.get("warnings"))
    if shown.upload is None or shown.upload.removed_at is not None:
        return False
    return marked and PurePath(shown.upload.name).suffix.lower() == ".xlsx"


def _preview_map(kind: UploadKind | FileKind | None, job: Job) -> str:
    if isinstance(kind, UploadKind) and kind.preview_map and job.state == State.CHECKED:
        return reverse(kind.preview_map, args=[job.pk])
    return ""


def _result_url(kind: UploadKind | FileKind | None) -> str:
    if not isinstance(kind, UploadKind) or not kind.result_url:
        return ""
    try:
        return reverse(kind.result_url)
    except NoReverseMatch:
        return ""


def _attachment(request: HttpRequest, job_id: uuid.UUID, file: StoredFile | None) -> HttpResponse:
    if file is None:
        raise Http404
    try:
        return attachments.response(file.read(), file.name, file.content_type)
    except Refused as refusal:
        return redirect_refused(request, refusal, "jobs:job", job_id)
