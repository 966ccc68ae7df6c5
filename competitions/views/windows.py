"""A competition by page, third step: the windows. Whatever leaves the page keeps the window that is half
typed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.setting_up.working_copies import keep_row, mark_of_row
from competitions.domain.week import typed_blocks
from competitions.forms.typed import WindowForm
from competitions.models import WorkingCopy
from competitions.views.common import (
    WINDOW_LABELS,
    asked_step,
    copy_and_locks,
    errors_of,
    errors_of_step,
    go,
    page,
    posted,
)
from competitions.workbooks.specs import WINDOWS
from competitions.workbooks.typed import FIRST_ROW
from marketplace import clock
from marketplace.errors import Refused
from marketplace.seen import ChangedMeanwhile
from marketplace.units import power_unit
from marketplace.web.access import member
from marketplace.web.refusals import redirect_refused, refusal_shown
from marketplace.workbooks.declare import Problem


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def windows(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The windows so far, and a form for one more with the week to draw it on."""
    return _window_page(request, pk, None)


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def window(request: MemberRequest, pk: UUID, place: int) -> HttpResponse:
    """One window of those so far, to change it."""
    return _window_page(request, pk, place)


def _window_page(request: MemberRequest, pk: UUID, place: int | None) -> HttpResponse:
    copy, locks = copy_and_locks(request, pk)
    rows = copy.sheets.get(WINDOWS.name, [])
    place = _place_now(rows, place, request.POST.get("seen", ""))
    is_gone = place is not None and place >= len(rows)
    if is_gone and request.method == "GET":
        return redirect("competitions:typed_windows", copy.pk)
    if is_gone:
        place = None
    form = WindowForm(posted(request), cells=_cells(rows, place))
    changed, status = None, 200
    if is_gone:
        messages.warning(
            request, "This window was removed meanwhile. What you typed is here: add it if it is needed."
        )
        status = 409
    elif request.method == "POST":
        try:
            answer = _take(request, copy, place, form)
            if answer is not None:
                return answer
            status = 422
        except ChangedMeanwhile as refusal:
            changed, status = refusal, 409
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
            status = 422
    wrong = _wrong_rows(errors_of_step(request, copy, WINDOWS.name)) if rows else {}
    blank = dict.fromkeys(WINDOWS.by_key, "")  # a row keeps only the cells that were filled
    listed = [
        {"place": number, "mark": mark_of_row(row), "wrong": wrong.get(number, ()), **blank, **row}
        for number, row in enumerate(rows)
    ]
    others = typed_blocks(
        [row for number, row in enumerate(rows) if number != place],
        power_unit(copy.header.get("power_type", "").lower()),
    )
    return page(
        request,
        "windows",
        copy,
        status=status,
        form=form,
        place=place,
        windows=listed,
        taken=sorted({cell for block in others for cell in block.cells}),
        periods={
            row["period"]: [row.get("first_day", ""), row.get("last_day", "")]
            for row in rows
            if row.get("period")
        },
        problems=errors_of_step(request, copy, WINDOWS.name) if "check" in request.GET else [],
        lock=locks.get("windows", ""),
        changed=changed,
        seen=mark_of_row(rows[place]) if place is not None else "",
    )


def _place_now(rows: list[dict[str, str]], place: int | None, mark: str) -> int | None:
    """Where the row is that stood at the place when its page was made: rows before it may be gone since."""
    if place is None or not mark or (place < len(rows) and mark_of_row(rows[place]) == mark):
        return place
    return next((number for number, row in enumerate(rows) if mark_of_row(row) == mark), place)


def _cells(rows: list[dict[str, str]], place: int | None) -> dict[str, str]:
    """What the form is filled with: the row at the place, else what a further window has in common with the
    last."""
    if place is not None:
        return rows[place]
    if not rows:
        return {}
    return {key: rows[-1].get(key, "") for key in ("period", "first_day", "last_day", "public_holidays")}


def _wrong_rows(problems: list[Problem]) -> dict[int, list[Problem]]:
    """The errors by the place of their row."""
    found: dict[int, list[Problem]] = {}
    for problem in problems:
        if problem.row is not None and problem.sheet == WINDOWS.name:
            found.setdefault(problem.row - FIRST_ROW, []).append(problem)
    return found


def _take(
    request: MemberRequest, copy: WorkingCopy, place: int | None, form: WindowForm
) -> HttpResponse | None:
    """Keep what was typed and go on; None where the window is not right and the member stays to correct
    it."""
    step = asked_step(request)
    if step:
        copy, problems = _keep_half_typed(request, copy, place, form)
        return go(request, copy, step, problems)
    typed = form.cells({})
    problems = _problems_of(request, copy, place, typed)
    if problems:
        form.show(problems)
        return None
    copy = _keep(request, copy, place, typed)
    messages.success(request, f"The window “{typed['name']}” is kept.")
    return redirect("competitions:typed_windows", copy.pk)


