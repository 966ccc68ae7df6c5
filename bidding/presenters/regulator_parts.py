"""What other apps add to the page of the regulator's report: files by financial year."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Member
from bidding.domain.results.regulator import year_label


@dataclass(frozen=True)
class ReportPart:
    """A part of the report: its title, ``years(member, now)`` to report, newest first, and its two kinds of file, which take
    the year as their bids' files do."""

    title: str
    years: Callable[[Member, datetime], list[int]]
    workbook_kind: str
    csv_kind: str


_parts: list[ReportPart] = []


def register_report_part(part: ReportPart) -> None:
    """Add a part to the page; called once at start."""
    if part not in _parts:
        _parts.append(part)


def report_parts(member: Member, now: datetime) -> list[dict[str, Any]]:
    """The parts with their years, as the page shows them."""
    return [
        {
            "part": part,
            "years": [
                {"label": year_label(year), "params": {"year": str(year)}} for year in part.years(member, now)
            ],
        }
        for part in _parts
    ]
