"""Files: sent and checked, looked at and applied, or made and fetched; each by a job that tells how it stands."""

import uuid
from typing import Any, Literal, TypeVar

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from api.auth import Declared
from api.operations import BINARY, Answer, etag_of, reads, unless_known, writes
from api.paging import Listed, Page, listed, row_number, row_page
from api.problems import of_request
from api.requests import ProgramRequest
from api.shapes import Instant, Line, Shown, Told
from api.v1.file_scopes import MADE, UPLOADS, kinds_of, made_scope, upload_scope
from marketplace import attachments, clock
from marketplace.jobs import actions, queries, rules
from marketplace.jobs.enums import State
from marketplace.jobs.forms import UploadForm, params_of
from marketplace.jobs.kinds import Action, FileKind, UploadKind, registry
from marketplace.jobs.models import Job, StoredFile
from marketplace.jobs.progress import progress_of

Kind = TypeVar("Kind", UploadKind, FileKind)
Item = TypeVar("Item")
router = Router(tags=["Files and jobs"])
BY_KIND = Declared(scope="", by_kind=True)
HEAVY = Declared(scope="", by_kind=True, is_heavy=True)


class FileKindShape(Shown):
    """A kind of file that one may send, or have made. ``params`` are those of the page's form."""

    kind: str
    title: str
    way: Literal["sent", "made"]
    scope: str
    endings: list[str]


class FileShape(Shown):
    """A file as it was sent or made."""

    name: str
    size: int
    content_type: str
    sha256: str


class ProgressShape(Shown):
    """Rows done of all."""

    done: int
    total: int


class StepShape(Shown):
    """What will happen once the file is applied: when, and what, in words."""

    when: str
    what: str


class JobShape(Shown):
    """How a job stands. A checked file waits until it is applied or discarded."""

    id: str
    kind: str
    title: str
    state: State
    is_going_on: bool
    sent: FileShape | None
    made: FileShape | None
    params: dict[str, Any]
    progress: ProgressShape | None
    counts: dict[str, int] = Field(
        description="What the file would do: units to create, update, refuse, unchanged; errors and warnings."
    )
    note: str
    confirm: list[str] = Field(
        description="What applying does beyond the rows: is_confirmed says it is read."
    )
    steps: list[StepShape]
    result: dict[str, Any]
    error: str
    created_at: Instant
    finished_at: Instant | None


class FileProblem(Shown):
    """Something wrong in a file, or worth a look: where it stands, and the sentence a person reads."""

    sheet: str
    row: int | None
    column: str | None
    value: str
    detail: str
    level: Literal["error", "warning"]


class FieldChange(Shown):
    """A field of a unit, as it is and as it would be."""

    field: str
    before: Any
    after: Any


class UnitChange(Shown):
    """What the file would do to one unit, which succeeds or fails whole."""

    unit: str
    action: Action
    note: str
    fields: list[FieldChange]


class MakeTold(Told):
    """What the file is to hold, as the form of its page says it."""

    params: dict[str, Line | list[Line]] = Field(default_factory=dict, max_length=20)


class ApplyTold(Told):
    """Whether what ``confirm`` lists was read."""

    is_confirmed: bool = False


class JobFilter(Page):
    """Which jobs."""

    kind: Line | None = None
    state: State | None = None
    updated_since: Instant | None = Field(None, description="Those begun or ended since.")


class ChangesAsked(Page):
    """Which changes."""

    action: Action | None = None


@reads(router, "/files", BY_KIND, returns=Listed[FileKindShape])
def file_kinds(request: ProgramRequest) -> Listed[FileKindShape]:
    """The kinds of files that one may send or have made, by name."""
    told = [
        FileKindShape(
            kind=name, title=kind.title, way="sent", scope=UPLOADS[name], endings=list(kind.accepts)
        )
        for name, kind in sorted(registry.uploads.items())
        if name in UPLOADS and _may_use(request, kind, UPLOADS[name])
    ] + [
        FileKindShape(kind=name, title=made.title, way="made", scope=MADE[name], endings=[])
        for name, made in sorted(registry.files.items())
        if name in MADE and _may_use(request, made, MADE[name])
    ]
    return Listed(items=told, next=None)


