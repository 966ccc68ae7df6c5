"""A competition by page, step by step: header, boundary, periods and windows, review. Every step is kept as typed."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from competitions.domain.queries import areas_of, operator_competitions
from competitions.domain.terms import terms_of
from competitions.domain.week import typed_blocks
from competitions.domain.working_copies import discard_copy, keep_row, keep_rows, start_copy, working_copies_of
from competitions.enums import BoundaryType
from competitions.models import WorkingCopy
from competitions.typed_forms import CORNERS, BufferForm, HeaderForm, WindowForm, boundary_cells, locks_of
from competitions.workbooks.specs import BOUNDARIES, COMPETITIONS, WINDOWS
from competitions.workbooks.typed import FIRST_ROW, is_refused, plan_typed, save_copy, sheets_of, step_of
from marketplace import clock
from marketplace.errors import Refused
from marketplace.jobs.kinds import Plan
from marketplace.keys import key_form
from marketplace.web.access import member
from marketplace.workbooks import Problem

STEPS = (
    ("header", "Header", COMPETITIONS.name),
    ("boundary", "Boundary", BOUNDARIES.name),
    ("windows", "Periods and windows", WINDOWS.name),
    ("review", "Review", ""),
)


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def start(request: HttpRequest) -> HttpResponse:
    """Begin a new competition."""
    try:
        copy = start_copy(by=request.member, sheets={}, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("competitions:list")
    return redirect("competitions:typed_header", copy.pk)


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def edit(request: HttpRequest, ref: str) -> HttpResponse:
    """Begin to change a stored competition, or go on where somebody of the organisation did."""
    competition = get_object_or_404(operator_competitions(request.member), ref__iexact=ref)
    copy = working_copies_of(request.member).filter(competition=competition).first()
    if copy is None:
        sheets = sheets_of(terms_of(competition), competition.operator.zone)
        try:
            copy = start_copy(by=request.member, sheets=sheets, competition=competition, now=clock.now())
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("competitions:competition", competition.ref)
    return redirect("competitions:typed_header", copy.pk)


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def header(request: HttpRequest, pk: UUID) -> HttpResponse:
    """First step: what is needed, when, on which terms."""
    copy, locks = _copy(request, pk)
    form = HeaderForm(_posted(request), cells=copy.header, locks=locks)
    if request.method == "POST":
        cells = form.cells(copy.header)
        copy = keep_rows(by=request.member, copy_id=copy.pk, rows={COMPETITIONS.name: [cells]}, now=clock.now())
        problems = _problems(request, copy, COMPETITIONS.name)
        if not problems:
            return redirect("competitions:typed_boundary", copy.pk)
        form.show(problems)
    elif "check" in request.GET:
        form = HeaderForm(HeaderForm.as_typed(copy.header), cells=copy.header, locks=locks)
        form.show(_problems(request, copy, COMPETITIONS.name))
    return _page(request, "header", copy, status=422 if form.errors else 200, form=form)


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def boundary(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Second step: where. Areas from the list or the map, postcodes pasted, boxes by their corners or drawn."""
    copy, locks = _copy(request, pk)
    form = BufferForm(_posted(request), cells=copy.header, locks=locks)
    lock = locks.get("boundary", "")
    problems: list[Problem] = []
    if request.method == "POST":
        rows: dict[str, Any] = {COMPETITIONS.name: [form.cells(copy.header)]}
        if not lock or "postcodes" in request.POST:
            rows[BOUNDARIES.name] = boundary_cells(request.POST)
        try:
            copy = keep_rows(by=request.member, copy_id=copy.pk, rows=rows, now=clock.now())
            problems = _problems(request, copy, BOUNDARIES.name)
        except Refused as refusal:
            problems = [Problem(BOUNDARIES.name, None, None, "", str(refusal))]
        if not problems:
            return redirect("competitions:typed_windows", copy.pk)
    elif "check" in request.GET:
        problems = _problems(request, copy, BOUNDARIES.name)
    return _page(
        request,
        "boundary",
        copy,
        status=422 if problems else 200,
        form=form,
        problems=problems,
        lock=lock,
        **_boundary_shown(request, copy),
    )


