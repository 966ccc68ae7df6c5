"""What a rehearsal tells: the report, and the workbooks that each party would have downloaded."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bidding.domain.decisions.deciding import recommendation_for
from bidding.domain.queries import bids_for_operator
from bidding.exports.downloads import write_results
from bidding.models import Bid
from bidding.workbooks.specs import bid_name
from competitions.models import Competition
from contracts.domain.queries import contracts_of
from contracts.exports.files import write_obligations_of
from marketplace import clock
from marketplace.numbers import hours_of
from qualification.domain.queries import entries_visible_to, verdicts_visible_to
from qualification.domain.verdicts.standing import standing_of
from qualification.enums import AssetStanding, EntryState
from qualification.exports.downloads import write_qualified_assets
from qualification.models import Verdict
from rehearsal.round.play import Played


def write_report(played: Played, out: Path) -> dict[str, Any]:
    """Write ``report.json`` and the four workbooks into ``out``; returns the report. The clock is set to the
    end."""
    out.mkdir(parents=True, exist_ok=True)
    now = clock.now()
    report = {
        "files": [report.to_json() for report in played.files],
        "competitions": [_competition(competition, played, now) for competition in played.competitions()],
    }
    (out / "report.json").write_text(
        json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    with (out / "qualified_assets.xlsx").open("wb") as target:
        write_qualified_assets(played.operator, target, now, None)
    with (out / "unconfirmed_bids.xlsx").open("wb") as target:
        target.write(played.unconfirmed_bids)
    with (out / "competition_results.xlsx").open("wb") as target:
        write_results(played.operator, target)
    with (out / "contractual_obligations.xlsx").open("wb") as target:
        contracts = contracts_of(played.operator)
        write_obligations_of(contracts, target, played.operator.organisation.zone)
    return report


def _competition(competition: Competition, played: Played, now: datetime) -> dict[str, Any]:
    told = {
        "ref": competition.ref,
        "phase_reached": competition.phase(now).label.lower(),
        "available_hours": {
            str(window): _number(hours_of(window.available_minutes))
            for window in competition.windows.select_related("period")
        },
        **_standings(competition, played, now),
    }
    bids = list(bids_for_operator(played.operator, now).filter(ballot__competition=competition))
    if bids:
        told["recommended"] = _recommended(competition, bids)
    return told


def _standings(competition: Competition, played: Played, now: datetime) -> dict[str, Any]:
    """Assets by standing and provider; only those that pass ``location`` have a verdict."""
    entries = entries_visible_to(played.operator, now).filter(competition=competition)
    states = {entry.provider_id: entry.state for entry in entries}
    verdicts = verdicts_visible_to(played.operator, now).filter(competition=competition)
    told: dict[str, dict[str, Any]] = {"qualified": {}, "eligible": {}, "not_eligible": {}}
    for verdict in sorted(verdicts, key=lambda each: (each.asset.provider.code, each.asset.ref)):
        provider = verdict.asset.provider
        state = states.get(provider.pk, EntryState.UNDECIDED)
        standing = standing_of(
            is_eligible=verdict.eligible,
            override=getattr(verdict, "override", ""),
            competition=competition,
            entry_state=state,
            now=now,
        )
        _add(told, standing, provider.code, verdict)
    return told


def _add(told: dict[str, dict[str, Any]], standing: AssetStanding, code: str, verdict: Verdict) -> None:
    if standing is AssetStanding.NOT_ELIGIBLE:
        told["not_eligible"].setdefault(code, {})[verdict.asset.ref] = sorted(verdict.failed)
    elif standing in (AssetStanding.QUALIFIED, AssetStanding.ELIGIBLE):
        told[standing.value].setdefault(code, []).append(verdict.asset.ref)


def _recommended(competition: Competition, bids: Iterable[Bid]) -> Mapping[str, Any]:
    advice = recommendation_for(competition).recommendation
    return {
        "bids": sorted(bid_name(bid) for bid in bids if str(bid.pk) in advice.accepted),
        "cost": _number(advice.cost),
        "uncovered": {window: _number(mw) for window, mw in advice.uncovered_mw.items()},
    }


def _number(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)
