"""What the steps of a competition by page share: the draft that is shown, its problems, and where to go
on."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from accounts.requests import MemberRequest
from competitions.domain.setting_up.terms import header_of
from competitions.domain.setting_up.working_copies import mark_of_rows
from competitions.forms.typed import locks_of
from competitions.models import WorkingCopy
from competitions.workbooks.specs import BOUNDARIES, COMPETITIONS, WINDOWS
from competitions.workbooks.typed import plan_typed, shown_copy, step_of
from marketplace import clock
from marketplace.jobs.kinds import Plan
from marketplace.workbooks.declare import Problem

STEPS = (
    ("header", "Header", COMPETITIONS.name),
    ("boundary", "Boundary", BOUNDARIES.name),
    ("windows", "Periods and windows", WINDOWS.name),
    ("review", "Review", ""),
)
STEP_NAMES = frozenset(name for name, *_ in STEPS)
LABELS = {column.key: column.header for column in COMPETITIONS.columns}
WINDOW_LABELS = {column.key: column.header for column in WINDOWS.columns[1:]}


def posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def copy_and_locks(request: MemberRequest, pk: UUID) -> tuple[WorkingCopy, dict[str, str]]:
    """The draft of this address and why each locked field of it can't change now. Raises ``Http404``."""
    copy = shown_copy(request.member, pk)
    if copy is None:
        raise Http404
    values = {} if copy.competition is None else header_of(copy.competition)
    return copy, locks_of(copy.competition, values, clock.now())


def errors_of(request: MemberRequest, sheets: Any) -> list[Problem]:
    """Every error of a draft's rows."""
    plan: Plan = plan_typed(by=request.member, sheets=sheets, now=clock.now())
    return [problem for problem in plan.problems if problem.level == "error"]


def errors_of_step(request: MemberRequest, copy: WorkingCopy, sheet: str) -> list[Problem]:
    """The errors that are corrected on the page of a sheet."""
    return [problem for problem in errors_of(request, copy.sheets) if step_of(problem) == sheet]


def asked_step(request: HttpRequest) -> str:
    """The step that the member goes to while something is typed on this one; blank where a button of this one
    was used."""
    name = request.POST.get("go", "")
    return name if name in STEP_NAMES else ""


def go(request: HttpRequest, copy: WorkingCopy, step: str, problems: list[Problem]) -> HttpResponse:
    """To another step, telling that what is not right yet is kept."""
    if problems and not copy._state.adding:
        told = "1 thing is" if len(problems) == 1 else f"{len(problems)} things are"
        messages.warning(
            request, f"What you typed is kept. {told} to correct before it can be saved: see the review."
        )
    if copy._state.adding and copy.competition is None:
        messages.info(
            request, "Nothing is typed yet. The other steps are there once something of the header is."
        )
        return redirect("competitions:start")
    return redirect(f"competitions:typed_{step}", copy.pk)


def page(request: HttpRequest, step: str, copy: WorkingCopy, *, status: int, **shown: Any) -> HttpResponse:
    """The page of a step."""
    steps = [(name, title, f"competitions:typed_{name}") for name, title, _ in STEPS]
    context = {
        "copy": copy,
        "step": step,
        "steps": steps,
        "zone": copy.operator.zone,
        "changed": None,
        **shown,
    }
    context["is_kept"] = not copy._state.adding
    context["draft_mark"] = mark_of_rows(copy.sheets, copy.sheets)
    context["has_form"] = step in ("header", "boundary") or (step == "windows" and not shown.get("lock"))
    return render(request, f"competitions/typed/{step}.html", context, status=status)
