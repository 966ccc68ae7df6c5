"""A job's states and the steps allowed between them; where a file's bytes lie."""

from django.db.models import TextChoices


class State(TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Working"
    CHECKED = "checked", "Checked, waiting for you"
    APPLY_QUEUED = "apply_queued", "Waiting to be applied"
    APPLYING = "applying", "Applying"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    REFUSED = "refused", "Refused"
    DISCARDED = "discarded", "Discarded"
    NOTHING = "nothing", "Nothing to apply"


# A state that leads to itself is taken up again after its worker died. A failed job is run again by support only.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.RUNNING, State.FAILED, State.REFUSED}),
    State.RUNNING: frozenset(
        {State.RUNNING, State.CHECKED, State.DONE, State.FAILED, State.REFUSED, State.NOTHING}
    ),
    State.CHECKED: frozenset({State.APPLY_QUEUED, State.DISCARDED}),
    State.APPLY_QUEUED: frozenset({State.APPLYING, State.FAILED, State.REFUSED}),
    State.APPLYING: frozenset({State.APPLYING, State.DONE, State.FAILED, State.REFUSED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset({State.QUEUED, State.APPLY_QUEUED}),
    State.REFUSED: frozenset(),
    State.DISCARDED: frozenset(),
    State.NOTHING: frozenset(),
}

WAITING = frozenset({State.QUEUED, State.APPLY_QUEUED})
WORKING = frozenset({State.RUNNING, State.APPLYING})
UNFINISHED = WAITING | WORKING
FINISHED = frozenset({State.DONE, State.FAILED, State.REFUSED, State.DISCARDED, State.NOTHING})


class Place(TextChoices):
    DATABASE = "database", "In the database"
    OBJECTS = "s3", "In object storage"
