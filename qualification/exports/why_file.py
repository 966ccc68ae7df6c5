"""Why assets qualify or not, as a workbook: one row for each asset and competition, one column for each
criterion."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from accounts.models import Member
from competitions.models import Competition
from marketplace.workbooks.choices import Choice, YesNo
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Number, Text
from marketplace.workbooks.write import write_bulk
from qualification.domain import criteria
from qualification.domain.verdicts.explanations import Line, lines_for, lines_of
from qualification.enums import AssetStanding, OverrideDecision
from qualification.models import Asset
from qualification.workbooks.specs import labels

SHEET = "Verdicts"
CHUNK = 2_000
PASSES, NOT_ASKED, UNKNOWN = "Passes", "Not asked", "Not known"
WHY = WorkbookSpec(
    name="verdicts",
    title="Why assets qualify or not",
    purpose="How each asset stands in each competition, criterion by criterion.",
    how_to="For reading only. A criterion's column says Passes, Not asked, or why the asset fails.",
    sheets=(
        Sheet(
            SHEET,
            (
                Column("Competition Ref", "competition", Text(40), information=True),
                Column("Competition Name", "competition_name", Text(100), information=True),
                Column("FSP Name", "provider", Text(120), information=True),
                Column("Asset ID", "asset_id", Text(36), information=True),
                Column("Asset Ref", "ref", Text(64), information=True),
                Column("Asset Name", "name", Text(100), information=True),
                Column("Final Status", "standing", Choice(labels(AssetStanding)), information=True),
                Column("Relevant Capacity (MW)", "capacity", Number(), information=True),
                Column("In Buffer", "in_buffer", YesNo(), information=True),
                *(
                    Column(label, f"criterion_{code}", Text(), information=True)
                    for code, label in criteria.CHOICES
                ),
                Column("What Would Make It Pass", "remedies", Text(), information=True),
                Column("Override", "override", Choice(labels(OverrideDecision)), information=True),
                Column("Override Reason", "override_reason", Text(500), information=True),
            ),
        ),
    ),
)


def write_why_in(
    competition: Competition, assets: Iterable[Asset], member: Member, target: BinaryIO, now: datetime
) -> None:
    """One competition against many assets, a few thousand at a time."""
    rows = (row_of(line) for part in _parts(assets) for line in lines_for(competition, part, now))
    write_bulk(WHY, {SHEET: rows}, target, zone=member.organisation.zone)


def write_why_of(
    asset: Asset, competitions: Sequence[Competition], member: Member, target: BinaryIO, now: datetime
) -> None:
    """One asset against many competitions."""
    rows = (row_of(line) for line in lines_of(asset, competitions, now))
    write_bulk(WHY, {SHEET: rows}, target, zone=member.organisation.zone)


def _parts(assets: Iterable[Asset]) -> Iterator[list[Asset]]:
    left = iter(assets)
    while part := list(islice(left, CHUNK)):
        yield part


def row_of(line: Line) -> dict[str, Any]:
    """A line's values by column key."""
    failed = dict(line.reasons)
    known = line.passed or failed
    return {
        "competition": line.competition.ref,
        "competition_name": line.competition.name,
        "provider": line.asset.provider.name,
        "asset_id": str(line.asset.pk),
        "ref": line.asset.ref,
        "name": line.asset.name,
        "standing": line.standing.value,
        "capacity": line.relevant_capacity_mw,
        "in_buffer": line.in_buffer,
        **{
            f"criterion_{code}": failed.get(code) or _unfailed(code, line, bool(known))
            for code in criteria.BY_CODE
        },
        "remedies": " ".join(line.remedies.values()) or None,
        "override": line.override.decision if line.override is not None else None,
        "override_reason": line.override.reason if line.override is not None else None,
    }


def _unfailed(criterion: str, line: Line, is_known: bool) -> str:
    if criterion in line.passed:
        return PASSES
    return NOT_ASKED if line.passed and is_known else UNKNOWN