def _boundary_shown(request: HttpRequest, copy: WorkingCopy) -> dict[str, Any]:
    rows = copy.sheets.get(BOUNDARIES.name, [])
    chosen = {key_form(row["value"]): row["value"] for row in rows if row.get("kind") == BoundaryType.AREA.label}
    areas = areas_of(request.member).filter(archived_at=None).order_by("reference")
    listed = [
        {"reference": area.reference, "name": area.display_name, "chosen": chosen.pop(key_form(area.reference), None)}
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


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def windows(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Third step: the windows so far, and a form for one more with the week to draw it on."""
    return _window_page(request, pk, None)


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def window(request: HttpRequest, pk: UUID, place: int) -> HttpResponse:
    """One window of those so far, to change it."""
    return _window_page(request, pk, place)


def _window_page(request: HttpRequest, pk: UUID, place: int | None) -> HttpResponse:
    copy, locks = _copy(request, pk)
    rows = copy.sheets.get(WINDOWS.name, [])
    if place is not None and place >= len(rows):
        return redirect("competitions:typed_windows", copy.pk)
    cells = rows[place] if place is not None else _like_the_last(rows)
    form = WindowForm(_posted(request), cells=cells)
    if request.method == "POST":
        typed = form.cells({})
        at = len(rows) if place is None else place
        changed = {**copy.sheets, WINDOWS.name: [*rows[:at], typed, *rows[at + 1 :]]}
        problems = [
            one for one in _all_problems(request, changed) if one.sheet == WINDOWS.name and one.row == at + FIRST_ROW
        ]
        if problems:
            form.show(problems)
        else:
            keep_row(by=request.member, copy_id=copy.pk, sheet=WINDOWS.name, place=place, row=typed, now=clock.now())
            messages.success(request, f"The window “{typed['name']}” is kept.")
            return redirect("competitions:typed_windows", copy.pk)
    listed = [{"place": number, **row} for number, row in enumerate(rows)]
    others = typed_blocks([row for number, row in enumerate(rows) if number != place])
    return _page(
        request,
        "windows",
        copy,
        status=422 if form.errors else 200,
        form=form,
        place=place,
        windows=listed,
        taken=sorted({cell for block in others for cell in block.cells}),
        periods={row["period"]: [row["first_day"], row["last_day"]] for row in rows if row.get("period")},
        problems=_problems(request, copy, WINDOWS.name) if "check" in request.GET else [],
        lock=locks.get("windows", ""),
    )


def _like_the_last(rows: list[dict[str, str]]) -> dict[str, str]:
    """What a further window has in common with the one before."""
    if not rows:
        return {}
    return {key: rows[-1].get(key, "") for key in ("period", "first_day", "last_day", "public_holidays")}


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def window_copy(request: HttpRequest, pk: UUID, place: int) -> HttpResponse:
    """Put a window once more under another name."""
    copy, _ = _copy(request, pk)
    rows = copy.sheets.get(WINDOWS.name, [])
    if place < len(rows):
        names = {row.get("name", "") for row in rows}
        base = rows[place].get("name", "")[:54]
        name = next(f"{base} {number}" for number in range(2, len(rows) + 3) if f"{base} {number}" not in names)
        row = {**rows[place], "name": name}
        keep_row(by=request.member, copy_id=copy.pk, sheet=WINDOWS.name, place=None, row=row, now=clock.now())
        return redirect("competitions:typed_window", copy.pk, len(rows))
    return redirect("competitions:typed_windows", copy.pk)


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def window_remove(request: HttpRequest, pk: UUID, place: int) -> HttpResponse:
    """Take a window out."""
    copy, _ = _copy(request, pk)
    try:
        keep_row(by=request.member, copy_id=copy.pk, sheet=WINDOWS.name, place=place, row=None, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("competitions:typed_windows", copy.pk)


@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def review(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Last step: what saving does, and every problem with a link to where it is mended."""
    copy, _ = _copy(request, pk)
    return _review(request, copy)


def _review(request: HttpRequest, copy: WorkingCopy, status: int = 200) -> HttpResponse:
    plan = plan_typed(by=request.member, sheets=copy.sheets, now=clock.now())
    errors = [(_page_of(one), one) for one in plan.problems if one.level == "error"]
    return _page(
        request,
        "review",
        copy,
        status=status,
        errors=errors,
        warnings=[one for one in plan.problems if one.level == "warning"],
        change=plan.changes[0] if plan.changes else None,
        is_refused=is_refused(plan),
        fingerprint=plan.fingerprint(),
        publishes=not copy.header.get("publish_on") and copy.competition is None,
        windows=copy.sheets.get(WINDOWS.name, []),
        blocks=typed_blocks(copy.sheets.get(WINDOWS.name, [])),
    )


def _page_of(problem: Problem) -> tuple[str, str]:
    """The step that mends a problem: its address's name, and its title."""
    step = step_of(problem)
    return next((f"competitions:typed_{name}", title) for name, title, sheet in STEPS if sheet in (step, ""))


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def save(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Create or change the competition as reviewed."""
    copy, _ = _copy(request, pk)
    try:
        competition = save_copy(
            by=request.member, copy_id=copy.pk, seen=request.POST.get("fingerprint", ""), now=clock.now()
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _review(request, copy, status=422)
    messages.success(request, f"{competition.ref} is saved.")
    return redirect("competitions:competition", competition.ref)


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Throw away what was typed."""
    copy, _ = _copy(request, pk)
    discard_copy(by=request.member, copy_id=copy.pk, now=clock.now())
    messages.success(request, "What was begun is discarded.")
    return redirect("competitions:list")


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _copy(request: HttpRequest, pk: UUID) -> tuple[WorkingCopy, dict[str, str]]:
    copy = get_object_or_404(working_copies_of(request.member), pk=pk)
    values = {} if copy.competition is None else terms_of(copy.competition).header
    return copy, locks_of(copy.competition, values, clock.now())


def _all_problems(request: HttpRequest, sheets: Any) -> list[Problem]:
    plan: Plan = plan_typed(by=request.member, sheets=sheets, now=clock.now())
    return [problem for problem in plan.problems if problem.level == "error"]


def _problems(request: HttpRequest, copy: WorkingCopy, sheet: str) -> list[Problem]:
    return [problem for problem in _all_problems(request, copy.sheets) if step_of(problem) == sheet]


def _page(request: HttpRequest, step: str, copy: WorkingCopy, *, status: int, **shown: Any) -> HttpResponse:
    steps = [(name, title, f"competitions:typed_{name}") for name, title, _ in STEPS]
    context = {"copy": copy, "step": step, "steps": steps, "zone": copy.operator.zone, **shown}
    return render(request, f"competitions/typed/{step}.html", context, status=status)
