"""What other apps know of competitions in a list: columns, and what somebody has in each, asked for a page at
a time."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Member
from competitions.models import Competition
from marketplace.numbers import aligned_texts, grouped_text
from marketplace.web.figures import pill_html

Side = Literal["so", "fsp"]
Page = Literal["list", "round"]
NOTHING = SafeString('<span class="dim">–</span>')


@dataclass(frozen=True)
class Shown:
    """A cell: as text for files, as it is drawn, and the number that is summed."""

    text: str
    html: SafeString
    number: Decimal | None = None


@dataclass(frozen=True)
class Extra:
    """A column that another app fills: ``cells(member, competitions, now)`` by competition, in few queries
    for all.

    ``series`` is its colour in the bar against what is required.
    """

    name: str
    title: str
    side: Side
    pages: frozenset[Page]
    cells: Callable[[Member, Sequence[Competition], datetime], Mapping[UUID, Shown]]
    series: str = ""
    unit: str = "MW"
    role: str = ""


@dataclass(frozen=True)
class Standing:
    """What somebody has in a competition, as a pill: an entry, a bid, contracts."""

    text: str
    colour: str = ""


StandingMaker = Callable[[Member, Sequence[Competition], datetime], Mapping[UUID, Standing]]


@dataclass(frozen=True)
class Bulk:
    """What can be done to ticked competitions: a form's address, how it is sent, and the template of its
    buttons."""

    side: Side
    role: str
    url_name: str
    method: str
    template: str


_extras: dict[tuple[str, str], Extra] = {}
_standings: list[tuple[int, StandingMaker]] = []
_bulks: dict[str, Bulk] = {}


def register_extra(extra: Extra) -> None:
    """Add a column; called once at start."""
    _extras[(extra.side, extra.name)] = extra


def register_standing(weight: int, maker: StandingMaker) -> None:
    """Register what a member has in competitions; of several the greatest weight is shown."""
    if (weight, maker) not in _standings:
        _standings.append((weight, maker))


def register_bulk(bulk: Bulk) -> None:
    """Offer actions on ticked competitions to one side of the market."""
    _bulks[bulk.side] = bulk


def extras_for(member: Member | None, page: Page) -> list[Extra]:
    """The columns that the member is shown on a page."""
    if member is None:
        return []
    side = "so" if member.is_so else "fsp"
    return [
        each
        for each in _extras.values()
        if each.side == side and page in each.pages and (not each.role or member.holds(each.role))
    ]


def bulk_for(member: Member | None) -> Bulk | None:
    """What the member may do to ticked competitions."""
    if member is None:
        return None
    found = _bulks.get("so" if member.is_so else "fsp")
    return found if found is not None and member.holds(found.role) else None


def standings(
    member: Member | None, competitions: Sequence[Competition], now: datetime
) -> dict[UUID, Standing]:
    """What the member has in each competition, the furthest step of it."""
    found: dict[UUID, Standing] = {}
    if member is not None:
        for _, maker in sorted(_standings, key=lambda each: each[0]):
            found.update(maker(member, competitions, now))
    return found


def standing_shown(standing: Standing | None) -> Shown:
    """What somebody has, as a pill."""
    if standing is None:
        return Shown("", NOTHING)
    return Shown(standing.text, pill_html(standing.text, standing.colour))


def numbers_shown(
    numbers: Mapping[UUID, Decimal], *, strong: bool = False, decimals: int = 1
) -> dict[UUID, Shown]:
    """Quantities down a column, with the decimals that it needs."""
    texts = dict(zip(numbers, aligned_texts(numbers.values(), decimals), strict=True))
    css = "strong" if strong else ""
    return {
        key: Shown(
            grouped_text(number),
            format_html(
                '<span class="{}">{}</span>', css if number else "dim", texts[key] if number else "0"
            ),
            number,
        )
        for key, number in numbers.items()
    }
