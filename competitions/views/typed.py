"""A competition by page, step by step: header, boundary, periods and windows, review. Every step is kept as typed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions import rules
from competitions.domain.queries import areas_of, operator_competitions
from competitions.domain.setting_up.working_copies import (
    discard_copy,
    keep_rows,
    mark_of_rows,
    working_copies_of,
)
from competitions.domain.terms_versions import terms_of_member
from competitions.domain.week import typed_blocks
from competitions.enums import BoundaryType
from competitions.forms.typed import CORNERS, BufferForm, HeaderForm, boundary_cells
from competitions.models import WorkingCopy
from competitions.views.common import (
    LABELS,
    STEPS,
    asked_step,
    copy_and_locks,
    errors_of_step,
    go,
    page,
    posted,
)
from competitions.workbooks.specs import BOUNDARIES, COMPETITIONS, WINDOWS
from competitions.workbooks.typed import is_refused, plan_typed, save_copy, shown_copy, step_of
from marketplace import clock
from marketplace.errors import Refused
from marketplace.keys import key_form
from marketplace.seen import ChangedMeanwhile
from marketplace.units import power_unit
from marketplace.web.access import member
from marketplace.web.refusals import redirect_refused
from marketplace.workbooks.declare import Problem


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def start(request: MemberRequest) -> HttpResponse:
    """A new competition: the first step. It is begun when something of it is kept."""
    own = request.POST.get("draft", "")
    copy = WorkingCopy(operator=request.member.organisation, sheets={})
    if request.method == "POST" and own:
        try:
            pk = UUID(own)
        except ValueError:
            raise Http404 from None
        copy = working_copies_of(request.member).filter(pk=pk).first() or WorkingCopy(
            pk=pk, operator=copy.operator
        )
    return _header_page(request, copy, {})


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def edit(request: MemberRequest, ref: str) -> HttpResponse:
    """Change a stored competition, or go on where somebody of the organisation did; looking at it begins nothing."""
    competition = get_object_or_404(operator_competitions(request.member), ref__iexact=ref)
    try:
        rules.check_may_edit(competition, clock.now())
    except Refused as refusal:
        return redirect_refused(request, refusal, "competitions:competition", competition.ref)
    return redirect("competitions:typed_header", competition.pk)


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def header(request: MemberRequest, pk: UUID) -> HttpResponse:
    """First step: what is needed, when, on which terms."""
    return _header_page(request, *copy_and_locks(request, pk))


def _header_page(request: MemberRequest, copy: WorkingCopy, locks: dict[str, str]) -> HttpResponse:
    form = HeaderForm(posted(request), cells=copy.header, locks=locks)
    changed, status = None, 200
    if request.method == "POST":
        rows = {COMPETITIONS.name: [form.cells(copy.header)]}
        seen = request.POST.get("seen", "")
        try:
            copy = keep_rows(
                by=request.member, copy=copy, rows=rows, now=clock.now(), seen=seen, labels=LABELS
            )
        except ChangedMeanwhile as refusal:
            changed, status = refusal, 409
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            status = 422
        else:
            problems = errors_of_step(request, copy, COMPETITIONS.name)
            step = asked_step(request) or ("" if problems else "boundary")
            if step:
                return go(request, copy, step, problems)
            form.show(problems)
            status = 422
    elif "check" in request.GET:
        form = HeaderForm(HeaderForm.as_typed(copy.header), cells=copy.header, locks=locks)
        form.show(errors_of_step(request, copy, COMPETITIONS.name))
        status = 422 if form.errors else 200
    stored = shown_copy(request.member, copy.pk) or copy
    seen = mark_of_rows(stored.sheets, [COMPETITIONS.name])
    return page(
        request,
        "header",
        copy,
        status=status,
        form=form,
        changed=changed,
        seen=seen,
        terms=terms_of_member(request.member),
    )


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def boundary(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Second step: where. Areas from the list or the map, postcodes pasted, boxes by their corners or drawn."""
    copy, locks = copy_and_locks(request, pk)
    form = BufferForm(posted(request), cells=copy.header, locks=locks)
    lock = locks.get("boundary", "")
    problems: list[Problem] = []
    changed, status = None, 200
    typed: list[dict[str, str]] | None = None
    if request.method == "POST":
        rows: dict[str, Any] = {COMPETITIONS.name: [form.cells(copy.header)]}
        if not lock or "postcodes" in request.POST:
            rows[BOUNDARIES.name] = typed = boundary_cells(request.POST)
        seen = request.POST.get("seen", "")
        try:
            copy = keep_rows(by=request.member, copy=copy, rows=rows, now=clock.now(), seen=seen)
            problems = errors_of_step(request, copy, BOUNDARIES.name)
        except ChangedMeanwhile as refusal:
            changed, status = refusal, 409
        except Refused as refusal:
            problems, status = [Problem(BOUNDARIES.name, None, None, "", str(refusal))], 422
        else:
            step = asked_step(request) or ("" if problems else "windows")
            if step:
                return go(request, copy, step, problems)
            status = 422
    elif "check" in request.GET:
        problems = errors_of_step(request, copy, BOUNDARIES.name)
        status = 422 if problems else 200
    names = [COMPETITIONS.name] if lock else [COMPETITIONS.name, BOUNDARIES.name]
    return page(
        request,
        "boundary",
        copy,
        status=status,
        form=form,
        problems=problems,
        lock=lock,
        changed=changed,
        seen=mark_of_rows(copy.sheets, names),
        **_boundary_shown(request, copy.sheets.get(BOUNDARIES.name, []) if typed is None else typed),
    )


