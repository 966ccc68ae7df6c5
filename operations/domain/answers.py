"""What may still happen to a dispatch: each event checked against those before it. Pure.

The events stand in the order in which they were recorded under the dispatch's lock; the checks raise ``Refused`` with the
sentence that people read. What follows from the events is worked out by :mod:`operations.domain.profiles`.
"""

from collections.abc import Sequence
from datetime import datetime

from marketplace.errors import Refused
from operations.domain.profiles import (
    FIRST,
    VOID,
    Event,
    EventType,
    Requested,
    Response,
    amendments_waiting,
    deadline_of,
    requested,
)

ENDED = (EventType.STOP, EventType.EMERGENCY_STOP)


def response_at(
    events: Sequence[Event], now: datetime, *, acknowledge_minutes: int, stands_unanswered: bool
) -> Response | None:
    """How a dispatch stands at an instant; None while its answer is not yet due and has not come."""
    if is_unanswered(events) and now <= deadline_of(events[0], acknowledge_minutes):
        return None
    return _of(events, acknowledge_minutes, stands_unanswered).response


def is_unanswered(events: Sequence[Event]) -> bool:
    """Whether nobody has acknowledged, declined or cancelled the dispatch."""
    return not any(
        each.type in (EventType.DECLINE, EventType.CANCEL)
        or (each.type is EventType.ACKNOWLEDGE and each.amendment in (None, FIRST))
        for each in events
    )


def check_acknowledge(
    events: Sequence[Event],
    now: datetime,
    *,
    acknowledge_minutes: int,
    stands_unanswered: bool,
    amendment: int | None = None,
) -> bool:
    """Whether an acknowledgement is to be recorded; False where the same was recorded before.

    In time up to and with the deadline's instant. Later it is recorded, as late, where the dispatch stands; where no
    availability was accepted the dispatch is void by then. Raises ``Refused``.
    """
    _check_not(events, EventType.CANCEL, "The dispatch was cancelled, so there is nothing to acknowledge.")
    if amendment not in (None, FIRST):
        return _check_amendment(events, amendment, now)
    _check_not(events, EventType.DECLINE, "The dispatch was declined; that can't be taken back.")
    if not is_unanswered(events):
        return False
    if not stands_unanswered and now > deadline_of(events[0], acknowledge_minutes):
        raise Refused(
            "The time to acknowledge is over and no availability was accepted: the dispatch is void."
        )
    return True


def _check_amendment(events: Sequence[Event], amendment: int | None, now: datetime) -> bool:
    known = next(
        (each for each in events if each.type is EventType.AMEND and each.amendment == amendment), None
    )
    if known is None:
        raise Refused(f"The dispatch has no amendment {amendment}.")
    if any(each.type is EventType.ACKNOWLEDGE and each.amendment == amendment for each in events):
        return False
    if known.start is not None and now >= known.start and known in amendments_waiting(events):
        raise Refused(
            "The amendment's instant has passed without an acknowledgement: the profile before stands."
        )
    return True


def check_decline(
    events: Sequence[Event],
    now: datetime,
    reason: str,
    *,
    acknowledge_minutes: int,
    stands_unanswered: bool,
) -> bool:
    """Whether a refusal by the provider is to be recorded, until the start; False where it was before. Raises ``Refused``."""
    _check_not(events, EventType.CANCEL, "The dispatch was cancelled, so there is nothing to decline.")
    if any(each.type is EventType.DECLINE for each in events):
        return False
    if not is_unanswered(events):
        raise Refused("The dispatch was acknowledged, so it can't be declined.")
    if not reason.strip():
        raise Refused("Say why the dispatch is declined; the operator reads it.")
    if now >= _start(events):
        raise Refused("The dispatch has begun, so it can't be declined any more.")
    if not stands_unanswered and now > deadline_of(events[0], acknowledge_minutes):
        raise Refused("The time to answer is over and no availability was accepted: the dispatch is void.")
    return True


def check_cancel(events: Sequence[Event], now: datetime) -> bool:
    """Whether a cancellation is to be recorded, before the start; False where it was before. Raises ``Refused``."""
    if any(each.type is EventType.CANCEL for each in events):
        return False
    _check_not(events, EventType.DECLINE, "The dispatch was declined, so there is nothing to cancel.")
    if now >= _start(events):
        raise Refused("The dispatch has begun, so it can't be cancelled: stop it.")
    return True


def check_stop(
    events: Sequence[Event], now: datetime, *, acknowledge_minutes: int, stands_unanswered: bool
) -> bool:
    """Whether a stop is to be recorded, after the start and before the end; False after one. Raises ``Refused``."""
    if any(each.type in ENDED for each in events):
        return False
    profile = _of(events, acknowledge_minutes, stands_unanswered)
    if profile.response in VOID:
        raise Refused(f"The dispatch is {_word(profile.response)}, so there is nothing to stop.")
    if now < _start(events):
        raise Refused("The dispatch has not begun, so it can't be stopped: cancel it.")
    if now >= profile.end:
        raise Refused("The dispatch is over.")
    return True


def check_amend(
    events: Sequence[Event], now: datetime, *, acknowledge_minutes: int, stands_unanswered: bool
) -> Requested:
    """The profile that an amendment changes; its limits are :func:`limits.refusals_of_amendment`. Raises ``Refused``."""
    profile = _of(events, acknowledge_minutes, stands_unanswered)
    due = deadline_of(events[0], acknowledge_minutes)
    is_waiting = is_unanswered(events) and now <= due
    if profile.response in VOID and not is_waiting:
        raise Refused(f"The dispatch is {_word(profile.response)}, so it can't be amended.")
    _check_not(events, EventType.DECLINE, "The dispatch was declined, so it can't be amended.")
    if any(each.type in ENDED for each in events):
        raise Refused("The dispatch was stopped, so it can't be amended.")
    if is_waiting:
        profile = _of(events, acknowledge_minutes, True)
    if now >= profile.end:
        raise Refused("The dispatch is over.")
    return profile


def next_amendment(events: Sequence[Event]) -> int:
    """The number of the next amendment; the issue is 1."""
    return 2 + sum(each.type is EventType.AMEND for each in events)


def _of(events: Sequence[Event], acknowledge_minutes: int, stands: bool) -> Requested:
    return requested(events, acknowledge_minutes=acknowledge_minutes, stands_unanswered=stands)


def _start(events: Sequence[Event]) -> datetime:
    start = events[0].start
    assert start is not None
    return start


def _check_not(events: Sequence[Event], kind: EventType, sentence: str) -> None:
    if any(each.type is kind for each in events):
        raise Refused(sentence)


def _word(response: Response) -> str:
    return response.value.replace(", void", " and void")
