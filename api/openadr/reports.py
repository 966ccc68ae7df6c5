"""Reports: meter data, nominations and answers to dispatches, each done as where people and version 1 do it."""

import hashlib
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from ninja import Router

from accounts.enums import OrganisationKind, Role, Scope
from accounts.models import Member
from api.auth import Declared
from api.codes import code_of_sentence
from api.doors import Told
from api.models import AdrReport
from api.openadr import kept, notices
from api.openadr.door import DOOR, id_of, missing, page_of
from api.openadr.events import contract_of_event
from api.openadr.programs import ACKNOWLEDGED, BASELINE, DECLINED, READING, USAGE, metadata
from api.openadr.shapes import Interval, Period, ReportTold, ResourceTold, exact
from api.problems import Fault, Problem, of_request
from api.requests import ProgramRequest
from api.v1.nominations import NominationsTold, PeriodTold, take_nominations
from api.v1.readings import MOST_READINGS, ReadingTold, plan_of
from marketplace import clock
from marketplace.canonical_json import canonical_json
from marketplace.numbers import count_text
from operations.domain import dispatching
from operations.domain.dispatch_queries import dispatches_of
from operations.domain.dispatch_words import standing_of
from operations.workbooks import readings_file

router = Router(tags=["reports"])
READ = Declared(Scope.DISPATCH_READ, role=Role.OPERATIONS)
TELL = Declared("", role=Role.OPERATIONS)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ENERGY = {"KWH": Decimal(1), "WH": Decimal("0.001"), "MWH": Decimal(1000)}
POWER = {"KW": Decimal(1), "W": Decimal("0.001"), "MW": Decimal(1000)}
ONLY_PROVIDERS = "Only providers send reports: an operator reads those on its contracts."
TOO_MANY = f"A report has at most {count_text(MOST_READINGS)} values: send the rest in another one."
NO_NUMBER = "The value is one number."
NO_TIME = "Name the start and the length of each interval, in the intervals or once for the resource."
NO_EVENT = "An answer is a report on the event of a dispatch, not on a program."
BAD_UNIT = "Units are {}."


@DOOR.reads(router, "/reports", READ)
def adr_reports(request: ProgramRequest) -> list[Told]:
    """A provider's own reports, or those on an operator's contracts, the first one first."""
    page, rows = page_of(request), kept.reports_of(request.member)
    rows = _of(rows, "contract", request.GET.get("programID"))
    event = request.GET.get("eventID")
    if event:
        named = id_of(event)
        on_contract = Q(contract=named, dispatch_id=None)
        rows = rows.filter(Q(dispatch_id=named) | on_contract) if named else rows.none()
    name = request.GET.get("clientName")
    rows = rows.filter(client_name=name) if name else rows
    return [_report(each) for each in rows[page.part]]


@DOOR.reads(router, "/reports/{report_id}", READ)
def adr_report(request: ProgramRequest, report_id: str) -> Told:
    """One report."""
    return _report(_one(request, report_id))


@DOOR.writes(router, "POST", "/reports", TELL)
def adr_post_report(request: ProgramRequest, body: ReportTold) -> Told:
    """Take what a report says, all of it or nothing. The same report twice is one."""
    _check_may(request, body)
    contract, dispatch_id = contract_of_event(request.member, body.event_id)
    content, now = _content(body), clock.now()
    known = kept.report_like(request.member, digest_of(content))
    if known is not None:
        return _report(known)
    _take(request.member, body)
    made = kept.keep_report(
        by=request.member,
        client=request.client,
        contract=contract,
        dispatch_id=dispatch_id,
        client_name=body.client_name,
        content=content,
        digest=digest_of(content),
        now=now,
    )
    _notify(made, "CREATE", now)
    return _report(made)


