"""Rows that the pages show, made of what the queries and calculations give."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, QuerySet, Sum

from accounts.models import Member, Organisation
from competitions.enums import AssetStatus
from competitions.models import Competition, ServiceWindow
from marketplace.audit import queries
from marketplace.audit.models import AuditEntry
from marketplace.audit.sentences import pseudonyms_for
from marketplace.dates import day_text
from marketplace.numbers import exact_text, grouped_text, rounded_text
from marketplace.units import power_unit
from marketplace.web.lists import Chip
from marketplace.workbooks.cells import duration_text
from qualification import rules
from qualification.domain.assets.group_figures import Eligible, eligible_by_group
from qualification.domain.assets.portfolio import DEFICIT, EXCESS
from qualification.domain.facts.data import values_of
from qualification.domain.queries import eligible_in, entries_visible_to, reopened_to, windows_of
from qualification.domain.verdicts.standing import (
    EligibleTotal,
    NotApplicable,
    eligible_mw,
    eligible_totals,
    entry_words,
    lists_assets,
    providers_in,
    reaches,
    smallest_windows,
)
from qualification.enums import EntryState
from qualification.models import Asset
from qualification.workbooks.specs import ASSET_COLUMNS


def data_of(asset: Asset) -> list[tuple[str, str]]:
    """The asset's data as headings and text, without what is blank or shown elsewhere."""
    shown = []
    for column in ASSET_COLUMNS:
        value = values_of(asset)[column.key]
        if value is None or column.key in ("ref", "name"):
            continue
        if isinstance(value, Decimal):
            if not value and column.key.endswith(("_mw", "_mvar")):
                continue
            text = exact_text(value)
        elif column.key in ("operational_date",):
            text = day_text(value)
        elif hasattr(value, "total_seconds"):
            text = duration_text(value)
        else:
            text = str(column.kind.write(value))
        shown.append((column.header, text))
    return shown


STATUSES = dict(AssetStatus.choices)


@dataclass(frozen=True, slots=True)
class AssetLine:
    """An asset in the list of a provider's own: its MW for a deficit and an excess, and where it is
    eligible."""

    asset: Asset
    deficit_mw: Decimal
    excess_mw: Decimal
    eligible_in: int

    @property
    def status(self) -> str:
        """The status in words."""
        return STATUSES[self.asset.status]

    @property
    def place(self) -> str:
        """The postcode, or the place itself."""
        return (
            self.asset.postcode
            or f"{rounded_text(self.asset.latitude, 3)}, {rounded_text(self.asset.longitude, 3)}"
        )


def asset_lines(member: Member, assets: Sequence[Asset], now: datetime) -> list[AssetLine]:
    """The rows of a page of the provider's own assets."""
    eligible = eligible_in(member, [each.pk for each in assets], now)
    return [
        AssetLine(each, _sum_of(each, DEFICIT), _sum_of(each, EXCESS), eligible.get(each.pk, 0))
        for each in assets
    ]


def _sum_of(asset: Asset, names: tuple[str, str]) -> Decimal:
    first, second = names
    mw: Decimal = getattr(asset, first) + getattr(asset, second)
    return mw


def asset_totals(assets: "QuerySet[Asset]") -> dict[str, str]:
    """What the assets that a list shows add up to, by the list's columns."""
    sums = assets.order_by().aggregate(**{name: Sum(name) for name in (*DEFICIT, *EXCESS)})
    added = {
        column: sum((sums[name] or Decimal(0) for name in names), Decimal(0))
        for column, names in (("deficit", DEFICIT), ("excess", EXCESS))
    }
    return {column: grouped_text(mw) for column, mw in added.items()}


def status_chips(assets: "QuerySet[Asset]") -> list[Chip]:
    """The exclusive views of the list: all in use, and each status that any has."""
    found = dict(
        assets.order_by().values("status").annotate(number=Count("pk")).values_list("status", "number")
    )
    in_use = sum(number for status, number in found.items() if status != AssetStatus.ARCHIVED)
    return [
        Chip("", "In use", in_use),
        *(Chip(each.value, each.label, found[each.value]) for each in AssetStatus if each.value in found),
    ]


@dataclass(frozen=True)
class Step:
    """One entry of an asset's history: when, who, what, and the fields before and after."""

    at: datetime
    who: str
    action: str
    changes: list[tuple[str, str, str]]


def history_of(member: Member, asset: Asset) -> "QuerySet[AuditEntry]":
    """What the member's own log tells of the asset, newest first."""
    return queries.entries_visible_to(member).filter(
        subject_type="qualification.asset", subject_id=str(asset.pk)
    )


def steps_of(entries: "Iterable[AuditEntry]") -> list[Step]:
    """Entries of an asset's history for reading, in their order."""
    headers = {column.key: column.header for column in ASSET_COLUMNS}
    entries = list(entries)
    erased = pseudonyms_for(entries)
    return [
        Step(
            at=entry.at,
            who=erased.get(entry.actor_user_id or 0, entry.actor_email),
            action=entry.action,
            changes=[]
            if entry.action == "asset added"
            else [
                (headers.get(key, key), _or_blank(old), _or_blank(new))
                for key, (old, new) in entry.changes.items()
            ],
        )
        for entry in entries
    ]


def _or_blank(value: object) -> str:
    return "blank" if value in (None, "") else str(value)


@dataclass(frozen=True)
class EntryRow:
    """A competition with what the company could offer there, and its answer."""

    competition: Competition
    state: str
    label: str
    eligible_mw: Decimal
    can_enter: bool
    can_withdraw: bool
    is_reopened: bool = False
    eligible_count: int = 0
    why_not: str = ""
    groups: Sequence[Eligible] = ()

    @property
    def verbs(self) -> list[str]:
        """What the company can answer now."""
        return ["enter"] * self.can_enter + ["withdraw"] * self.can_withdraw


