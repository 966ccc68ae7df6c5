"""Pages of meter data: units with their months, a unit's calendar, and the upload in two steps."""

import json
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.dates import month_code, named_day, named_month
from marketplace.errors import Refused
from marketplace.jobs import rules as job_rules
from marketplace.jobs.actions import keep_for_upload, start_upload
from marketplace.jobs.forms import UploadForm
from marketplace.jobs.kinds import registry
from marketplace.jobs.queries import jobs_visible_to
from marketplace.web.access import member
from marketplace.web.lists import page_of
from marketplace.web.refusals import redirect_refused
from operations import rules
from operations.domain import kept_mappings
from operations.domain.completeness import DAY, midnight, month_days, series_of_days
from operations.domain.metered import Metered, known_of, metered_of, metered_unit, with_contracts
from operations.domain.meterfiles.mapping import mapping_of
from operations.domain.series import minute_of
from operations.domain.stored_readings import kept_file, told_days
from operations.forms.mapping import MappingForm, digest_of
from operations.presenters import readings as shown
from operations.presenters.mapped import mapped_of
from operations.workbooks.readings_file import KIND, look_into, taken_of

ROWS_READ = 20_000
HISTORY = 8
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@require_GET
@member(role=Role.OPERATIONS)
def reading_list(request: MemberRequest) -> HttpResponse:
    """The units of a company with a month of each, and for providers the upload."""
    now, zone = clock.now(), request.member.organisation.zone
    month = _month(request, now)
    page = page_of(known_of(request.member), request.GET.get("page"))
    metered = with_contracts(request.member, list(page.object_list))
    before, after = shown.months_around(month, now)
    can_upload = rules.can_tell_readings(request.member)
    context = {
        "page": page,
        "rows": shown.unit_months(metered, month, zone, now),
        "month": month,
        "month_code": month_code(month),
        "before": before,
        "after": after,
        "params_csv": {"month": month_code(month), "format": "csv"},
        "params_xlsx": {"month": month_code(month), "format": "xlsx"},
        "zone": zone,
        "can_upload": can_upload,
        "history": jobs_visible_to(request.member).filter(kind=KIND)[:HISTORY] if can_upload else [],
        "mappings": kept_mappings.mappings_of(request.member) if can_upload else [],
    }
    return render(request, "operations/readings.html", context)


