"""What the pages of baselines show."""

from collections.abc import Mapping
from dataclasses import dataclass

from operations.domain.baselines.trust import Trust
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


def _words(trust: Trust) -> str:
    if trust.bias is None:
        return "Too few readings to say"
    if not trust.is_doubtful:
        return "Within ±10 %"
    return (
        "Expects more export than was metered" if trust.bias > 0 else "Expects more import than was metered"
    )
