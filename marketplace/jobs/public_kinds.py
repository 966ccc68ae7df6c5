"""The files that are made for everybody, as the apps declare them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Literal

Audience = Literal["everyone", "fsp"]


@dataclass(frozen=True)
class PublicKind:
    """A file under a stable name.

    ``write(target, now)`` writes it and returns how many rows it has, or None while there is
    nothing to make a file of; the same data give the same bytes. ``state(now)``
    is a cheap text that differs whenever the contents may: the file is made again only then.
    """

    name: str
    title: str
    about: str
    write: Callable[[BinaryIO, datetime], int | None]
    state: Callable[[datetime], str]
    group: str = ""
    audience: Audience = "everyone"


_kinds: dict[str, PublicKind] = {}


def register_public(kind: PublicKind) -> None:
    """Register a file that workers make and keep up to date; called once at start."""
    _kinds[kind.name] = kind


def public_kind(name: str) -> PublicKind | None:
    """The declared file of that name."""
    return _kinds.get(name)


def public_kinds() -> list[PublicKind]:
    """All declared files, in the order in which the apps declare them."""
    return list(_kinds.values())
