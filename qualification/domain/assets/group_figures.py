"""What asset groups add up to: assets and MW by capacity, and by competition what is eligible."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, QuerySet, Sum

from accounts.models import Member
from competitions.enums import AssetStatus
from competitions.models import Competition
from marketplace.units import capacity_unit
from qualification.domain.queries import entries_visible_to, groups_of, live_competitions_for
from qualification.domain.verdicts.standing import applicable, eligible_mw, entry_words
from qualification.enums import CapacityType, EntryState
from qualification.models import AssetGroup, Verdict

IN_USE = ~Q(assets__status=AssetStatus.ARCHIVED)


@dataclass(frozen=True)
class Eligible:
    """Assets of a group that are eligible in a competition, and their relevant capacity (MW or MVAr)."""

    group: AssetGroup
    assets: int
    mw: Decimal


@dataclass(frozen=True)
class GroupInCompetition:
    """How a group stands in a live competition, and what the company answered there."""

    competition: Competition
    assets: int
    mw: Decimal
    entry: str
    entry_label: str


def groups_with_figures(member: Member) -> QuerySet[AssetGroup]:
    """The company's groups, each with ``asset_count``, ``archived_count`` and the sums of the six
    capacities."""
    sums = {f"sum_{name}": Sum(f"assets__{name}", filter=IN_USE) for name in CapacityType.values}
    counts = {
        "asset_count": Count("assets", filter=IN_USE),
        "archived_count": Count("assets", filter=~IN_USE),
    }
    return groups_of(member).annotate(**counts, **sums)


def capacities_of(group: AssetGroup) -> list[tuple[str, Decimal, str]]:
    """Of a group with figures: label, sum and unit of each capacity that is above zero."""
    found = []
    for capacity in CapacityType:
        amount: Decimal | None = getattr(group, f"sum_{capacity.value}")
        if amount:
            found.append((capacity.label, amount, capacity_unit(capacity)))
    return found


def eligible_by_group(
    member: Member, competition_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, list[Eligible]]:
    """By competition, the company's groups with eligible assets there, in the order of their refs."""
    groups = {group.pk: group for group in groups_of(member)}
    if not groups:
        return {}
    verdicts = Verdict.objects.filter(
        competition__in=list(competition_ids),
        asset__provider=member.organisation_id,
        asset__group__isnull=False,
        eligible=True,
    ).order_by()
    rows = verdicts.values_list("competition_id", "asset__group").annotate(
        Count("pk"), Sum("relevant_capacity_mw")
    )
    found: dict[uuid.UUID, list[Eligible]] = {}
    for competition_id, group_id, count, mw in rows:
        found.setdefault(competition_id, []).append(Eligible(groups[group_id], count, mw))
    for each in found.values():
        each.sort(key=lambda one: one.group.ref)
    return found


def competitions_of_group(member: Member, group: AssetGroup, now: datetime) -> list[GroupInCompetition]:
    """The live competitions in which assets of the group are eligible, the next qualification close first."""
    verdicts = Verdict.objects.filter(
        asset__group=group, asset__provider=member.organisation_id, eligible=True
    )
    rows = (
        verdicts.order_by().values_list("competition_id").annotate(Count("pk"), Sum("relevant_capacity_mw"))
    )
    sums = {competition_id: (count, mw) for competition_id, count, mw in rows}
    live: Sequence[Competition] = list(
        live_competitions_for(member, now).filter(pk__in=list(sums)).order_by("qualification_close", "ref")
    )
    answers = entries_visible_to(member, now).filter(competition__in=live)
    states = dict(answers.values_list("competition_id", "state"))
    company = member.organisation_id
    reaching = applicable(eligible_mw(competition_ids=[each.pk for each in live], provider_ids=[company]))
    found = []
    for competition in live:
        count, mw = sums[competition.pk]
        state = states.get(competition.pk, EntryState.UNDECIDED)
        found.append(
            GroupInCompetition(
                competition, count, mw, *entry_words(state, (competition.pk, company) in reaching)
            )
        )
    return found
