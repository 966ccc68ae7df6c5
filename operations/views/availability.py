"""The provider's pages of availability: a week of all contracts, and one contract."""

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from contracts.models import Contract
from marketplace import clock
from marketplace.dates import named_day
from marketplace.errors import Refused
from marketplace.numbers import counted
from marketplace.units import power_unit
from marketplace.web.access import member
from marketplace.web.refusals import refusal_shown
from operations import rules
from operations.domain.missing import notices_seen_by, notify_unavailability, shorten_unavailability
from operations.domain.promising import DayDeclared, copy_week, declare_days, declare_period
from operations.domain.told import contracts_with_availability, promise_of, promises_of, serving
from operations.enums import UnavailabilityReason
from operations.forms.availability import DeclareForm, MissingForm, ShortenForm, monday_of, typed_cells
from operations.presenters import availability as shown

ROWS_A_PAGE = 25
MOST_NOTICES = 50


@require_GET
@member(role=Role.OPERATIONS)
def calendar(request: MemberRequest) -> HttpResponse:
    """A week of availability by contract, for providers to declare in; operators answer at their desk."""
    if request.member.is_so:
        return redirect("operations:answer_desk")
    return _calendar(request, {})


@require_GET
@member(role=Role.OPERATIONS)
def upload(request: MemberRequest) -> HttpResponse:
    """The workbook to take away, and to bring back."""
    return render(request, "operations/availability_upload.html")


@require_POST
@member("fsp", Role.OPERATIONS)
def declare_week(request: MemberRequest) -> HttpResponse:
    """Declare what was typed into the week."""
    try:
        typed = [
            DayDeclared(key, named_day(day), mw)
            for (key, day), mw in typed_cells(request.POST.dict()).items()
        ]
        done = declare_days(by=request.member, days=typed, now=clock.now())
    except ValueError:
        messages.error(request, "The page is not one of ours; open it again.")
    except ValidationError as fault:
        messages.error(request, f"Nothing was declared. {fault.messages[0]}")
        return _calendar(request, request.POST.dict(), 422)
    except Refused as refusal:
        messages.error(request, f"Nothing was declared. {refusal.sentence}")
        return _calendar(request, request.POST.dict(), 422)
    else:
        messages.success(request, f"{counted(done, 'day')} declared." if done else "Nothing changed.")
    return _to_week(request)


@require_POST
@member("fsp", Role.OPERATIONS)
def copy_last_week(request: MemberRequest) -> HttpResponse:
    """Declare what was declared for the week before."""
    week = _week(request)
    contracts = _serving(request, week, declared_only=True)
    with refusal_shown(request):
        done = copy_week(
            by=request.member,
            contract_ids=[each.pk for each in contracts],
            source=week.first - shown.WEEK,
            target=week.first,
            now=clock.now(),
        )
        if done:
            messages.success(
                request, f"{counted(done, 'stretch', 'stretches')} declared as in the week before."
            )
        else:
            messages.info(request, "Nothing was declared for the week before, or this week is locked.")
    return _to_week(request)


@require_GET
@member(role=Role.OPERATIONS)
def contract(request: MemberRequest, pk: UUID) -> HttpResponse:
    """A week of one contract with its unavailability; its provider declares and notifies here."""
    return _contract_page(request, _contract(request, pk))


