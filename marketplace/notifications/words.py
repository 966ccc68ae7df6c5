"""Pieces of sentences that notifications share."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from marketplace.numbers import count_text
from marketplace.web.templatetags.marketplace import moment


def deadline(instant: datetime, zone: ZoneInfo, operators: ZoneInfo) -> str:
    """5 April 2026, 17:00 BST: in the reader's zone, and in the operator's where the clocks there differ."""
    own, theirs = moment(instant, zone), moment(instant, operators)
    return own if own == theirs or _same_hands(instant, zone, operators) else f"{own} ({theirs})"


def _same_hands(instant: datetime, zone: ZoneInfo, operators: ZoneInfo) -> bool:
    return instant.astimezone(zone).utcoffset() == instant.astimezone(operators).utcoffset()


def some_of(names: Sequence[str], most: int = 10) -> str:
    """The first names, and how many there are besides."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {count_text(len(names) - most)} more"