def _keep_half_typed(
    request: MemberRequest, copy: WorkingCopy, place: int | None, form: WindowForm
) -> tuple[WorkingCopy, list[Problem]]:
    """Keep the window as far as it is typed, and tell so; nothing is done where the form is as it was
    filled."""
    rows = copy.sheets.get(WINDOWS.name, [])
    typed = form.cells({})
    filled = {key: cell for key, cell in _cells(rows, place).items() if cell}
    if {key: cell for key, cell in typed.items() if cell} == filled:
        return copy, []
    problems = _problems_of(request, copy, place, typed)
    copy = _keep(request, copy, place, typed)
    if not problems:
        messages.success(request, f"The window “{typed['name']}” is kept.")
    return copy, problems


def _problems_of(
    request: MemberRequest, copy: WorkingCopy, place: int | None, typed: dict[str, str]
) -> list[Problem]:
    """The errors of the window as typed, among the others."""
    rows = copy.sheets.get(WINDOWS.name, [])
    at = len(rows) if place is None else place
    changed = {**copy.sheets, WINDOWS.name: [*rows[:at], typed, *rows[at + 1 :]]}
    return [
        one for one in errors_of(request, changed) if one.sheet == WINDOWS.name and one.row == at + FIRST_ROW
    ]


def _keep(request: MemberRequest, copy: WorkingCopy, place: int | None, typed: dict[str, str]) -> WorkingCopy:
    return keep_row(
        by=request.member,
        copy=copy,
        sheet=WINDOWS.name,
        place=place,
        row=typed,
        now=clock.now(),
        seen=request.POST.get("seen", ""),
        labels=WINDOW_LABELS,
    )


def _typed_place(request: HttpRequest) -> int | None:
    """Which window the form beside the pressed button was changing; None for one more."""
    text = request.POST.get("typed_place", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def _kept_beside(request: MemberRequest, copy: WorkingCopy) -> WorkingCopy:
    """Keep what is half typed in the form beside the button that was pressed. Raises ``Refused``."""
    if "name" not in request.POST:
        return copy
    rows = copy.sheets.get(WINDOWS.name, [])
    place = _place_now(rows, _typed_place(request), request.POST.get("seen", ""))
    if place is not None and place >= len(rows):
        place = None
    copy, problems = _keep_half_typed(
        request, copy, place, WindowForm(request.POST, cells=_cells(rows, place))
    )
    if problems:
        messages.warning(
            request,
            "The window that you were typing is kept as far as it went. Correct what is marked before you save it.",
        )
    return copy


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def window_change(request: MemberRequest, pk: UUID, place: int) -> HttpResponse:
    """Go to another window, keeping the one that is half typed."""
    copy, _ = copy_and_locks(request, pk)
    try:
        copy = _kept_beside(request, copy)
    except Refused as refusal:
        return redirect_refused(request, refusal, "competitions:typed_windows", copy.pk)
    return redirect("competitions:typed_window", copy.pk, place)


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def window_copy(request: MemberRequest, pk: UUID, place: int) -> HttpResponse:
    """Put a window once more under another name."""
    copy, _ = copy_and_locks(request, pk)
    try:
        copy = _kept_beside(request, copy)
        rows = copy.sheets.get(WINDOWS.name, [])
        if place >= len(rows):
            raise Refused("This row was removed meanwhile.")
        names = {row.get("name", "") for row in rows}
        base = rows[place].get("name", "")[:54]
        name = next(
            f"{base} {number}" for number in range(2, len(rows) + 3) if f"{base} {number}" not in names
        )
        row = {**rows[place], "name": name}
        copy = keep_row(
            by=request.member, copy=copy, sheet=WINDOWS.name, place=None, row=row, now=clock.now()
        )
    except Refused as refusal:
        return redirect_refused(request, refusal, "competitions:typed_windows", copy.pk)
    return redirect("competitions:typed_window", copy.pk, len(rows))


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def window_remove(request: MemberRequest, pk: UUID, place: int) -> HttpResponse:
    """Take a window out, if it still is the one that was shown."""
    copy, _ = copy_and_locks(request, pk)
    with refusal_shown(request):
        if _typed_place(request) != place:
            copy = _kept_beside(request, copy)
        seen = request.POST.get(f"mark-{place}", "")
        now_at = _place_now(copy.sheets.get(WINDOWS.name, []), place, seen)
        copy = keep_row(
            by=request.member,
            copy=copy,
            sheet=WINDOWS.name,
            place=now_at,
            row=None,
            now=clock.now(),
            seen=seen,
        )
    return redirect("competitions:typed_windows", copy.pk)
