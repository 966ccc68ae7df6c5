"""The funnel of a competition as bars, the reasons under an opened step, and the quickest ways to more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from accounts.models import Member
from competitions.models import Competition
from marketplace.numbers import count_text, counted, power_text, rounded_text
from marketplace.units import power_unit
from marketplace.web.figures import percent
from qualification.domain.criteria import BY_CODE
from qualification.domain.criteria.location import Location
from qualification.domain.verdicts.explanations import Line
from qualification.domain.verdicts.funnel import Funnel, Quick, ReasonGroup, kilometres_away
from qualification.models import Asset

PLACES = 2
MOST_WAYS = 3


@dataclass(frozen=True)
class Bar:
    """A step as a bar: what stays and what is taken out, in percent of all, and both as text."""

    code: str
    label: str
    asked: str
    stay_percent: str
    out_percent: str
    stay: str
    out: str
    is_open: bool


@dataclass(frozen=True)
class Way:
    """Something that would make more assets eligible: what, how much it gains, and where to do it."""

    what: str
    gain: str
    code: str


def bars_of(funnel: Funnel, *, by_mw: bool, opened: str, unit: str) -> list[Bar]:
    """The steps in order, in assets or in MW."""
    whole: Decimal | int = funnel.listed_mw if by_mw else funnel.listed
    found = []
    for step in funnel.steps:
        stay: Decimal | int = step.stay_mw if by_mw else step.stay
        out: Decimal | int = step.out_mw if by_mw else step.out
        found.append(
            Bar(
                code=step.code,
                label=step.label,
                asked=step.asked,
                stay_percent=percent(stay, whole),
                out_percent=percent(out, whole),
                stay=rounded_text(stay, PLACES) if by_mw else count_text(stay),
                out=f"{rounded_text(out, PLACES)} {unit}" if by_mw else count_text(out),
                is_open=step.code == opened,
            )
        )
    return found


def eligible_percent(funnel: Funnel, *, by_mw: bool) -> str:
    """How much of all is eligible."""
    if by_mw:
        return percent(funnel.eligible_mw, funnel.listed_mw)
    return percent(funnel.eligible, funnel.listed)


def title_of(funnel: Funnel, member: Member) -> str:
    """644 of your 5,059 assets are eligible."""
    verb = "is" if funnel.eligible == 1 else "are"
    if member.is_fsp:
        if not funnel.listed:
            return "You list no assets yet"
        return f"{count_text(funnel.eligible)} of your {counted(funnel.listed, 'asset')} {verb} eligible"
    if not funnel.listed:
        return "No asset lies in the boundary yet"
    return f"{count_text(funnel.eligible)} of {counted(funnel.listed, 'asset')} in reach {verb} eligible"


def ways_of(quick: Sequence[Quick], rough: ReasonGroup | None, unit: str) -> list[Way]:
    """What is quickly done, the most MW first; ``rough`` are assets near the boundary that a postcode
    places."""
    found = [
        Way(
            way.format(count_text(each.count), s="" if each.count == 1 else "s"),
            f"+{counted(each.count, 'asset')}, {power_text(round(each.mw, PLACES), unit)}",
            each.code,
        )
        for each in quick
        if (way := BY_CODE[each.code].quick_way)
    ][:MOST_WAYS]
    if rough is not None:
        found.append(
            Way(
                f"Check the place of {counted(rough.count, 'asset')}",
                "less than 100 m outside, placed by postcode: coordinates may decide",
                Location.code,
            )
        )
    return found


def with_distances(competition: Competition, lines: Sequence[Line], assets: Sequence[Asset]) -> list[Line]:
    """The lines of assets outside the boundary with how far they lie from it."""
    codes = {line.asset.pk for line in lines if any(code == Location.code for code, _ in line.reasons)}
    away = kilometres_away(competition, [each for each in assets if each.pk in codes]) if codes else {}
    return [replace(line, kilometres=away.get(line.asset.pk)) for line in lines]


def unit_of(competition: Competition) -> str:
    """MW, or MVAr of reactive power."""
    return power_unit(competition.power_type)


def closes(competition: Competition, now: datetime) -> bool:
    """Whether qualification is still to close, so that something can be done."""
    return competition.qualification_close > now
