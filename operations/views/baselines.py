"""Pages of baselines: nominations, fixed references, days left out, and how far that of a contract is to be trusted."""

from datetime import time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from contracts.domain.queries import contracts_of
from marketplace import clock
from marketplace.errors import Refused
from marketplace.numbers import counted
from marketplace.web.access import member
from marketplace.web.lists import page_of
from marketplace.web.refusals import refusal_shown
from operations.domain import nominating
from operations.domain.kept_figures import trust_soon
from operations.domain.late_nominations import accept_late as accept_late_nominations
from operations.domain.late_nominations import late_days_of
from operations.domain.metered import known_of
from operations.domain.trusting import LOOKED_AT
from operations.forms.baselines import ExclusionForm, WeekForm
from operations.presenters.baselines import late_rows, trust_rows
from operations.workbooks.baseline_files import NOMINATIONS, REFERENCES

OF_PROVIDERS = (
    ("", "Nominations (.xlsx)"),
    ("Nominated", "Single periods (.csv)"),
    ("Week", "Week (.csv)"),
)
OF_OPERATORS = (
    ("", "References (.xlsx)"),
    ("Fixed References", "References (.csv)"),
    ("Reference Assets", "Who follows them (.csv)"),
)


@require_GET
@member(role=Role.OPERATIONS)
def baseline_home(request: MemberRequest) -> HttpResponse:
    """Nominations or references by file, a week by form, and the days left out."""
    return _home(request)


def _home(
    request: MemberRequest, week: WeekForm | None = None, exclusion: ExclusionForm | None = None
) -> HttpResponse:
    is_provider = request.member.is_fsp
    zone, now = request.member.organisation.zone, clock.now()
    context: dict[str, Any] = {
        "late": late_rows(late_days_of(request.member, now), zone, now),
        "file_kind": NOMINATIONS if is_provider else REFERENCES,
        "downloads": OF_PROVIDERS if is_provider else OF_OPERATORS,
        "page": page_of(
            nominating.excluded_days_of(request.member).order_by("-day", "pk"), request.GET.get("page")
        ),
        "is_provider": is_provider,
        "zone": zone,
    }
    if is_provider:
        known = known_of(request.member)
        told = [each.ref for each in known if each.unit is not None]
        context["week"] = week or WeekForm(units=[each.ref for each in known])
        context["exclusion"] = exclusion or ExclusionForm(
            units=told, operators=list(nominating.buyers_of(request.member))
        )
    status = (
        422 if (week is not None and week.errors) or (exclusion is not None and exclusion.errors) else 200
    )
    return render(request, "operations/baselines.html", context, status=status)


@require_POST
@member("fsp", Role.OPERATIONS)
def nominate_week(request: MemberRequest) -> HttpResponse:
    """Nominate one value for some half-hours of each week."""
    known = {each.ref: each for each in known_of(request.member)}
    form = WeekForm(request.POST, units=list(known))
    if not form.is_valid():
        return _home(request, week=form)
    told = form.cleaned_data
    chosen = known[told["unit"]]
    weekly = [
        nominating.Weekly(chosen, int(day), time(half_hour // 2, half_hour % 2 * 30), told["kw"])
        for day in told["days"]
        for half_hour in form.half_hours
    ]
    nominating.nominate(by=request.member, dated=[], weekly=weekly, now=clock.now())
    messages.success(request, f"{counted(len(weekly), 'half-hour')} of the week nominated for {chosen.ref}.")
    return redirect("operations:baselines")


@require_POST
@member("so", Role.OPERATIONS)
def accept_late(request: MemberRequest) -> HttpResponse:
    """Let nominations of a unit for a day count although they came too late."""
    named = set(request.POST.get("nominations", "").split(","))
    found = [
        each
        for late in late_days_of(request.member, clock.now())
        for each in late.nominations
        if str(each.pk) in named
    ]
    with refusal_shown(request):
        accept_late_nominations(
            by=request.member, nominations=found, reason=request.POST.get("reason", ""), now=clock.now()
        )
        messages.success(
            request,
            f"{counted(len(found), 'nomination')} of {found[0].unit.ref} now count{'s' if len(found) == 1 else ''}.",
        )
    return redirect("operations:baselines")


@require_POST
@member("fsp", Role.OPERATIONS)
def ask_exclusion(request: MemberRequest) -> HttpResponse:
    """Ask an operator to leave a day out."""
    units = {each.ref: each.unit for each in known_of(request.member) if each.unit is not None}
    operators = {str(each.pk): each for each in nominating.buyers_of(request.member)}
    form = ExclusionForm(request.POST, units=list(units), operators=list(operators.values()))
    if not form.is_valid():
        return _home(request, exclusion=form)
    told = form.cleaned_data
    try:
        nominating.ask_to_exclude(
            by=request.member,
            unit=units[told["asset"]],
            operator=operators[told["operator"]],
            day=told["day"],
            reason=told["reason"],
            now=clock.now(),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _home(request, exclusion=form)
    messages.success(request, "The operator is asked.")
    return redirect("operations:baselines")


@require_POST
@member("so", Role.OPERATIONS)
def answer_exclusion(request: MemberRequest, pk: int) -> HttpResponse:
    """Leave a day out, or refuse to."""
    asked = get_object_or_404(nominating.excluded_days_of(request.member), pk=pk)
    with refusal_shown(request):
        nominating.answer_exclusion(
            by=request.member,
            asked=asked,
            approve="approve" in request.POST,
            answer=request.POST.get("answer", ""),
            now=clock.now(),
        )
    return redirect("operations:baselines")


@require_GET
@member(role=Role.OPERATIONS)
def contract_baseline(request: MemberRequest, pk: UUID) -> HttpResponse:
    """How the baseline of a contract would have done on the last days without dispatches."""
    contract = get_object_or_404(contracts_of(request.member), pk=pk)
    trust = trust_soon(contract, clock.now()) if contract.terms is not None else {}
    rows = trust_rows(trust or {})
    context = {
        "contract": contract,
        "rows": rows,
        "waiting": trust is None,
        "doubtful": [each for each in rows if each.is_doubtful],
        "days": LOOKED_AT,
        "zone": contract.buyer.zone,
    }
    return render(request, "operations/contract_baseline.html", context)
