"""What the downloads of qualification hold: an FSP's own assets, an SO's qualified assets."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Member
from competitions.models import Competition
from marketplace.jobs.kinds import Report, counted, unreported
from marketplace.workbooks.write import write_bulk
from qualification.domain.facts.data import thaw, values_of
from qualification.domain.queries import (
    assets_visible_to,
    entries_visible_to,
    override_reason,
    planned_assets_of,
    planned_verdicts_visible_to,
    verdicts_visible_to,
)
from qualification.domain.verdicts.standing import Key, applicable, eligible_mw, standing_of
from qualification.enums import EntryState
from qualification.models import PlannedAsset, PlannedVerdict, Verdict
from qualification.workbooks.specs import ASSETS, ENTRY_LABELS, QUALIFIED_ASSETS

NOT_APPLICABLE = "Not applicable"
FROZEN_TO_COLUMN = {"response_time": "maximum_response_time", "recovery_time": "maximum_recovery_time"}
PLANNED_KEYS = (
    "ref",
    "name",
    "voltage_kv",
    "capacity_type",
    "capacity_mw",
    "estimated_count",
    "maximum_response_time",
    "maximum_recovery_time",
    "minimum_run_time",
    "maximum_run_time",
    "is_archived",
)


def write_assets(member: Member, target: BinaryIO, now: datetime, report: Report = unreported) -> None:
    """The company's own assets and planned assets, in the state in which they can be uploaded again."""
    assets = assets_visible_to(member, now).order_by("ref")
    planned = planned_assets_of(member).order_by("ref")
    placed = assets.count()
    total = placed + planned.count()
    rows = {
        "Assets": counted(map(values_of, assets.iterator(chunk_size=2000)), total, report),
        "Planned Assets": counted(
            map(planned_row, planned.iterator(chunk_size=2000)), total, report, done=placed
        ),
    }
    write_bulk(ASSETS, rows, target, zone=member.organisation.zone)


def planned_row(planned: PlannedAsset) -> dict[str, Any]:
    """A planned asset's values by column key."""
    return {key: getattr(planned, key) for key in PLANNED_KEYS} | {
        "competition": planned.competition.ref,
        "category": planned.asset_type.category,
        "asset_type": planned.asset_type.name,
    }


def write_qualified_assets(
    member: Member,
    target: BinaryIO,
    now: datetime,
    competition_ids: Iterable[UUID] | None = None,
    report: Report = unreported,
) -> None:
    """Every asset within the boundary of the operator's published competitions or with an override, and how
    it stands."""
    verdicts = verdicts_visible_to(member, now)
    planned = planned_verdicts_visible_to(member, now)
    if competition_ids is not None:
        chosen = list(competition_ids)
        verdicts, planned = verdicts.filter(competition__in=chosen), planned.filter(competition__in=chosen)
    entries = {
        (each.competition_id, each.provider_id): each.state for each in entries_visible_to(member, now)
    }
    sums = eligible_mw(competition_ids=set(verdicts.order_by().values_list("competition_id", flat=True)))
    parties = Parties(now, entries, applicable(sums))
    verdicts = verdicts.annotate(override_reason=override_reason())
    ordered = verdicts.order_by("competition__ref", "asset__provider__name", "asset__ref", "pk")
    planned = planned.order_by(
        "competition__ref", "planned_asset__provider__name", "planned_asset__ref", "pk"
    )
    placed = ordered.count()
    total = placed + planned.count()
    asset_rows = _asset_rows(ordered.iterator(chunk_size=2000), parties)
    planned_rows = _planned_rows(planned.iterator(chunk_size=2000), parties)
    rows = {
        "Qualified Assets": counted(asset_rows, total, report),
        "Qualified Planned Assets": counted(planned_rows, total, report, done=placed),
    }
    write_bulk(QUALIFIED_ASSETS, rows, target, zone=_zone(member), downloaded_at=now)


def _zone(member: Member) -> ZoneInfo:
    return member.organisation.zone


class Parties:
    """The columns about competition, provider and entry."""

    def __init__(self, now: datetime, entries: dict[Key, str], applicable: set[Key]) -> None:
        self.now, self.entries, self.applicable = now, entries, applicable

    def columns(self, competition: Competition, provider: Any) -> dict[str, Any]:
        key = (competition.pk, provider.pk)
        state = self.entries.get(key, EntryState.UNDECIDED)
        told = NOT_APPLICABLE if key not in self.applicable else ENTRY_LABELS[state]
        return {
            "competition_id": str(competition.pk),
            "competition_ref": competition.ref,
            "competition_name": competition.name,
            "phase": competition.phase(self.now).label,
            "provider_id": str(provider.pk),
            "provider_name": provider.name,
            "entry": told,
        }

    def result(
        self, verdict: Verdict | PlannedVerdict, competition: Competition, provider: Any
    ) -> dict[str, Any]:
        state = self.entries.get((competition.pk, provider.pk), EntryState.UNDECIDED)
        standing = standing_of(
            is_eligible=verdict.eligible,
            override=getattr(verdict, "override", ""),
            competition=competition,
            entry_state=state,
            now=self.now,
        )
        return {
            "relevant_capacity_mw": verdict.relevant_capacity_mw,
            "result": verdict.passes,
            "failed": tuple(verdict.failed) or None,
            "final_status": standing.value,
            "changed_at": verdict.changed_at,
        }


def _asset_rows(verdicts: Iterable[Any], parties: Parties) -> Iterator[dict[str, Any]]:
    for verdict in verdicts:
        asset, competition = verdict.asset, verdict.competition
        data = values_of(asset) if verdict.asset_as_frozen is None else thaw(verdict.asset_as_frozen)
        yield {
            **data,
            **parties.columns(competition, asset.provider),
            "asset_id": str(asset.pk),
            "in_buffer": verdict.in_buffer,
            "override": verdict.override or None,
            "override_reason": verdict.override_reason if verdict.override else None,
            **parties.result(verdict, competition, asset.provider),
        }


def _planned_rows(verdicts: Iterable[PlannedVerdict], parties: Parties) -> Iterator[dict[str, Any]]:
    for verdict in verdicts:
        planned, competition = verdict.planned_asset, verdict.competition
        data = planned_row(planned)
        if verdict.planned_as_frozen is not None:
            frozen = {
                FROZEN_TO_COLUMN.get(key, key): value
                for key, value in thaw(verdict.planned_as_frozen).items()
            }
            data |= frozen
        yield {
            **data,
            **parties.columns(competition, planned.provider),
            "planned_id": str(planned.pk),
            **parties.result(verdict, competition, planned.provider),
        }
