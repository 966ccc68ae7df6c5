"""The workbook of dispatches with what became of each, and its sheets as CSV; made by the workers."""

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, BinaryIO
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Member
from competitions.domain.payment import rounded
from marketplace.jobs.kinds import JobContext, counted
from marketplace.workbooks.write import write_bulk, write_csv
from operations.domain.dispatch_queries import dispatches_of, names_of
from operations.domain.dispatch_words import standing_of, words_of
from operations.domain.measuring import measured_of_member
from operations.domain.performance import Performance
from operations.enums import EventKind
from operations.models import Dispatch, DispatchEvent
from operations.workbooks.dispatch_specs import DISPATCH_FILE, DISPATCHES, EVENTS

CHUNK, KWH_OF_MWH = 500, 1000
SELLERS = frozenset({EventKind.ACKNOWLEDGE, EventKind.DECLINE})


def write_dispatches(context: JobContext[Member], target: BinaryIO) -> str:
    """Write the workbook of the member's dispatches; gives the file's name."""
    own = dispatches_of(context.member)
    total = own.count()
    rows = _rows(own, context)
    events = (row for each in own.iterator(CHUNK) for row in event_rows(each, context.member))
    sheets = {DISPATCHES.name: counted(rows, total, context.progress), EVENTS.name: events}
    write_bulk(DISPATCH_FILE, sheets, target, zone=context.member.organisation.zone)
    return "dispatches.xlsx"


def write_dispatches_csv(context: JobContext[Member], target: BinaryIO) -> str:
    """Write the sheet Dispatches as CSV."""
    own = dispatches_of(context.member)
    rows = _rows(own, context)
    write_csv(DISPATCHES, rows, target, zone=context.member.organisation.zone, for_people=True)
    return "dispatches.csv"


def write_events_csv(context: JobContext[Member], target: BinaryIO) -> str:
    """Write the sheet Dispatch Events as CSV."""
    own: QuerySet[Dispatch] = dispatches_of(context.member)
    events = (row for each in own.iterator(CHUNK) for row in event_rows(each, context.member))
    write_csv(EVENTS, events, target, zone=context.member.organisation.zone, for_people=True)
    return "dispatch_events.csv"


def _rows(own: QuerySet[Dispatch], context: JobContext[Member]) -> Iterator[Mapping[str, Any]]:
    """Each dispatch with what it delivered, where a period of it is complete; measured month by month."""
    zone = context.member.organisation.zone
    known: dict[date, dict[UUID, Performance]] = {}
    for each in own.iterator(CHUNK):
        month = each.start.astimezone(zone).date().replace(day=1)
        if month not in known:
            last = month + timedelta(days=monthrange(month.year, month.month)[1] - 1)
            measured = measured_of_member(context.member, month, last, context.now)
            known[month] = {one.dispatch.pk: one.performance for one in measured}
        yield {**dispatch_row(each, context.member, context.now), **_delivered(known[month].get(each.pk))}


def _delivered(performance: Performance | None) -> Mapping[str, Any]:
    if performance is None or not performance.complete_periods:
        return {}
    return {
        "delivered_mwh": rounded(performance.delivered / KWH_OF_MWH, 6),
        "performance": rounded(performance.share * 100, 1),
    }


def dispatch_row(dispatch: Dispatch, member: Member, now: datetime) -> Mapping[str, Any]:
    """One dispatch as a row of the sheet; start, end and MW as they were issued, so that it can be uploaded again."""
    standing = standing_of(dispatch, now)
    events = list(dispatch.events.all())
    issue = events[0]
    acknowledged = next((each.at for each in events if each.kind == EventKind.ACKNOWLEDGE), None)
    return {
        "ref": dispatch.ref,
        "contract_id": str(dispatch.contract_id),
        "kind": dispatch.get_kind_display() if dispatch.is_own_test else dispatch.kind,
        "start": issue.start,
        "end": issue.end,
        "mw": issue.mw,
        "incident_reference": dispatch.incident_reference or None,
        "reason": dispatch.reason or None,
        "id": str(dispatch.pk),
        "state": words_of(standing, member.organisation.zone).word,
        "issued_at": dispatch.issued_at,
        "acknowledged_at": acknowledged,
        "response": "waiting" if standing.response is None else standing.response.value,
        "final_end": standing.pieces[-1].end if standing.pieces else None,
        "requested_mwh": None if dispatch.is_own_test else rounded(standing.energy, 6),
    }


def event_rows(dispatch: Dispatch, member: Member) -> Iterator[Mapping[str, Any]]:
    """The events of a dispatch; of the other party's people nobody is named."""
    events: list[DispatchEvent] = list(dispatch.events.all())
    names = names_of(member, {each.by_id for each in events})
    for each in events:
        is_sellers = each.kind in SELLERS or dispatch.is_own_test
        party = dispatch.contract.seller if is_sellers else dispatch.contract.buyer
        yield {
            "id": str(dispatch.pk),
            "event": each.get_kind_display(),
            "at": each.at,
            "by": names.get(each.by_id) or party.name,
            "start": each.start,
            "end": each.end,
            "mw": each.mw,
            "reason": each.reason or None,
        }
