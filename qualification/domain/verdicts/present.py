"""How assets would be judged in a competition now, though its qualification has closed: for whom it is asked later."""

import uuid
from collections.abc import Collection
from datetime import datetime

from competitions.models import Competition
from qualification.domain import criteria
from qualification.domain.criteria.location import Location
from qualification.domain.facts import reading
from qualification.domain.queries import latest_overrides
from qualification.domain.verdicts.engine import pairs
from qualification.domain.verdicts.requirements import requirements_now
from qualification.enums import OverrideDecision

ARCHIVED = "It is archived."
DISQUALIFIED = "The operator disqualified it."


def failing_now(
    competition: Competition, asset_ids: Collection[uuid.UUID], now: datetime
) -> dict[uuid.UUID, list[str]]:
    """Why those of the assets fail that would not be eligible if qualification closed now, in words.

    The operator's overrides beat the criteria, as always.
    """
    requirements = requirements_now(competition.pk, now)
    shapes = reading.shapes_of([competition.pk])
    overrides = latest_overrides([competition.pk], asset_ids)
    found: dict[uuid.UUID, list[str]] = {}
    known: set[uuid.UUID] = set()
    for chunk in reading.chunks(asset_ids, shapes):
        facts = {
            reading.asset_id(record): chunk.facts[row : row + 1] for row, record in enumerate(chunk.facts)
        }
        judged = {
            asset: failed for _, asset, _, failed, _ in pairs({competition.pk: requirements}, shapes, chunk)
        }
        for asset, own in facts.items():
            override = overrides.get((competition.pk, asset))
            if override is not None and override.decision == OverrideDecision.QUALIFY:
                continue
            located = asset in judged
            bits = judged[asset] if located else int(criteria.failing(requirements, own)[0])
            codes = [*([] if located else [Location.code]), *criteria.codes_of(bits)]
            reasons = list(criteria.reasons(requirements, own, codes).values())
            if override is not None:
                reasons.insert(0, DISQUALIFIED)
            if reasons:
                found[asset] = reasons
        known |= set(facts)
    return found | {asset: [ARCHIVED] for asset in asset_ids if asset not in known}
