"""What competitions ask of an asset, read for the criteria."""

import uuid
from datetime import datetime, timedelta

from django.db.models import QuerySet

from competitions.models import Competition
from qualification.domain import criteria
from qualification.domain.criterion import Asked, AssetRequirements

_FIELDS = tuple(dict.fromkeys(["id", *(field for each in criteria.ALL for field in each.reads)]))
_DERIVED = {name: worked_out for each in criteria.ALL for name, worked_out in each.derives.items()}


def requirements_of(
    competitions: "QuerySet[Competition]", now: datetime
) -> dict[uuid.UUID, AssetRequirements]:
    """What each competition asks, by its id, in a few queries; approvals are those at ``now``, or at its
    close if that has passed."""
    return _requirements(_asked(competitions), now)


def requirements_now(competition_id: uuid.UUID, now: datetime) -> AssetRequirements:
    """What the competition asks of an asset that comes to it now, as if qualification closed at this instant."""
    asked = _asked(Competition.objects.filter(pk=competition_id))
    asked[competition_id]["qualification_close"] = now + timedelta(microseconds=1)
    return _requirements(asked, now)[competition_id]


def _asked(competitions: "QuerySet[Competition]") -> dict[uuid.UUID, Asked]:
    rows = competitions.order_by("pk").annotate(**_DERIVED).values(*_FIELDS, *_DERIVED)
    return {row["id"]: row for row in rows}


def _requirements(asked: dict[uuid.UUID, Asked], now: datetime) -> dict[uuid.UUID, AssetRequirements]:
    for criterion in criteria.ALL:
        criterion.load_further(asked, now)
    return {each: requirements_from(values) for each, values in asked.items()}


def requirements_from(asked: Asked) -> AssetRequirements:
    """The limits of the criteria that bind in a competition with these values."""
    limits = {each.code: each.limit(asked) for each in criteria.ALL}
    return {code: limit for code, limit in limits.items() if limit is not None}
