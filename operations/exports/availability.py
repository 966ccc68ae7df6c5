"""The workbook of availability and its sheets as CSV; made by the workers."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from accounts.models import Member
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext, counted
from marketplace.workbooks.write import write_bulk, write_csv
from operations import rules
from operations.domain.cycles import near_cycles
from operations.domain.missing import notices_seen_by
from operations.domain.occurrences import Occurrence
from operations.domain.promised import Piece
from operations.domain.stretch_words import WORDS, decimal_of
from operations.domain.told import Promise, contracts_with_availability, promises_of
from operations.workbooks.specs import AVAILABILITY, AVAILABILITY_FILE, UNAVAILABILITY

NOTICES = timedelta(days=40)


def write_availability(context: JobContext[Member], target: BinaryIO) -> str:
    """Every occurrence that is not yet locked (for a provider) or answered (for an operator), and the latest notices.

    ``params["sheet"]`` names the one sheet that is written as CSV. Gives the file's name.
    """
    member = context.member
    zone = member.organisation.zone
    named = str(context.params.get("sheet", ""))
    rows = {AVAILABILITY.name: availability_rows, UNAVAILABILITY.name: unavailability_rows}
    if named:
        if named not in rows:
            raise Refused("There is no such sheet.")
        sheet = AVAILABILITY_FILE.sheet(named)
        write_csv(sheet, rows[named](member, context.now), target, zone=zone, for_people=True)
        return f"{named.lower()}.csv"
    made = {
        name: counted(own := list(make(member, context.now)), len(own), context.progress)
        for name, make in rows.items()
    }
    write_bulk(AVAILABILITY_FILE, made, target, zone=zone, downloaded_at=context.now)
    return "availability.xlsx"


def availability_rows(member: Member, now: datetime) -> Iterator[Mapping[str, Any]]:
    """A row for each stretch of the cycles that are still open, the cycle that comes first whole."""
    for contracts, days in near_cycles(
        contracts_with_availability(member), now, lambda due: now < due.answer
    ):
        for promise in promises_of(contracts, days[0], days[-1]):
            for occurrence, pieces in promise.pieces(now):
                due = promise.deadlines(occurrence)
                if now < (due.answer if member.is_so else due.lock):
                    for piece in pieces:
                        yield _row(promise, occurrence, piece, member.is_so)


def _row(promise: Promise, occurrence: Occurrence, piece: Piece, for_so: bool) -> Mapping[str, Any]:
    """To the provider the terms' default is a blank cell: it declares nothing."""
    contract, zone = promise.contract, promise.rules.zone
    start, end = piece.start.astimezone(zone), piece.end.astimezone(zone)
    return {
        "contract_id": str(contract.pk),
        "competition_ref": contract.competition.ref,
        "window": f"{contract.period_name}/{contract.window_name}",
        "provider": contract.seller.name,
        "day": occurrence.day,
        "start": start.time(),
        "end": end.time(),
        "declared": decimal_of(piece.declared) if for_so or piece.declared_at else None,
        "accepted": decimal_of(piece.accepted) if piece.is_settled else None,
        "state": WORDS[piece.state],
        "declared_at": piece.declared_at,
        "answered_at": piece.answered_at,
    }


def unavailability_rows(member: Member, now: datetime) -> Iterator[Mapping[str, Any]]:
    """The notices that end later than some weeks ago; those taken back whole are left out."""
    found = notices_seen_by(member).filter(end__gt=now - NOTICES, contract__status__in=rules.CAN_RUN)
    for each in found.iterator(500):
        if each.end > each.start:
            yield {
                "contract_id": str(each.contract_id),
                "start": each.start,
                "end": each.end,
                "mw": each.mw,
                "reason": each.reason,
                "notified_at": each.notified_at,
            }