def entry_rows(member: Member, competitions: Sequence[Competition], now: datetime) -> list[EntryRow]:
    """The rows of the entries page; ``competitions`` carry the entry's state as ``entry_state``."""
    ids = [each.pk for each in competitions]
    totals = eligible_totals(competition_ids=ids, provider_ids=[member.organisation_id])
    smallest, groups = smallest_windows(ids), eligible_by_group(member, ids)
    reaching = {
        key
        for key, total in totals.items()
        if key[0] in smallest and reaches(total.mw, smallest[key[0]].minimum_aggregate_mw)
    }
    has_assets = bool(totals) or lists_assets(member.organisation)
    reopened = reopened_to(member, ids)
    rows = []
    for competition in competitions:
        key = (competition.pk, member.organisation_id)
        state = getattr(competition, "entry_state", None) or EntryState.UNDECIDED
        told, label = entry_words(state, key in reaching)
        is_reopened = competition.pk in reopened
        is_open = rules.can_change_entry(competition, now, is_reopened=is_reopened)
        own = totals.get(key, EligibleTotal())
        lacking = NotApplicable(own.assets, own.mw, smallest.get(competition.pk), has_assets)
        rows.append(
            EntryRow(
                competition=competition,
                state=told,
                label=label,
                eligible_mw=own.mw,
                can_enter=is_open and key in reaching and state != EntryState.ENTERED,
                can_withdraw=is_open and state != EntryState.WITHDRAWN,
                is_reopened=is_open and is_reopened,
                eligible_count=own.assets,
                why_not="" if key in reaching else lacking.sentence(power_unit(competition.power_type)),
                groups=groups.get(competition.pk, ()),
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class SizedWindow:
    """A service window by its name, its period's, and what decides who may take part."""

    period: str
    name: str
    capacity_required_mw: Decimal
    minimum_aggregate_mw: Decimal

    def __str__(self) -> str:
        return f"{self.period}/{self.name}"


@dataclass(frozen=True)
class Entrant:
    """A provider with assets in a competition, its answer, its capacity and the windows for which that is
    enough."""

    provider: Organisation
    state: str
    label: str
    eligible_mw: Decimal
    applies: tuple[SizedWindow, ...] = ()
    is_reopened: bool = False
    typed_reason: str = ""


@dataclass(frozen=True)
class Turnout:
    """What a competition's providers answered and have there, by provider, and the windows that it may reach."""

    states: Mapping[uuid.UUID, str]
    eligible_mw: Mapping[uuid.UUID, Decimal]
    windows: Sequence[SizedWindow]


def turnout_of(member: Member, competition: Competition, now: datetime) -> Turnout:
    """Read once for all that a page tells of it."""
    answers = entries_visible_to(member, now).filter(competition=competition).order_by()
    sums = eligible_mw(competition_ids=[competition.pk])
    windows = windows_of(competition).values_list(
        "period__name", "name", "capacity_required_mw", "minimum_aggregate_mw"
    )
    return Turnout(
        states=dict(answers.values_list("provider_id", "state")),
        eligible_mw={provider: mw for (_, provider), mw in sums.items()},
        windows=[SizedWindow(*each) for each in windows],
    )


def entrants_of(competition: Competition, turnout: Turnout) -> list[Entrant]:
    """Every provider with an asset in the competition or an answer to it, those with most capacity first."""
    reopened = set(competition.reopenings.values_list("provider_id", flat=True))
    rows = []
    for provider in providers_in(competition):
        own = turnout.eligible_mw.get(provider.pk, Decimal(0))
        applies = tuple(each for each in turnout.windows if reaches(own, each.minimum_aggregate_mw))
        answer = turnout.states.get(provider.pk, EntryState.UNDECIDED)
        state, label = entry_words(answer, bool(applies))
        rows.append(Entrant(provider, state, label, own, applies, provider.pk in reopened))
    return sorted(rows, key=lambda row: (-row.eligible_mw, row.provider.name))


@dataclass(frozen=True)
class WindowRow:
    """A service window, and whether it applies to the provider or how much it lacks."""

    window: ServiceWindow
    applies: bool
    lacking_mw: Decimal


def window_rows(member: Member, competition: Competition) -> list[WindowRow]:
    """The competition's windows with whether each applies to the provider's eligible assets; none for an
    operator."""
    if not member.is_fsp:
        return []
    sums = eligible_mw(competition_ids=[competition.pk], provider_ids=[member.organisation_id])
    own = sums.get((competition.pk, member.organisation_id), Decimal(0))
    return [
        WindowRow(
            each, applies=reaches(own, each.minimum_aggregate_mw), lacking_mw=each.minimum_aggregate_mw - own
        )
        for each in windows_of(competition)
    ]


@dataclass(frozen=True, slots=True)
class EnteredRow:
    """A service window and how much those who entered can offer in it."""

    window: SizedWindow
    entrants: int
    entered_mw: Decimal


def entered_rows(turnout: Turnout) -> list[EnteredRow]:
    """The competition's windows with the eligible capacity of providers that entered and reach its minimum
    size."""
    offered = [
        mw
        for provider, mw in turnout.eligible_mw.items()
        if turnout.states.get(provider) == EntryState.ENTERED
    ]
    rows = []
    for window in turnout.windows:
        reaching = [mw for mw in offered if reaches(mw, window.minimum_aggregate_mw)]
        rows.append(EnteredRow(window, entrants=len(reaching), entered_mw=sum(reaching, Decimal(0))))
    return rows