@require_POST
@member("fsp", Role.OPERATIONS)
def declare_for(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Declare a stretch of a day, or of every day to come."""
    found = _contract(request, pk)
    form = DeclareForm(request.POST, unit=_unit(found), zone=found.buyer.zone)
    if form.is_valid():
        told = form.cleaned_data
        span = {"mw": told["mw"], "start": told["start"], "end": told["end"]}
        try:
            if told["days"] == DeclareForm.ALL:
                done = declare_period(by=request.member, contract_id=pk, **span, now=clock.now())
            else:
                days = [DayDeclared(pk, told["day"], **span)]
                done = declare_days(by=request.member, days=days, now=clock.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            said = f"{counted(done, 'stretch', 'stretches')} declared." if done else "Nothing changed."
            messages.success(request, said)
            return _to_contract(request, pk, told["day"])
    return _contract_page(request, found, declare_form=form)


@require_POST
@member("fsp", Role.OPERATIONS)
def notify_missing(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Say that accepted MW are not there."""
    found = _contract(request, pk)
    form = MissingForm(request.POST, unit=_unit(found), zone=found.buyer.zone)
    if form.is_valid():
        told = form.cleaned_data
        try:
            notify_unavailability(
                by=request.member,
                contract_id=pk,
                start=told["since"],
                end=told["until"],
                mw=told["mw"],
                reason=UnavailabilityReason(told["reason"]),
                now=clock.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{found.buyer} and your company are told.")
            return _to_contract(request, pk, told["day"])
    return _contract_page(request, found, missing_form=form)


@require_POST
@member("fsp", Role.OPERATIONS)
def shorten_missing(request: MemberRequest, notice_id: UUID) -> HttpResponse:
    """Let a notice end earlier."""
    notice = get_object_or_404(notices_seen_by(request.member), pk=notice_id)
    zone = notice.contract.buyer.zone
    form = ShortenForm(request.POST, zone=zone)
    if form.is_valid():
        with refusal_shown(request):
            shorten_unavailability(
                by=request.member, notice_id=notice_id, end=form.cleaned_data["until"], now=clock.now()
            )
            messages.success(request, "The notice is shortened; both parties are told.")
    else:
        messages.error(request, "Nothing was shortened: give the date and time at which the notice ends.")
    return _to_contract(request, notice.contract_id, notice.start.astimezone(zone).date())


def _week(request: MemberRequest) -> shown.Week:
    today = clock.now().astimezone(request.member.organisation.zone).date()
    return shown.week_of(monday_of(request.GET.get("week"), today + shown.WEEK))


def _serving(request: MemberRequest, week: shown.Week, *, declared_only: bool = False) -> QuerySet[Contract]:
    contracts = contracts_with_availability(request.member, declared_only=declared_only)
    return serving(contracts, week.first, week.first + timedelta(days=6))


def _calendar(request: MemberRequest, typed: Mapping[str, str], status: int = 200) -> HttpResponse:
    week, now = _week(request), clock.now()
    today = now.astimezone(request.member.organisation.zone).date()
    page = Paginator(_serving(request, week), ROWS_A_PAGE).get_page(request.GET.get("page"))
    promises = promises_of(page.object_list, week.first, week.first + timedelta(days=6))
    rows = shown.rows_of(promises, week, now, typed)
    context = {
        "week": week,
        "today": today,
        "this_week": (today - timedelta(days=today.weekday())).isoformat(),
        "page": page,
        "rows": rows,
        "any_open": any(row.is_open for row in rows),
        "sentence": shown.sentence_of(rows),
        "has_any": bool(rows) or contracts_with_availability(request.member).exists(),
        "zone": request.member.organisation.zone,
    }
    return render(request, "operations/availability.html", context, status=status)


def _contract(request: MemberRequest, pk: UUID) -> Contract:
    found: Contract = get_object_or_404(contracts_with_availability(request.member), pk=pk)
    return found


def _contract_page(
    request: MemberRequest,
    found: Contract,
    declare_form: DeclareForm | None = None,
    missing_form: MissingForm | None = None,
) -> HttpResponse:
    week, now = _week(request), clock.now()
    promise = promise_of(found, week.first, week.first + timedelta(days=6))
    can_say = rules.can_answer(request.member, found) and found.status in rules.CAN_RUN
    unit = promise.unit
    context = {
        "contract": found,
        "week": week,
        "lines": shown.lines_of(promise, now),
        "unit": unit,
        "is_declared": promise.is_declared,
        "terms_said": shown.said_of_terms(promise),
        "declare_form": declare_form or DeclareForm(unit=unit, zone=found.buyer.zone),
        "missing_form": missing_form or MissingForm(unit=unit, zone=found.buyer.zone),
        "notices": shown.notices(
            notices_seen_by(request.member).filter(contract=found)[:MOST_NOTICES], found.buyer.zone, now
        ),
        "can_declare": can_say and promise.is_declared,
        "can_notify": can_say,
        "holds_contracts": request.member.holds(Role.CONTRACTS),
        "zone": found.buyer.zone,
    }
    is_wrong = any(form is not None for form in (declare_form, missing_form))
    return render(request, "operations/contract_availability.html", context, status=422 if is_wrong else 200)


def _unit(contract: Contract) -> str:
    return power_unit(contract.competition.power_type)


def _to_week(request: MemberRequest) -> HttpResponseRedirect:
    asked = {name: request.GET[name] for name in ("week", "page") if name in request.GET}
    return redirect(f"{reverse('operations:availability')}?{urlencode(asked)}")


def _to_contract(request: MemberRequest, pk: UUID, day: date | None) -> HttpResponseRedirect:
    query = f"?{urlencode({'week': day.isoformat()})}" if day else ""
    return redirect(f"{reverse('operations:contract_availability', args=[pk])}{query}")