def _boundary_shown(request: MemberRequest, rows: list[dict[str, str]]) -> dict[str, Any]:
    chosen = {
        key_form(row["value"]): row["value"] for row in rows if row.get("kind") == BoundaryType.AREA.label
    }
    areas = areas_of(request.member).filter(archived_at=None).order_by("reference")
    listed: list[dict[str, Any]] = [
        {
            "reference": area.reference,
            "name": area.display_name,
            "chosen": chosen.pop(key_form(area.reference), None),
        }
        for area in areas
    ]
    listed += [{"reference": value, "name": "no longer in use", "chosen": True} for value in chosen.values()]
    codes = [row["value"] for row in rows if row.get("kind") not in (BoundaryType.AREA.label, BOX)]
    boxes = [[(corner, row.get(corner, "")) for corner in CORNERS] for row in rows if row.get("kind") == BOX]
    return {
        "areas": listed,
        "postcodes": "\n".join(codes),
        "boxes": [*boxes, [(corner, "") for corner in CORNERS]],
    }


BOX = BoundaryType.BOUNDING_BOX.label


@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def review(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Last step: what saving does, and every problem with a link to where it is corrected."""
    copy, _ = copy_and_locks(request, pk)
    return _review(request, copy)


def _review(request: MemberRequest, copy: WorkingCopy, status: int = 200) -> HttpResponse:
    plan = plan_typed(by=request.member, sheets=copy.sheets, now=clock.now())
    errors = [(_page_of(one), one) for one in plan.problems if one.level == "error"]
    return page(
        request,
        "review",
        copy,
        status=status,
        errors=errors,
        warnings=[one for one in plan.problems if one.level == "warning"],
        change=plan.changes[0] if plan.changes else None,
        is_refused=is_refused(plan),
        fingerprint=plan.fingerprint(),
        confirm=plan.confirm,
        windows=copy.sheets.get(WINDOWS.name, []),
        blocks=typed_blocks(
            copy.sheets.get(WINDOWS.name, []), power_unit(copy.header.get("power_type", "").lower())
        ),
    )


def _page_of(problem: Problem) -> tuple[str, str]:
    """The step in which a problem is corrected: its address's name, and its title."""
    step = step_of(problem)
    return next((f"competitions:typed_{name}", title) for name, title, sheet in STEPS if sheet in (step, ""))


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def save(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Create or change the competition as reviewed."""
    copy, _ = copy_and_locks(request, pk)
    try:
        competition = save_copy(
            by=request.member,
            copy_id=copy.pk,
            seen=request.POST.get("fingerprint", ""),
            now=clock.now(),
            is_confirmed="confirmed" in request.POST,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _review(request, copy, status=422)
    messages.success(request, f"{competition.ref} is saved.")
    return redirect("competitions:competition", competition.ref)


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def discard(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Throw away what was typed."""
    copy, _ = copy_and_locks(request, pk)
    try:
        discard_copy(by=request.member, copy_id=copy.pk, now=clock.now(), seen=request.POST.get("seen", ""))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        if working_copies_of(request.member).filter(pk=copy.pk).exists():
            return redirect("competitions:typed_review", copy.pk)
    else:
        messages.success(request, "The draft is discarded.")
    return redirect("competitions:list")
