"""A competition's windows for pages to read: kept by a process for the competition as it was last changed."""

from datetime import datetime
from functools import lru_cache
from uuid import UUID

from competitions.models import Competition, ServiceWindow


def kept_windows(competition: Competition) -> tuple[ServiceWindow, ...]:
    """Its windows with their periods, in their order: the same for all who may see it. Never for a rule that decides
    about what is saved, and never to be written on."""
    return _as_changed(competition.pk, competition.changed_at)


@lru_cache(maxsize=32)
def _as_changed(competition_id: UUID, _changed_at: datetime) -> tuple[ServiceWindow, ...]:
    return tuple(ServiceWindow.objects.filter(competition=competition_id).select_related("period"))
