"""What the page of a statement shows: its lines, its versions and what differs, and what is disputed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.dates import day_text, month_text
from settlement.enums import LineKind, VersionKind, VersionState
from settlement.models import Dispute, DisputedLine, StatementLine, StatementVersion
from settlement.presenters.statement_list import COLOURS


@dataclass(frozen=True)
class LineRow:
    """A line with what it is for, and its dispute if there is one."""

    line: StatementLine
    disputed: DisputedLine | None

    @property
    def what_for(self) -> str:
        return reference_text(self.line)

    @property
    def is_negative(self) -> bool:
        return self.line.amount < 0


@dataclass(frozen=True)
class Difference:
    """What differs from the version before, in a line."""

    kind: str
    reference: str
    before: Decimal | None
    after: Decimal | None
    why: str


@dataclass(frozen=True)
class VersionRow:
    """A version in the history of a statement."""

    version: StatementVersion
    is_shown: bool
    is_current: bool

    @property
    def state(self) -> tuple[str, str]:
        if self.version.carries_on:
            return "Carried on", "teal"
        if not self.is_current and self.version.state != VersionState.FINAL:
            return "Replaced", ""
        return self.version.get_state_display(), COLOURS[VersionState(self.version.state)]

    @property
    def kind(self) -> str:
        return "Correction" if self.version.kind == VersionKind.CORRECTION else "All lines"


def reference_text(line: StatementLine) -> str:
    """What a line is for, as people name it: the day, the dispatch's ref, the month."""
    if line.kind == LineKind.CORRECTION and line.corrects is not None:
        named = line.dispatch.ref if line.dispatch is not None else ""
        return f"{month_text(line.corrects.month)} {named}".strip()
    if line.dispatch is not None:
        return line.dispatch.ref
    return _named(line.reference)


def _named(reference: str) -> str:
    try:
        return day_text(date.fromisoformat(reference))
    except ValueError:
        pass
    try:
        return month_text(date.fromisoformat(f"{reference}-01"))
    except ValueError:
        return reference


def line_rows(version: StatementVersion) -> list[LineRow]:
    """The lines in their order."""
    lines = version.lines.select_related("dispatch", "corrects", "disputed").order_by("place")
    return [LineRow(each, getattr(each, "disputed", None)) for each in lines]


def difference_rows(version: StatementVersion, refs: Mapping[str, str]) -> list[Difference]:
    """What differs from the version before; ``refs`` are the refs of dispatches by their ids."""
    return [
        Difference(
            each["kind"],
            refs.get(each["reference"], _named(each["reference"])),
            _amount(each["before"]),
            _amount(each["after"]),
            each["why"],
        )
        for each in version.differences
    ]


def _amount(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)


def refs_of(lines: Sequence[LineRow]) -> dict[str, str]:
    """The refs of the dispatches that lines are for, by their ids."""
    return {
        str(each.line.dispatch_id): each.line.dispatch.ref for each in lines if each.line.dispatch is not None
    }


def version_rows(versions: Sequence[StatementVersion], shown: UUID, current: UUID | None) -> list[VersionRow]:
    """The history, the newest first."""
    return [VersionRow(each, each.pk == shown, each.pk == current) for each in versions]


def disputes_of(version: StatementVersion) -> list[Dispute]:
    """All disputes of the statement, with their lines and files, the latest first."""
    found = Dispute.objects.filter(version__statement=version.statement_id).select_related("version")
    return list(found.prefetch_related("lines__line__dispatch", "files__file").order_by("-raised_at", "id"))