@writes(router, "POST", "/files/{kind}", HEAVY, returns=JobShape, made=True, takes_file=True)
def post_file(request: ProgramRequest, kind: str) -> Answer:
    """Send a workbook or CSV as the field ``file`` of a form; other fields are its params. It is checked, not applied.

    The job tells what the file would do; ``apply`` does it.
    """
    upload_kind = _kind(request, registry.uploads.get(kind), upload_scope(kind))
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        raise of_request("body_invalid", str(form.errors["file"][0]))
    sent = form.cleaned_data["file"]
    rules.check_file(sent.name, sent.size, upload_kind)
    sent.seek(0)
    made = actions.start_upload(
        by=request.member,
        kind=kind,
        filename=sent.name,
        data=sent.read(),
        params=params_of(request.POST),
        now=clock.now(),
    )
    return Answer(_shape(_one(request, made.pk)), 201)


@writes(router, "POST", "/files/{kind}/make", HEAVY, returns=JobShape, made=True)
def make_file(request: ProgramRequest, kind: str, body: MakeTold) -> Answer:
    """Have a file made. Fetch it from the job once that is done."""
    _kind(request, registry.files.get(kind), made_scope(kind))
    made = actions.start_file(by=request.member, kind=kind, params=body.params, now=clock.now())
    return Answer(_shape(_one(request, made.pk)), 201)


@reads(router, "/jobs", BY_KIND, returns=Listed[JobShape])
def jobs(request: ProgramRequest, asked: Query[JobFilter]) -> Listed[JobShape]:
    """The jobs of one's organisation that one could ask for now, the last first."""
    rows = queries.narrowed(_seen(request), kind=asked.kind or "", state=asked.state or "")
    if asked.updated_since:
        since = asked.updated_since
        rows = rows.filter(Q(created_at__gte=since) | Q(finished_at__gte=since))
    return listed(rows, asked, ("-created_at", "pk"), lambda shown: [_shape(each) for each in shown])


@reads(router, "/jobs/{uuid:job_id}", BY_KIND, returns=JobShape)
def job(request: ProgramRequest, job_id: uuid.UUID) -> JobShape:
    """How a job stands: its progress, what the file would do, its end."""
    return _shape(_one(request, job_id))


@reads(router, "/jobs/{uuid:job_id}/problems", BY_KIND, returns=Listed[FileProblem])
def job_problems(request: ProgramRequest, job_id: uuid.UUID, asked: Query[Page]) -> Listed[FileProblem]:
    """Every problem of a file that was sent, in the file's order."""
    found = _one(request, job_id)
    told = [
        FileProblem(
            sheet=each["sheet"],
            row=each["row"],
            column=each["column"],
            value=each["value"],
            detail=each["message"],
            level=each["level"],
        )
        for each in queries.problems_of(found)
    ]
    return _part(told, asked, found.fingerprint)


@reads(router, "/jobs/{uuid:job_id}/changes", BY_KIND, returns=Listed[UnitChange])
def job_changes(request: ProgramRequest, job_id: uuid.UUID, asked: Query[ChangesAsked]) -> Listed[UnitChange]:
    """What the file would do, unit by unit: of each action the first 500, as on the page."""
    found = _one(request, job_id)
    told = [
        UnitChange(
            unit=each["unit"],
            action=action,
            note=each.get("note", ""),
            fields=[
                FieldChange(field=name, before=before, after=after)
                for name, before, after in each.get("fields", ())
            ],
        )
        for action, changes in found.preview.get("changes", {}).items()
        if asked.action in (None, action)
        for each in changes
    ]
    return _part(told, asked, found.fingerprint)


def _lock(request: ProgramRequest, job_id: uuid.UUID) -> None:
    actions.locked_job(_one(request, job_id))


@writes(router, "POST", "/jobs/{uuid:job_id}/apply", BY_KIND, returns=JobShape, locks=_lock)
def apply_job(request: ProgramRequest, job_id: uuid.UUID, body: ApplyTold) -> JobShape:
    """Apply a checked file, as its preview says. Asked twice, it happens once."""
    actions.apply_upload(
        by=request.member, job=_one(request, job_id), now=clock.now(), is_confirmed=body.is_confirmed
    )
    return _shape(_one(request, job_id))


