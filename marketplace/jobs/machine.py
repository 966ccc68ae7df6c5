"""The one way a job's state changes: a conditional update that must hit one row."""

import uuid
from collections.abc import Collection
from typing import Any

from marketplace.jobs.enums import TRANSITIONS, State
from marketplace.jobs.models import Job


def set_state(
    job_id: uuid.UUID, to: State, *, sources: Collection[State], attempt: int | None = None, **fields: Any
) -> bool:
    """Move the job to ``to`` if it is still in one of ``sources`` (and, if given, still in this attempt).

    Writes ``fields`` with it. Returns whether it moved. Raises ``ValueError`` for a step that isn't in the
    transition table. What came to an end is audited by the caller, in the same transaction.
    """
    for source in sources:
        if to not in TRANSITIONS[source]:
            raise ValueError(f"A job never goes from {source} to {to}.")
    rows = Job.objects.filter(pk=job_id, state__in=sources)
    if attempt is not None:
        rows = rows.filter(attempts=attempt)
    return rows.update(state=to, **fields) == 1