@require_GET
@member(role=Role.OPERATIONS)
def unit_readings(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One unit: the month as a calendar, a day as a chart, and what was told of it when."""
    now, zone = clock.now(), request.member.organisation.zone
    metered = _metered(request, pk)
    assert metered.unit is not None
    day = _day(request, now)
    month = day.replace(day=1)
    days = month_days(month)
    series = series_of_days([metered.unit.pk], days)[metered.unit.pk]
    row = shown.unit_months([metered], month, zone, now)[0]
    since, until = (minute_of(midnight(each, zone)) for each in (day, day + DAY))
    rows = shown.reading_rows(series, since, until, zone)
    told = list(told_days([metered.unit.pk], day - DAY, day))
    before, after = shown.months_around(month, now)
    context = {
        "metered": metered,
        "row": row,
        "weeks": shown.calendar_of(row.days, day),
        "day": day,
        "month": month,
        "month_code": month_code(month),
        "before": before,
        "after": after,
        "chart": shown.day_chart(metered.ref, day, rows) if rows else None,
        "tellings": shown.tellings_of([each for each in told if each.day == day], zone),
        "params_csv": {"month": month_code(month), "unit": str(metered.unit.pk), "format": "csv"},
        "weekdays": WEEKDAYS,
        "zone": zone,
        "can_upload": rules.can_tell_readings(request.member),
    }
    return render(request, "operations/unit_readings.html", context)


@require_POST
@member("fsp", Role.OPERATIONS)
def upload_readings(request: MemberRequest) -> HttpResponse:
    """Take a file: one whose columns are known is checked at once, for another they are asked."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return redirect_refused(request, Refused(str(form.errors["file"][0])), "operations:readings")
    sent = form.cleaned_data["file"]
    now = clock.now()
    try:
        job_rules.check_file(sent.name, sent.size, registry.uploads[KIND])
        data = sent.read()
        proposal = look_into(data)
        kept = None if proposal.is_standard else kept_mappings.kept_for(request.member, proposal.headers)
        if proposal.is_standard or kept is not None:
            return _start(request, sent.name, data, proposal.mapping if kept is None else kept.mapping, now)
        if proposal.refusal:
            raise Refused(proposal.refusal)
        file = keep_for_upload(by=request.member, kind=KIND, filename=sent.name, data=data, now=now)
    except Refused as refusal:
        return redirect_refused(request, refusal, "operations:readings")
    return redirect("operations:map_readings", file.pk)


@member("fsp", Role.OPERATIONS)
def map_readings(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask what the columns mean, show what the file comes to by the answers, and have it checked."""
    file = kept_file(request.member, pk, KIND)
    if file is None:
        raise Http404
    data = file.read()
    try:
        proposal = look_into(data)
    except Refused as refusal:
        return redirect_refused(request, refusal, "operations:readings")
    form = MappingForm(
        request.POST or None,
        proposed=mapping_of(proposal.mapping),
        questions=proposal.questions,
        headers=proposal.headers,
        units=[each.ref for each in metered_of(request.member)],
    )
    mapped: Any = None
    sentence, told = "", proposal.mapping
    if form.is_bound and form.is_valid():
        told = form.mapping.to_json()
        is_seen = request.POST.get("shown") == digest_of(told)
        if "confirm" in request.POST and not is_seen:
            sentence = (
                "You changed what was shown. This is what the file comes to now; check it if it is right."
            )
        elif "confirm" in request.POST:
            try:
                return _confirmed(request, form.cleaned_data["keep_as"].strip(), file.name, data, told)
            except Refused as refusal:
                return redirect_refused(request, refusal, "operations:readings")
        try:
            mapped = mapped_of(
                taken_of(data, told, request.member.organisation.zone, ROWS_READ),
                request.member.organisation.zone,
            )
        except Refused as refusal:
            sentence = refusal.sentence
    elif not form.is_bound and not proposal.questions:
        try:
            mapped = mapped_of(
                taken_of(data, proposal.mapping, request.member.organisation.zone, ROWS_READ),
                request.member.organisation.zone,
            )
        except Refused as refusal:
            sentence = refusal.sentence
    context = {
        "file": file,
        "form": form,
        "proposal": proposal,
        "mapped": mapped,
        "shown": digest_of(told),
        "sentence": sentence,
        "rows_read": ROWS_READ,
    }
    return render(request, "operations/map_readings.html", context, status=422 if form.errors else 200)


@require_POST
@member("fsp", Role.OPERATIONS)
def forget_mapping(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Forget a kept mapping."""
    mapping = get_object_or_404(kept_mappings.mappings_of(request.member), pk=pk)
    kept_mappings.forget_mapping(by=request.member, mapping=mapping, now=clock.now())
    return redirect("operations:readings")


def _confirmed(request: MemberRequest, keep_as: str, name: str, data: bytes, mapping: Any) -> HttpResponse:
    if keep_as:
        kept_mappings.keep_mapping(
            by=request.member,
            name=keep_as,
            headers=look_into(data).headers,
            mapping=mapping,
            now=clock.now(),
        )
    return _start(request, name, data, mapping, clock.now())


def _start(request: MemberRequest, name: str, data: bytes, mapping: Any, now: datetime) -> HttpResponse:
    job = start_upload(
        by=request.member,
        kind=KIND,
        filename=name,
        data=data,
        params={"mapping": json.dumps(mapping)},
        now=now,
    )
    return redirect("jobs:job", job.pk)


def _metered(request: MemberRequest, pk: UUID) -> Metered:
    found = metered_unit(request.member, pk)
    if found is None:
        raise Http404
    return found


def _month(request: MemberRequest, now: datetime) -> date:
    """The month that the address names, by default the one of yesterday."""
    try:
        return named_month(request.GET.get("month", ""))
    except ValueError:
        return (now.astimezone(request.member.organisation.zone).date() - timedelta(days=1)).replace(day=1)


def _day(request: MemberRequest, now: datetime) -> date:
    """The day that the address names; of a month alone its first."""
    try:
        return named_day(request.GET["day"])
    except (KeyError, ValueError):
        if "month" in request.GET:
            return _month(request, now)
        return now.astimezone(request.member.organisation.zone).date() - timedelta(days=1)
