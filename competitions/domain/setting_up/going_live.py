"""What a change makes visible to providers, said before it is done. Pure."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from marketplace.dates import moment_text
from marketplace.numbers import count_text, counted

MOST_DATES = 5


@dataclass(frozen=True)
class Visibility:
    """From when providers see a competition, before a change (None: there is no such competition) and after
    it."""

    before: datetime | None
    after: datetime

    def goes_live(self, now: datetime) -> bool:
        """Whether the change decides when a competition that providers don't see now becomes visible."""
        return self.before is None or (self.before > now and self.before != self.after)

    def is_hidden_again(self, now: datetime) -> bool:
        """Whether providers see it now and would no longer."""
        return self.before is not None and self.before <= now < self.after


def going_live(changes: Collection[Visibility], now: datetime, zone: ZoneInfo) -> list[str]:
    """Sentences on how many competitions become visible to providers, and when; none where that stays as it
    is."""
    live = [change for change in changes if change.goes_live(now)]
    hidden = sum(change.is_hidden_again(now) for change in changes)
    sentences = []
    if live:
        sentences.append(
            f"This makes {_competitions(len(live))} visible to providers: {', '.join(_dates(live, now, zone))}."
        )
    if hidden:
        sentences.append(f"This hides {_competitions(hidden)} that providers see now.")
    return sentences


def _dates(live: Collection[Visibility], now: datetime, zone: ZoneInfo) -> Iterator[str]:
    at_once = sum(change.after <= now for change in live)
    later = sorted(Counter(change.after for change in live if change.after > now).items())
    several = len(live) > 1
    if at_once:
        yield f"{count_text(at_once)} at once" if several else "at once"
    for moment, count in later[:MOST_DATES]:
        told = f"on {moment_text(moment, zone)}"
        yield f"{count_text(count)} {told}" if several else told
    if later[MOST_DATES:]:
        rest = sum(count for _, count in later[MOST_DATES:])
        yield f"{count_text(rest)} on later dates up to {moment_text(later[-1][0], zone)}"


def _competitions(count: int) -> str:
    return counted(count, "competition")
