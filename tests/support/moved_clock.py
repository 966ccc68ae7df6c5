"""A clock that stands where a test puts it, for the server's threads too: ``settings.CLOCK`` names ``moved_now``."""

from datetime import datetime

_now: list[datetime] = []


def move_to(instant: datetime) -> None:
    """Let it be this instant (aware) until it is moved again."""
    _now[:] = [instant]


def moved_now() -> datetime:
    """The instant to which the clock was moved last."""
    return _now[0]
