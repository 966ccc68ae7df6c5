"""From all assets to the eligible ones: how many each criterion takes out, each asset at the first that it
fails.

The steps are counted by the database; why assets fail one of them is worked out from their facts, group by
group.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import add

import numpy as np
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from accounts.models import Member
from competitions.models import Competition
from qualification.domain import criteria
from qualification.domain.criteria.capacity import Capacity, relevant_capacity
from qualification.domain.criteria.location import Location
from qualification.domain.criterion import AssetRequirements
from qualification.domain.facts import reading
from qualification.domain.facts.asset_facts import Facts, Whole, megawatts
from qualification.domain.facts.places import Indices, kilometres_to
from qualification.domain.queries import assets_visible_to
from qualification.domain.verdicts.explanations import OUTSIDE_AT_CLOSE
from qualification.domain.verdicts.requirements import requirements_of
from qualification.enums import OverrideDecision
from qualification.models import Asset, Freeze, Verdict

ZERO = Decimal(0)
DISQUALIFIED = "disqualified"
MOST_GROUPED, MOST_GROUPS = 20_000, 8
DISTANCES = (
    (0.1, "Less than 100 m away"),
    (1, "100 m to 1 km away"),
    (5, "1 to 5 km away"),
    (20, "5 to 20 km away"),
)
NEAR = 1.0
"""Kilometres within which an override is worth asking for."""


@dataclass(frozen=True)
class Step:
    """Assets taken out by one criterion (or by the operator), and what stays after it; MW are relevant
    capacity."""

    code: str
    label: str
    asked: str
    out: int
    out_mw: Decimal
    stay: int
    stay_mw: Decimal


@dataclass(frozen=True)
class Funnel:
    """How many assets are listed, what each step takes out, and the eligible ones that are left."""

    listed: int
    listed_mw: Decimal
    steps: tuple[Step, ...]
    eligible: int
    eligible_mw: Decimal
    passed_by_all: tuple[str, ...]
    is_frozen: bool

    @property
    def outside(self) -> int:
        return next((step.out for step in self.steps if step.code == Location.code), 0)

    @property
    def inside_and_failing(self) -> int:
        return self.listed - self.eligible - self.outside


@dataclass(frozen=True)
class ReasonGroup:
    """Assets that fail a criterion for the same reason; ``remedy`` is blank where nothing can be done any
    more."""

    key: str
    reason: str
    remedy: str
    count: int
    mw: Decimal
    asset_ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True)
class Quick:
    """Assets that fail one criterion only: what would make that many more eligible."""

    code: str
    count: int
    mw: Decimal


def funnel_of(member: Member, competition: Competition, now: datetime) -> Funnel:
    """The funnel of a provider's own assets, or for an operator of those within its boundary or with an
    override."""
    requirements = requirements_of(Competition.objects.filter(pk=competition.pk), now)[competition.pk]
    verdicts = _verdicts(member, competition)
    rows = verdicts.order_by().values("eligible", "override", first=F("failed__0"))
    counted: dict[str, tuple[int, Decimal]] = {}
    for row in rows.annotate(number=Count("pk"), mw=Sum("relevant_capacity_mw")):
        code = "" if row["eligible"] else _out_at(row["override"], row["first"])
        number, mw = counted.get(code, (0, ZERO))
        counted[code] = number + row["number"], mw + row["mw"]
    stored, stored_mw = sum(n for n, _ in counted.values()), sum((mw for _, mw in counted.values()), ZERO)
    listed, listed_mw = stored, stored_mw
    if member.is_fsp:
        listed, listed_mw = _listed(member, requirements, now)
        number, mw = counted.get(Location.code, (0, ZERO))
        listed = max(listed, stored)
        counted[Location.code] = number + listed - stored, max(mw + listed_mw - stored_mw, ZERO)
    asked = criteria.asked(requirements)
    return Funnel(
        listed=listed,
        listed_mw=listed_mw,
        steps=tuple(_steps(counted, asked, requirements, listed, listed_mw)),
        eligible=counted.get("", (0, ZERO))[0],
        eligible_mw=counted.get("", (0, ZERO))[1],
        passed_by_all=tuple(criteria.BY_CODE[code].label for code in asked if not counted.get(code, (0,))[0]),
        is_frozen=Freeze.objects.filter(competition=competition).exists(),
    )


def reason_groups(
    member: Member, competition: Competition, code: str, now: datetime
) -> tuple[ReasonGroup, ...]:
    """Why assets fail this criterion, of those for which it is the first: the largest groups first.

    After qualification has closed there is one group, without a remedy.
    """
    ids = _ids_out_at(member, competition, code, now)
    if not ids:
        return ()
    if code == DISQUALIFIED:
        return (ReasonGroup("0", "The operator decided so", "", len(ids), ZERO, tuple(ids)),)
    requirements = requirements_of(Competition.objects.filter(pk=competition.pk), now)[competition.pk]
    facts = reading.facts_of(ids, archived_too=True)
    capacity = relevant_capacity(requirements, facts)
    if Freeze.objects.filter(competition=competition).exists():
        label = criteria.BY_CODE[code].label
        told = OUTSIDE_AT_CLOSE if code == Location.code else f"{label}: failed when qualification closed"
        return (_group("0", told, "", facts, capacity, np.arange(len(facts))),)
    if code == Location.code:
        return _by_distance(competition, facts, capacity)
    return _by_reason(code, requirements, facts, capacity)


def quickest(member: Member, competition: Competition, now: datetime) -> tuple[Quick, ...]:
    """Criteria by how much capacity fails nothing else, the most first; only what is inside the boundary."""
    one = _verdicts(member, competition).filter(override="", failed__len=1).exclude(failed=[Location.code])
    rows = (
        one.order_by()
        .values(first=F("failed__0"))
        .annotate(number=Count("pk"), mw=Sum("relevant_capacity_mw"))
    )
    found = [Quick(row["first"], row["number"], row["mw"]) for row in rows]
    return tuple(sorted(found, key=lambda each: (-each.mw, -each.count, each.code)))


def kilometres_away(competition: Competition, assets: Sequence[Asset]) -> dict[uuid.UUID, float]:
    """How far these assets lie from the boundary with its buffer; none where it is drawn by postcodes
    alone."""
    shape = reading.shapes_of([competition.pk])[competition.pk].buffered
    x = np.array([float(each.longitude) for each in assets])
    y = np.array([float(each.latitude) for each in assets])
    away = kilometres_to(shape, x, y)
    return {each.pk: float(km) for each, km in zip(assets, away, strict=True) if km > 0}


def _verdicts(member: Member, competition: Competition) -> "QuerySet[Verdict]":
    verdicts = Verdict.objects.filter(competition=competition).exclude(asset__status="archived")
    return verdicts.filter(asset__provider=member.organisation_id) if member.is_fsp else verdicts


def _out_at(override: str, first: str | None) -> str:
    return DISQUALIFIED if override == OverrideDecision.DISQUALIFY else first or DISQUALIFIED


def _listed(member: Member, requirements: AssetRequirements, now: datetime) -> tuple[int, Decimal]:
    types = requirements[Capacity.code]
    relevant = reduce(add, (F(name) for name in types))
    own = assets_visible_to(member, now).exclude(status="archived").select_related(None)
    told = own.order_by().aggregate(number=Count("pk"), mw=Sum(relevant))
    return told["number"], told["mw"] or ZERO


def _steps(
    counted: dict[str, tuple[int, Decimal]],
    asked: Sequence[str],
    requirements: AssetRequirements,
    stay: int,
    stay_mw: Decimal,
) -> "list[Step]":
    steps = []
    labels = {code: criteria.BY_CODE[code].label for code in asked} | {
        DISQUALIFIED: "Disqualified by the operator"
    }
    for code, label in labels.items():
        out, out_mw = counted.get(code, (0, ZERO))
        if not out:
            continue
        stay, stay_mw = stay - out, stay_mw - out_mw
        remedy = criteria.BY_CODE[code].remedy(requirements[code]) if code in requirements else ""
        steps.append(Step(code, label, remedy, out, out_mw, stay, stay_mw))
    return steps


def _ids_out_at(member: Member, competition: Competition, code: str, now: datetime) -> list[uuid.UUID]:
    verdicts = _verdicts(member, competition).filter(eligible=False)
    stands = Q(override=OverrideDecision.DISQUALIFY)
    chosen = (
        verdicts.filter(stands) if code == DISQUALIFIED else verdicts.exclude(stands).filter(failed__0=code)
    )
    found = list(chosen.order_by("asset").values_list("asset", flat=True)[:MOST_GROUPED])
    if code == Location.code and member.is_fsp:
        judged = Verdict.objects.filter(competition=competition, asset=OuterRef("pk"))
        own = assets_visible_to(member, now).exclude(status="archived").select_related(None)
        far = own.filter(~Exists(judged)).order_by("pk").values_list("pk", flat=True)
        found += list(far[: MOST_GROUPED - len(found)])
    return found


def _group(key: str, reason: str, remedy: str, facts: Facts, capacity: Whole, rows: Indices) -> ReasonGroup:
    return ReasonGroup(
        key,
        reason,
        remedy,
        len(rows),
        megawatts(int(capacity[rows].sum())),
        tuple(reading.asset_id(record) for record in facts[rows]),
    )


def _by_reason(
    code: str, requirements: AssetRequirements, facts: Facts, capacity: Whole
) -> tuple[ReasonGroup, ...]:
    criterion = criteria.BY_CODE[code]
    names = [fact.name for fact in criterion.facts]
    packed = np.array([b"".join(record[name].tobytes() for name in names) for record in facts])
    _, firsts, of = np.unique(packed, return_index=True, return_inverse=True)
    by_words: dict[str, list[int]] = {}
    for place, first in enumerate(firsts):
        words = criterion.reason(requirements[code], facts[first])
        by_words.setdefault(words, []).append(place)
    remedy = criterion.remedy(requirements[code])
    found = [(words, np.flatnonzero(np.isin(of, places))) for words, places in by_words.items()]
    found.sort(key=lambda each: -len(each[1]))
    groups = [
        _group(str(number), words, remedy, facts, capacity, rows)
        for number, (words, rows) in enumerate(found[:MOST_GROUPS])
    ]
    rest = [rows for _, rows in found[MOST_GROUPS:]]
    if rest:
        groups.append(
            _group("rest", f"{len(rest)} other values", remedy, facts, capacity, np.concatenate(rest))
        )
    return tuple(groups)


def _by_distance(competition: Competition, facts: Facts, capacity: Whole) -> tuple[ReasonGroup, ...]:
    shape = reading.shapes_of([competition.pk])[competition.pk].buffered
    away = kilometres_to(shape, facts["longitude"], facts["latitude"])
    if np.isnan(away).all():
        return (
            _group(
                "0",
                "Another postcode",
                "Its postcode, if it is wrong",
                facts,
                capacity,
                np.arange(len(facts)),
            ),
        )
    approximate = set(
        Asset.objects.filter(
            pk__in=[reading.asset_id(each) for each in facts[away < NEAR]], is_place_approximate=True
        ).values_list("pk", flat=True)
    )
    by_postcode = np.array([reading.asset_id(each) in approximate for each in facts], dtype=bool)
    groups, least = [], -1.0
    for number, (most, words) in enumerate((*DISTANCES, (np.inf, "More than 20 km away"))):
        within = (away > least) & (away <= most)
        least = most
        for is_rough in (True, False):
            rows = np.flatnonzero(within & (by_postcode == is_rough))
            if not len(rows):
                continue
            remedy = (
                "Its exact coordinates"
                if is_rough
                else "Its exact place if it is wrong, or an override by the operator"
                if most <= NEAR
                else "Nothing: it lies elsewhere"
            )
            told = f"{words}, placed by postcode" if is_rough else words
            groups.append(_group(f"{number}{'p' if is_rough else ''}", told, remedy, facts, capacity, rows))
    return tuple(groups)
