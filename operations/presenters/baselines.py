"""What the pages of baselines show."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from marketplace.dates import day_text, season_text
from marketplace.numbers import exact_text
from operations.domain.baselines.trust import Trust
from operations.domain.late_nominations import LateDay
from operations.presenters.performance import percent_text


@dataclass(frozen=True)
class TrustRow:
    """A unit's figures in words."""

    ref: str
    bias: str
    error: str
    days: int
    periods: int
    is_doubtful: bool
    words: str


def trust_rows(trust: Mapping[str, Trust]) -> list[TrustRow]:
    """A row a unit."""
    return [
        TrustRow(
            ref,
            "–" if each.bias is None else percent_text(each.bias),
            "–" if each.error is None else percent_text(each.error),
            each.days,
            each.periods,
            each.is_doubtful,
            _words(each),
        )
        for ref, each in sorted(trust.items())
    ]


@dataclass(frozen=True)
class LateRow:
    """A unit's nominations for a day that came too late."""

    day: str
    ref: str
    provider: str
    periods: int
    kw: str
    came: str
    due: str
    contract: str
    ids: str


def late_rows(found: Iterable[LateDay], zone: ZoneInfo, now: datetime) -> list[LateRow]:
    """A row for each unit and day, in an operator's time zone."""
    return [
        LateRow(
            day_text(each.day),
            each.unit.ref,
            each.unit.provider.name,
            len(each.nominations),
            _range_text([nomination.kw for nomination in each.nominations]),
            season_text(each.submitted_at, zone, now),
            season_text(each.due, zone, now),
            each.contract.competition.ref,
            each.ids,
        )
        for each in found
    ]


def _range_text(values: Sequence[Decimal]) -> str:
    lowest, highest = exact_text(min(values)), exact_text(max(values))
    return lowest if lowest == highest else f"{lowest} to {highest}"


def _words(trust: Trust) -> str:
    if trust.bias is None:
        return "Too few readings to say"
    if not trust.is_doubtful:
        return "Within ±10 %"
    return (
        "Expects more export than was metered" if trust.bias > 0 else "Expects more import than was metered"
    )