@writes(router, "POST", "/jobs/{uuid:job_id}/discard", BY_KIND, returns=JobShape, locks=_lock)
def discard_job(request: ProgramRequest, job_id: uuid.UUID) -> JobShape:
    """Give a checked file up: nothing of it is applied."""
    actions.discard_upload(by=request.member, job=_one(request, job_id), now=clock.now())
    return _shape(_one(request, job_id))


@reads(router, "/jobs/{uuid:job_id}/file", BY_KIND, returns=BINARY)
def job_file(request: ProgramRequest, job_id: uuid.UUID) -> HttpResponse:
    """The file that was made; whether one may have it is asked now, not only when it was made."""
    return _content(request, _one(request, job_id).output)


@reads(router, "/jobs/{uuid:job_id}/original", BY_KIND, returns=BINARY)
def job_original(request: ProgramRequest, job_id: uuid.UUID) -> HttpResponse:
    """The file as it was sent."""
    return _content(request, _one(request, job_id).upload)


def _may_use(request: ProgramRequest, kind: UploadKind | FileKind, scope: str) -> bool:
    assert request.acting is not None
    return scope in request.acting.scopes and rules.may_use(request.member, kind)


def _kind(request: ProgramRequest, kind: Kind | None, scope: str | None) -> Kind:
    """The kind, if there is one for programs of this side of the market; raises :class:`Problem` otherwise, and for a
    scope that is missing. The action asks for the role."""
    if kind is None or scope is None or not rules.is_for(request.member, kind):
        raise of_request("not_found", "There is no such kind of file for your organisation.")
    BY_KIND.check_scope(request, scope)
    return kind


def _seen(request: ProgramRequest) -> QuerySet[Job]:
    assert request.acting is not None
    sent, made = kinds_of(request.acting.scopes)
    of_scope = Q(upload__isnull=False, kind__in=sent) | Q(upload=None, source=None, kind__in=made)
    rows = queries.jobs_visible_to(request.member).filter(of_scope | Q(source__kind__in=sent))
    return queries.with_preview(rows)


def _one(request: ProgramRequest, job_id: uuid.UUID) -> Job:
    found = _seen(request).filter(pk=job_id).first()
    if found is not None:
        return found
    role = queries.role_lacking(request.member, job_id)
    if role:
        raise of_request("role_missing", f"This needs the role {role.capitalize()}.")
    raise of_request("not_found", "There is no such job among yours, or its kind needs another scope.")


def _part(told: list[Item], page: Page, mark: str) -> Listed[Item]:
    start = row_number(page, mark)
    rest = row_page(mark, start + page.limit) if len(told) > start + page.limit else None
    return Listed(items=told[start : start + page.limit], next=rest)


def _content(request: ProgramRequest, file: StoredFile | None) -> HttpResponse:
    if file is None:
        raise of_request("not_found", "The job has no such file, or not yet.")
    content = file.read()
    response = attachments.response(content, file.name, file.content_type)
    response["ETag"] = etag_of(content)
    return unless_known(request, response)


def _file(of: StoredFile | None) -> FileShape | None:
    if of is None:
        return None
    return FileShape(name=of.name, size=of.size, content_type=of.content_type, sha256=of.sha256)


def _shape(of: Job) -> JobShape:
    progress = progress_of(of.pk) if of.is_going_on else None
    return JobShape(
        id=str(of.pk),
        kind=of.kind,
        title=of.title,
        state=State(of.state),
        is_going_on=of.is_going_on,
        sent=_file(of.upload),
        made=_file(of.output),
        params=of.params,
        progress=ProgressShape(done=progress[0], total=progress[1]) if progress is not None else None,
        counts=of.preview.get("counts", {}),
        note=of.preview.get("note", ""),
        confirm=of.preview.get("confirm", []),
        steps=[StepShape(when=when, what=what) for when, what in of.preview.get("steps", ())],
        result=of.result,
        error=of.error,
        created_at=of.created_at,
        finished_at=of.finished_at,
    )
