"""What a dispatch would come to if it were sent now: its limits, its warnings and its cost, before anything is sent."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from competitions.domain.payment import rounded
from contracts.models import Contract
from marketplace.numbers import exact_text
from operations.domain.called import callable_of, terms_of_contract
from operations.domain.dispatch_plan import cost_of_energy
from operations.domain.dispatch_queries import time_held
from operations.domain.dispatch_warnings import Warned, warned_of
from operations.domain.limits import Refusal, most_mw, refusals_of_issue
from operations.domain.occurrences import Occurrence, Stretch
from operations.domain.profiles import Event, EventType, Piece, deadline_of
from operations.domain.standing import energy_of

FIVE_MINUTES = timedelta(minutes=5)


@dataclass(frozen=True)
class Preview:
    """What is shown of a dispatch before it is sent."""

    start: datetime
    end: datetime
    mw: Decimal
    mwh: Decimal
    cost: Decimal
    has_price: bool
    answer_due: datetime
    refusals: Sequence[Refusal]
    warned: Sequence[Warned]

    @property
    def warnings(self) -> list[str]:
        """What to know before it is sent, though nothing forbids it."""
        return [each.sentence for each in self.warned]

    @property
    def digest(self) -> str:
        """Equal only where the reader would be shown the same to decide on."""
        told = [self.start.isoformat(), self.end.isoformat(), exact_text(self.mw), f"{self.cost}"]
        text = "\n".join([*told, *(each.sentence for each in self.refusals), *self.warnings])
        return hashlib.sha256(text.encode()).hexdigest()


def preview_of(contract: Contract, mw: Decimal, start: datetime, end: datetime, now: datetime) -> Preview:
    """What the operator should know of a dispatch before it is sent. Raises ``Refused`` for a contract without terms."""
    terms = terms_of_contract(contract)
    held = time_held([contract.pk]).get(contract.pk, [])
    limits = callable_of(contract, terms, held, now)
    refusals = refusals_of_issue(limits, Stretch(start, end, Fraction(mw)), now)
    energy = energy_of([Piece(start, end, Fraction(mw))]) if end > start else Fraction(0)
    issue = Event(EventType.ISSUE, now, start, end, Fraction(mw))
    return Preview(
        start=start,
        end=end,
        mw=mw,
        mwh=rounded(energy, 3),
        cost=cost_of_energy(contract.utilisation_price, energy),
        has_price=contract.utilisation_price is not None,
        answer_due=deadline_of(issue, terms.acknowledge_minutes),
        refusals=refusals,
        warned=[] if refusals else warned_of(contract, mw, start, end, now),
    )


@dataclass(frozen=True)
class Suggested:
    """What a form offers at first: the most that can be called, as early as it can be, in the next occurrence."""

    start: datetime
    end: datetime
    mw: Decimal


def suggestion_for(
    contract: Contract, occurrences: Sequence[Occurrence], since: datetime, now: datetime
) -> Suggested | None:
    """The first dispatch from ``since`` on that may still be sent in one of these occurrences; None where none may."""
    terms = terms_of_contract(contract)
    held = time_held([contract.pk]).get(contract.pk, [])
    limits = callable_of(contract, terms, held, now)
    earliest = _rounded_up(now + limits.response_time + timedelta(minutes=1))
    for each in occurrences:
        start = max(each.start, earliest, since)
        for other in held:
            if other.start <= start < other.end:
                start = other.end
        later = [other.start for other in held if other.start > start]
        end = min([each.end, start + limits.maximum_run, *later])
        mw = rounded(most_mw(limits, start, end), 6) if end > start else Decimal(0)
        if mw > 0:
            return Suggested(start, end, mw)
    return None


def _rounded_up(instant: datetime) -> datetime:
    day = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return day + -((instant - day) // -FIVE_MINUTES) * FIVE_MINUTES
