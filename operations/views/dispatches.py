"""Where dispatches begin: the operator's control desk, the provider's page, the list of all, and calling a contract."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from contracts.models import Contract
from marketplace import clock
from marketplace.calendar import local_instant
from marketplace.errors import Refused
from marketplace.numbers import exact_text
from marketplace.web.access import member
from marketplace.web.lists import list_page
from operations import rules
from operations.domain.called import occurrences_of
from operations.domain.dispatch_queries import (
    contracts_to_call,
    dispatches_of,
    last_event_of,
    last_number,
)
from operations.domain.issuing import issue_dispatch
from operations.domain.messages import messages_unseen, note_shown
from operations.domain.own_tests import contracts_to_try
from operations.domain.preview import Preview, preview_of, suggestion_for
from operations.domain.recording import make_ref
from operations.domain.series import minute_of
from operations.enums import DispatchKind
from operations.filters.dispatches import DispatchFilter
from operations.forms.dispatches import DispatchForm
from operations.presenters.control_desk import Desk, desk_of
from operations.presenters.dispatch_list import chips_of, rows_of
from operations.presenters.provider_desk import provider_desk_of
from operations.tables.dispatches import DispatchList

DAY = timedelta(days=1)
ONE_PAGE = 60
UNCHANGED = 204


@require_GET
@member(role=Role.OPERATIONS)
def home(request: MemberRequest) -> HttpResponse:
    """An operator's control desk; a provider's dispatches with what must be answered first."""
    if request.member.is_so:
        return _desk_page(request)
    return render(request, "operations/provider_desk.html", _provider_context(request))


@require_GET
@member("fsp", Role.OPERATIONS)
def provider_live(request: MemberRequest) -> HttpResponse:
    """The provider's part that is asked for again and again; nothing while nothing happened."""
    now = clock.now()
    mark = _mark(request, now)
    if request.GET.get("seen") == mark:
        return HttpResponse(status=UNCHANGED)
    return render(request, "operations/_provider_live.html", _provider_context(request))


def _mark(request: MemberRequest, now: datetime) -> str:
    """Changes with every message, every event and every minute; read by three small queries."""
    return f"{last_number(request.member)}-{last_event_of(request.member)}-{minute_of(now)}"


def _provider_context(request: MemberRequest) -> dict[str, Any]:
    now = clock.now()
    mark = _mark(request, now)
    desk = provider_desk_of(request.member, now)
    if not request.viewing_as:  # type: ignore[attr-defined]
        note_shown(request.member, messages_unseen(request.member)[:ONE_PAGE], now)
    return {
        "desk": desk,
        "mark": mark,
        "now": now,
        "zone": request.member.organisation.zone,
        "can_try": contracts_to_try(request.member).exists(),
    }


@require_GET
@member(role=Role.OPERATIONS)
def dispatch_list(request: MemberRequest) -> HttpResponse:
    """Every dispatch of the member's organisation, with the workbook to take away."""
    now = clock.now()
    own = dispatches_of(request.member)
    found = DispatchFilter(request.GET, queryset=own, request=request)
    listing = DispatchList(
        found.qs,
        request=request,
        rows=lambda records: rows_of(request.member, records, now),
        zone=request.member.organisation.zone,
        chips=chips_of(own, now),
    )
    context = {"filter": found, "any": own.exists(), "zone": request.member.organisation.zone, "now": now}
    return list_page(request, "operations/dispatches.html", listing, context)


@require_GET
@member("so", Role.OPERATIONS)
def desk_live(request: MemberRequest) -> HttpResponse:
    """The desk's parts that are asked for again and again; nothing while nothing happened."""
    now = clock.now()
    if request.GET.get("seen") == _mark(request, now):
        return HttpResponse(status=UNCHANGED)
    return render(request, "operations/_desk_live.html", _desk_context(request, now))


