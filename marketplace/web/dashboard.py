"""The start page's panels: each app says what its people should look at next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class Panel:
    """A box on the start page: a number or a few lines, and a link to where they come from."""

    title: str
    url: str
    lines: Sequence[str] = ()
    number: str = ""


PanelMaker = Callable[[Any, datetime], Panel | None]
_makers: list[PanelMaker] = []


def register_panel(maker: PanelMaker) -> PanelMaker:
    """Have ``maker(member, now)`` asked for a panel; called once at start. The member is None for visitors."""
    if maker not in _makers:
        _makers.append(maker)
    return maker


def panels_for(request: HttpRequest, now: datetime) -> list[Panel]:
    """The panels of whoever makes the request."""
    panels = (maker(getattr(request, "member", None), now) for maker in _makers)
    return [panel for panel in panels if panel is not None]
