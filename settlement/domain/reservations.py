"""What of a contract was reserved in a month, period by period, as its availability is settled."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

from contracts.models import Contract
from operations.domain.called import occurrences_of
from operations.domain.occurrences import available_pieces
from settlement.domain.day_periods import DAY, DayPeriods
from settlement.domain.working_out import contracted_of, month_after


def reserved_of(
    contract: Contract, month: date, instant: datetime, until: datetime | None, periods: DayPeriods
) -> dict[tuple[date, int], Fraction]:
    """The mean MW reserved in each period, by local day and number, as was known at an instant; ``until``: when the contract
    was withdrawn."""
    known = replace(contracted_of([contract], month, instant)[contract.pk], until=until)
    found: dict[tuple[date, int], Fraction] = defaultdict(Fraction)
    for each in occurrences_of(contract, month, month_after(month) - DAY):
        pieces = available_pieces(
            each, known.terms.availability.mode, known.capacity_mw, known.accepted, known.not_there
        )
        for piece in pieces:
            for day, number, minutes in periods.between(piece.start, piece.end):
                found[day, number] += piece.mw * Fraction(minutes, periods.minutes)
    return found