@DOOR.writes(router, "PUT", "/reports/{report_id}", TELL)
def adr_put_report(request: ProgramRequest, report_id: str, body: ReportTold) -> Told:
    """Take what a report says now: readings and nominations of the same time count from now on instead of the former."""
    _check_may(request, body)
    found = _one(request, report_id)
    contract, dispatch_id = contract_of_event(request.member, body.event_id)
    content = _content(body)
    if digest_of(content) == found.digest:
        return _report(found)
    _take(request.member, body)
    changed = kept.change_report(
        by=request.member,
        report=found,
        contract=contract,
        dispatch_id=dispatch_id,
        client_name=body.client_name,
        content=content,
        digest=digest_of(content),
        now=clock.now(),
    )
    _notify(changed, "UPDATE", changed.changed_at)
    return _report(changed)


@DOOR.writes(router, "DELETE", "/reports/{report_id}", TELL)
def adr_delete_report(request: ProgramRequest, report_id: str) -> Told:
    """Take a report off the list. What it told stays told: meter data is never deleted."""
    _check_provider(request.member)
    found = _one(request, report_id)
    told = _report(found)
    _notify(found, "DELETE", clock.now())
    kept.remove_report(by=request.member, report=found, now=clock.now())
    return told


def _of(rows: QuerySet[AdrReport], field: str, wanted: str | None) -> QuerySet[AdrReport]:
    if not wanted:
        return rows
    return rows.filter(**{field: id_of(wanted)}) if id_of(wanted) else rows.none()


def _one(request: ProgramRequest, report_id: str) -> AdrReport:
    wanted = id_of(report_id)
    found = kept.reports_of(request.member).filter(pk=wanted).first() if wanted is not None else None
    if found is None:
        raise missing("report")
    return found


def _check_provider(member: Member) -> None:
    if member.organisation.kind != OrganisationKind.FLEX_SERVICE_PROVIDER:
        raise of_request("role_missing", ONLY_PROVIDERS)


def _check_may(request: ProgramRequest, body: ReportTold) -> None:
    """Who tells, whether the token has the scope of all that is told, and that it is not too much."""
    _check_provider(request.member)
    types = [
        payload.type
        for resource in body.resources
        for each in resource.intervals
        for payload in each.payloads
    ]
    if len(types) > MOST_READINGS:
        raise of_request("body_too_large", TOO_MANY)
    if {USAGE, READING, BASELINE} & set(types):
        Declared.check_scope(request, Scope.METERING_WRITE)
    if {ACKNOWLEDGED, DECLINED} & set(types):
        Declared.check_scope(request, Scope.DISPATCH_WRITE)
    if not {USAGE, READING, BASELINE, ACKNOWLEDGED, DECLINED} & set(types):
        Declared.check_scope(request, Scope.DISPATCH_READ)


def _content(body: ReportTold) -> Told:
    return body.model_dump(mode="json", by_alias=True, exclude_none=True)


def digest_of(content: Told) -> str:
    """The same for the same report."""
    return hashlib.sha256(canonical_json(content, escaped=True).encode()).hexdigest()


def _notify(of: AdrReport, operation: str, now: datetime) -> None:
    """Tell both parties' subscriptions of a report."""
    notices.tell_all(
        [
            notices.Change(
                party,
                "REPORT",
                operation,
                of.contract_id,
                lambda to: _report(of),
                key=f"{of.pk} {operation} {now.isoformat()}",
                at=now,
                thread=str(of.pk),
            )
            for party in (of.contract.buyer_id, of.organisation_id)
        ]
    )


def _report(of: AdrReport) -> Told:
    content: Told = of.content
    return metadata(of.pk, "REPORT", of.made_at, of.changed_at) | content | {"clientID": of.client_id}


def _take(by: Member, body: ReportTold) -> None:
    units = {each.payload_type: (each.units or "").upper() for each in body.payload_descriptors or []}
    readings: list[ReadingTold] = []
    periods: list[PeriodTold] = []
    places: list[str] = []
    for number, resource in enumerate(body.resources):
        for place, (interval, period) in enumerate(_timed(resource)):
            pointer = f"/resources/{number}/intervals/{place}"
            for payload in interval.payloads:
                if payload.type in (USAGE, READING):
                    start, minutes = _time(period, pointer)
                    kwh = _value(payload.values, pointer) * _factor(units.get(payload.type), ENERGY)
                    readings.append(_reading(resource.resource_name, start, minutes, kwh))
                    places.append(pointer)
                elif payload.type == BASELINE:
                    start, minutes = _time(period, pointer)
                    kw = _kw(_value(payload.values, pointer), units.get(BASELINE), minutes)
                    periods.append(PeriodTold(unit=resource.resource_name, start=start, kw=-kw))
                elif payload.type in (ACKNOWLEDGED, DECLINED):
                    _answer(by, body.event_id, payload.type, payload.values)
    if readings:
        _take_readings(by, readings, places)
    if periods:
        take_nominations(by, NominationsTold(periods=periods))


