"""What qualification puts on a competition's page: assets and entries, and the capacity that stands against the need."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from competitions.domain.kept_windows import kept_windows
from competitions.models import Competition
from competitions.presenters.tabs import Part, Quantity
from marketplace.prepared import asked
from qualification.domain.queries import entered_providers, entries_visible_to, verdicts_visible_to
from qualification.domain.verdicts.explanations import lines_in
from qualification.domain.verdicts.standing import eligible_mw, reaches
from qualification.enums import EntryState
from qualification.models import Verdict
from qualification.presenters.assets import entrants_of, entry_rows, turnout_of

MOST_ASSETS = 50
PILLS = {
    EntryState.ENTERED: "blue",
    EntryState.WITHDRAWN: "red",
    EntryState.UNDECIDED: "amber",
}
STANDINGS = {"qualified": "green", "eligible": "blue", "disqualified": "red", "not_eligible": ""}


def is_for(member: Any, competition: Competition, now: datetime) -> bool:
    """The operator sees who is in its published competition, a provider what it has there itself; nobody else."""
    if member is None or not competition.is_published(now):
        return False
    return bool(member.is_fsp) or bool(member.organisation_id == competition.operator_id)


def count(member: Any, competition: Competition, now: datetime) -> int:
    """How many assets are eligible, of those that the member may know of."""

    def counted() -> None:
        eligible = verdicts_visible_to(member, now).filter(competition=competition, eligible=True)
        eligible.order_by().count()

    [[number]] = asked(
        "qualification.eligible_here",
        Verdict,
        counted,
        whose=member,
        own=member.organisation_id,
        now=now,
        competition=competition.pk,
    )
    return int(number)


def make(member: Any, competition: Competition, now: datetime, query: Mapping[str, str]) -> Part:
    """Providers and the assets of one of them for the operator; the own assets and answer for a provider."""
    verdicts = verdicts_visible_to(member, now).filter(competition=competition)
    context: dict[str, Any] = {"part_is_own": member.is_so}
    if member.is_so:
        entrants = entrants_of(competition, turnout_of(member, competition, now))
        chosen = next(
            (each for each in entrants if each.provider.code == query.get("provider")),
            entrants[0] if entrants else None,
        )
        verdicts = verdicts.filter(asset__provider=chosen.provider if chosen else None)
        context |= {
            "entrants": [
                (each, _address(each.provider.code), PILLS.get(EntryState(each.state), "line"))
                for each in entrants
            ],
            "entered_mw": sum(
                (each.eligible_mw for each in entrants if each.state == EntryState.ENTERED), Decimal(0)
            ),
            "entered_count": sum(each.state == EntryState.ENTERED for each in entrants),
            "chosen": chosen,
            "full_url": reverse("qualification:competition_assets", args=[competition.pk]),
        }
    else:
        own = entries_visible_to(member, now).filter(competition=competition).first()
        competition.entry_state = own.state if own else None  # type: ignore[attr-defined]
        [row] = entry_rows(member, [competition], now)
        context |= {
            "entry": row,
            "entry_pill": PILLS.get(row.state, "line"),  # type: ignore[call-overload]
            "entries_url": reverse("qualification:entries"),
        }
    shown = list(
        verdicts.order_by("-eligible", "-relevant_capacity_mw", "asset__ref", "pk")[: MOST_ASSETS + 1]
    )
    lines = lines_in(competition, shown[:MOST_ASSETS], now)
    context |= {
        "assets": [(line, STANDINGS.get(line.standing.value, "")) for line in lines],
        "more_assets": len(shown) > MOST_ASSETS,
        "most_assets": MOST_ASSETS,
        "why_url": reverse("qualification:why", args=[competition.pk]),
        "map_url": reverse("qualification:why_map", args=[competition.pk]),
    }
    return Part("qualification/_competition_part.html", context)


def _address(code: str) -> str:
    return f"?{urlencode({'provider': code})}"


def quantities(member: Any, competition: Competition, now: datetime) -> list[Quantity]:
    """Eligible and entered capacity by window: of all for the operator, the own for a provider."""
    if not is_for(member, competition, now):
        return []
    own = [member.organisation_id] if member.is_fsp else None
    sums = {key[1]: mw for key, mw in eligible_mw(competition_ids=[competition.pk], provider_ids=own).items()}
    providers = entered_providers(member, competition, now)
    whose = "Your " if member.is_fsp else ""
    least = {window.pk: window.minimum_aggregate_mw for window in kept_windows(competition)}
    return [
        Quantity(series, f"{whose}{name}".capitalize(), _by_window(least, list(found)))
        for series, name, found in (
            ("eligible", "eligible", sums.values()),
            ("entered", "entered", [mw for key, mw in sums.items() if key in providers]),
        )
    ]


def _by_window(least: Mapping[UUID, Decimal], capacities: Collection[Decimal]) -> dict[UUID, Decimal]:
    """What reaches each window's minimum aggregate size, summed."""
    sums = {
        mw_asked: sum((mw for mw in capacities if reaches(mw, mw_asked)), Decimal(0))
        for mw_asked in set(least.values())
    }
    return {window: sums[mw_asked] for window, mw_asked in least.items()}
