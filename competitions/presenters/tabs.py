"""The parts of a competition's page, each with an address of its own; what other apps put on them, each says
itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from competitions.models import Competition

ASSETS, BIDS = "assets", "bids"


@dataclass(frozen=True)
class Part:
    """What an app shows on a tab: a template with what it needs."""

    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


Query = Mapping[str, str]
IsFor = Callable[[Any, Competition, datetime], bool]
Counter = Callable[[Any, Competition, datetime], int | None]
PartMaker = Callable[[Any, Competition, datetime, Query], Part | None]


@dataclass(frozen=True)
class TabPart:
    """An app's share of a tab: for whom there is one, how many things it holds, and its content when it is
    opened.

    Visitors' member is None. Whether it is there, and its count, must tell nobody what the part itself would
    not.
    """

    tab: str
    is_for: IsFor
    count: Counter
    make: PartMaker


@dataclass(frozen=True)
class Quantity:
    """A quantity that stands against what is required: its series (as in ``tokens.css``), name, and MW by
    window."""

    series: str
    name: str
    by_window: Mapping[UUID, Decimal]


QuantityMaker = Callable[[Any, Competition, datetime], Sequence[Quantity]]

_parts: list[TabPart] = []
_quantities: list[QuantityMaker] = []


def register_part(part: TabPart) -> None:
    """Add an app's part to a tab; called once at start."""
    if part not in _parts:
        _parts.append(part)


def register_quantities(maker: QuantityMaker) -> QuantityMaker:
    """Register ``maker(member, competition, now)``, which returns quantities that this visitor may know;
    called once at start."""
    if maker not in _quantities:
        _quantities.append(maker)
    return maker


def parts_for(tab: str, member: Any, competition: Competition, now: datetime) -> list[TabPart]:
    """The parts of a tab that there are for this visitor."""
    return [part for part in _parts if part.tab == tab and part.is_for(member, competition, now)]


def quantities_for(member: Any, competition: Competition, now: datetime) -> list[Quantity]:
    """All quantities that this visitor may know, the widest first: eligible, entered, offered, accepted."""
    found = [each for maker in _quantities for each in maker(member, competition, now)]
    order = ("eligible", "entered", "offered", "accepted")
    return sorted(found, key=lambda each: order.index(each.series))