@require_POST
@member("so", Role.OPERATIONS)
def check(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What the dispatch as typed would come to, while it is typed."""
    contract = _contract(request, pk)
    form = _form(request, contract)
    context = {"form": form, "contract": contract, "preview": _previewed(form, contract)}
    return render(request, "operations/_call_preview.html", context)


@require_POST
@member("so", Role.OPERATIONS)
def send(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Send the dispatch whose cost and warnings were shown; whatever was not seen is shown first."""
    contract = _contract(request, pk)
    form = _form(request, contract)
    preview = _previewed(form, contract)
    if preview is None or not _is_seen(form, preview):
        _say_why_not(form, preview)
        return _desk_page(request, form=form, preview=preview, contract=contract, status=422)
    told = form.cleaned_data
    try:
        dispatch = issue_dispatch(
            by=request.member,
            contract_id=contract.pk,
            mw=told["mw"],
            start=told["from"],
            end=told["until"],
            kind=DispatchKind(told["kind"]),
            ref=told["ref"],
            reason=told["reason"],
            incident_reference=told["incident_reference"],
            warnings=preview.warnings,
            now=clock.now(),
        )
    except Refused as refusal:
        form.add_error(None, refusal.sentence)
        return _desk_page(request, form=form, preview=preview, contract=contract, status=422)
    messages.success(request, f"{dispatch.ref} is sent to {contract.seller}.")
    return redirect(_desk_url(form.day, contract))


def _is_seen(form: DispatchForm, preview: Preview) -> bool:
    """Whether the reader was shown what would be sent, and says that warnings are read."""
    told = form.cleaned_data
    return told["seen"] == preview.digest and (not preview.warnings or told["anyway"])


def _say_why_not(form: DispatchForm, preview: Preview | None) -> None:
    """A sentence at the form whose dispatch was not sent although it can be read."""
    seen = "" if preview is None else form.cleaned_data["seen"]
    if preview is not None and seen == preview.digest:
        form.add_error(None, "Not sent: say that it is to be sent although something speaks against it.")
    elif seen:
        form.add_error(None, "Not sent yet: this is what it comes to now. Look at it, and send it.")


def _desk_url(day: date, contract: Contract) -> str:
    return f"{reverse('operations:dispatch_home')}?day={day.isoformat()}&contract={contract.pk}"


def _contract(request: MemberRequest, pk: UUID) -> Contract:
    contract: Contract = get_object_or_404(contracts_to_call(request.member), pk=pk)
    return contract


def _form(request: MemberRequest, contract: Contract) -> DispatchForm:
    return DispatchForm(request.POST, contract=contract, day=_day(request, request.POST.get("day", "")))


def _previewed(form: DispatchForm, contract: Contract) -> Preview | None:
    """What the form comes to; None while something of it can't be read."""
    if not form.is_valid():
        return None
    told = form.cleaned_data
    return preview_of(contract, told["mw"], told["from"], told["until"], clock.now())


def _day(request: MemberRequest, text: str) -> date:
    """The day asked for, today where none is; any other text names no page."""
    today = clock.now().astimezone(request.member.organisation.zone).date()
    if not text:
        return today
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if not date(2000, 1, 1) <= day <= date(2200, 1, 1):
        raise Http404
    return day


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None


def _desk_context(request: MemberRequest, now: datetime, **shown: Any) -> dict[str, Any]:
    asked = request.GET if request.method == "GET" else request.POST
    day, chosen = _day(request, asked.get("day", "")), _uuid(asked.get("contract", ""))
    mark = _mark(request, now)
    whole_day = asked.get("hours") == "all"
    desk = desk_of(request.member, day, now, chosen=chosen, whole_day=whole_day)
    query = {"day": day.isoformat(), "contract": str(chosen or ""), "hours": "all" if whole_day else ""}
    return {
        "desk": desk,
        "mark": mark,
        "now": now,
        "zone": desk.zone,
        "whole_day": whole_day,
        "query": query,
        "yesterday": day - DAY,
        "today": now.astimezone(desk.zone).date(),
        "tomorrow": now.astimezone(desk.zone).date() + DAY,
        "next_day": day + DAY,
        "lane": desk.lane_of(chosen),
        **shown,
    }


def _desk_page(
    request: MemberRequest,
    *,
    form: DispatchForm | None = None,
    preview: Preview | None = None,
    contract: Contract | None = None,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    context = _desk_context(request, now)
    lane = context["lane"]
    if lane is not None:
        contract = lane.contract
        if form is None and rules.can_dispatch(request.member, contract) and contract.terms is not None:
            form, preview = _offered(context["desk"], contract, now)
    context |= {"form": form, "preview": preview, "contract": contract}
    return render(request, "operations/desk.html", context, status=status)


def _offered(desk: Desk, contract: Contract, now: datetime) -> tuple[DispatchForm | None, Preview | None]:
    """The form as it is offered first, with what it comes to; nothing where nothing may be called that day."""
    midnight = local_instant(desk.day, time(), desk.zone)
    service = [each for each in occurrences_of(contract, desk.day - DAY, desk.day) if each.end > now]
    found = suggestion_for(contract, service, midnight, now)
    if found is None:
        return None, None
    preview = preview_of(contract, found.mw, found.start, found.end, now)
    first = {
        "mw": exact_text(found.mw),
        "start": found.start.astimezone(desk.zone).time(),
        "end": found.end.astimezone(desk.zone).time(),
        "ref": make_ref(contract.buyer, now),
    }
    return DispatchForm(initial=first, contract=contract, day=desk.day), preview