def _timed(resource: ResourceTold) -> list[tuple[Interval, Period]]:
    """Each interval with its time: its own, or after the one before it."""
    usual = resource.interval_period or Period()
    cursor, found = usual.start, []
    for each in resource.intervals:
        own = each.interval_period or Period()
        start, length = own.start or cursor, own.duration or usual.duration
        found.append((each, Period(start=start, duration=length)))
        cursor = start + length if start is not None and length is not None else None
    return found


def _time(period: Period, pointer: str) -> tuple[datetime, int]:
    if period.start is None or not period.duration or period.duration % MINUTE:
        raise _invalid(pointer, NO_TIME)
    return period.start, int(period.duration / MINUTE)


def _value(values: list[Any], pointer: str) -> Decimal:
    number = exact(values[0]) if len(values) == 1 else None
    if number is None:
        raise _invalid(pointer, NO_NUMBER)
    return number


def _factor(unit: str | None, known: dict[str, Decimal]) -> Decimal:
    if unit and unit not in known:
        raise _invalid("/payloadDescriptors", BAD_UNIT.format(", ".join(known)))
    return known[unit] if unit else Decimal(1)


def _kw(value: Decimal, unit: str | None, minutes: int) -> Decimal:
    """Power of a baseline that was told as power, or as the energy of its period."""
    if unit in POWER:
        return value * POWER[unit]
    kwh = value * _factor(unit, ENERGY | POWER)
    return (kwh * 60 / minutes).quantize(Decimal("0.000001"))


def _reading(unit: str, start: datetime, minutes: int, kwh: Decimal) -> ReadingTold:
    imported, exported = max(kwh, Decimal(0)), max(-kwh, Decimal(0))
    return ReadingTold(unit=unit, start=start, minutes=minutes, import_kwh=imported, export_kwh=exported)


def _take_readings(by: Member, readings: list[ReadingTold], places: list[str]) -> None:
    context, plan = plan_of(by, readings)
    errors = [
        Fault(
            places[each.row] if each.row is not None else "/resources",
            code_of_sentence(each.message) or "reading_refused",
            each.message,
        )
        for each in plan.problems
        if each.level == "error"
    ]
    if errors:
        sentences = " ".join(dict.fromkeys(each.detail for each in errors))
        raise Problem(422, errors[0].code, sentences, errors=errors)
    readings_file.apply(context, plan)


def _answer(by: Member, event_id: str, kind: str, values: list[Any]) -> None:
    """Acknowledge a dispatch with the amendment that is named, or all that wait; or decline it with the reason."""
    dispatch_id, now = contract_of_event(by, event_id)[1], clock.now()
    if dispatch_id is None:
        raise of_request("body_invalid", NO_EVENT)
    if kind == DECLINED:
        reason = str(values[0]) if values else ""
        dispatching.decline_dispatch(by=by, dispatch_id=dispatch_id, reason=reason, now=now)
        return
    named = values[0] if values and isinstance(values[0], int) and not isinstance(values[0], bool) else None
    waiting = standing_of(dispatches_of(by).get(pk=dispatch_id), now).waiting
    amendments = [named] if named and named > 1 else [each.amendment for each in waiting]
    for each in (None, *amendments):
        dispatching.acknowledge_dispatch(by=by, dispatch_id=dispatch_id, amendment=each, now=now)


def _invalid(pointer: str, sentence: str) -> Problem:
    return of_request("body_invalid", sentence, errors=[Fault(pointer, "body_invalid", sentence)])
