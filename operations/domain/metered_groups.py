"""Asset groups metered as one: their members share one series and one baseline, under the group's ref, from a day on."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from competitions.enums import AssetStatus
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.audit.chain import lock_chains, record
from marketplace.errors import NotAllowed, Refused
from marketplace.numbers import count_text
from operations import rules
from operations.domain.units import STANDING
from operations.models import DeliveryUnit
from qualification.models import Asset, AssetGroup
from qualification.signals import GroupMove

MOST_NAMED = 5


@transaction.atomic
def meter_as_one(*, by: Member, group_id: UUID, from_day: date, now: datetime) -> DeliveryUnit:
    """Let the members of a group share one series and one baseline from a day on, today or later.

    All of them must be in the same contracts or in none. Said twice, it is recorded once. Raises ``Refused``, naming the
    members that stand in the way, and ``NotAllowed``.
    """
    rules.check_may_tell_readings(by)
    lock_chains([by.organisation_id, *_buyers_of(members_of(group_id))])
    group = AssetGroup.objects.select_for_update().filter(pk=group_id, provider=by.organisation_id).first()
    if group is None:
        raise NotAllowed("Your organisation has no such group.")
    known = DeliveryUnit.objects.filter(group=group).first()
    if known is not None:
        return known
    instant = clock.now()
    if from_day < instant.astimezone(by.organisation.zone).date():
        raise Refused("A group is metered as one from today on, or from a later day.")
    members = list(members_of(group.pk))
    if not members:
        raise Refused(f"The group {group.ref} has no assets yet.")
    _check_same_contracts(group, members, instant)
    unit = DeliveryUnit.objects.create(provider=by.organisation, group=group, from_day=from_day)
    for party in (by.organisation_id, *sorted(_buyers_of(members))):
        record(
            organisation_id=party,
            by=by,
            action="group metered as one",
            subject=group,
            changes={"from": (None, from_day.isoformat()), "assets": (None, len(members))},
            now=instant,
        )
    return unit


def _buyers_of(members: Iterable[Asset]) -> set[UUID]:
    """The operators with a contract, awarded or signed, that counts on these assets."""
    rows = ContractedAsset.objects.filter(
        asset_id__in=[each.pk for each in members], contract__status__in=STANDING
    ).order_by()
    return set(rows.values_list("contract__buyer", flat=True))


def members_of(group_id: UUID) -> Iterable[Asset]:
    """The assets of a group that are not archived, by ref."""
    return Asset.objects.filter(group=group_id).exclude(status=AssetStatus.ARCHIVED).order_by("ref", "pk")


def check_moves(provider_id: UUID, moves: Sequence[GroupMove]) -> None:
    """Raise ``Refused`` where an asset would join or leave a group metered as one while a contract of the group runs.

    An asset that a substitution brought into the same contracts may join, one that it took out of them may leave.
    """
    touched = {key for each in moves for key in (each.before, each.after) if key is not None}
    if not touched:
        return
    found = DeliveryUnit.objects.filter(provider=provider_id, group__in=touched).select_related("group")
    units = {each.group_id: each for each in found}
    if not units:
        return
    members = dict(Asset.objects.filter(group__in=units).values_list("pk", "group_id"))
    own = Asset.objects.filter(provider=provider_id, ref__in=[each.ref for each in moves])
    moving = dict(own.values_list("ref", "pk"))
    held = _contracts_today({*members, *moving.values()}, clock.now())
    for group_id, unit in units.items():
        of_group = set().union(*(held[pk] for pk, group in members.items() if group == group_id))
        refs = []
        for each in moves:
            of_asset = held[moving[each.ref]] if each.ref in moving else set()
            if (each.before == group_id and of_asset) or (each.after == group_id and of_asset != of_group):
                refs.append(each.ref)
        if refs:
            runs = of_group or set().union(*(held[moving[ref]] for ref in refs if ref in moving))
            ref = Contract.objects.filter(pk__in=runs).order_by("competition__ref")[0].competition.ref
            raise Refused(
                f"The group {unit.ref} is metered as one and a contract in {ref} runs, so {_named(refs)} can't join"
                " or leave it. Ask for a substitution under the contract first."
            )


def _check_same_contracts(group: AssetGroup, members: Sequence[Asset], instant: datetime) -> None:
    held = _contracts_today([each.pk for each in members], instant)
    every = set().union(*held.values())
    apart = [each.ref for each in members if held[each.pk] != every]
    if apart:
        raise Refused(
            f"All assets of {group.ref} must be in the same contracts, or in none, to be metered as one;"
            f" {_named(apart)} {'is' if len(apart) == 1 else 'are'} not in all contracts of the others."
        )


def _contracts_today(asset_ids: Iterable[UUID], instant: datetime) -> dict[UUID, set[UUID]]:
    """The contracts, awarded or signed, that count on each of the assets that day, by the clock of their buyers."""
    rows = ContractedAsset.objects.filter(asset_id__in=list(asset_ids), contract__status__in=STANDING)
    held: dict[UUID, set[UUID]] = defaultdict(set)
    for row in rows.select_related("contract__buyer"):
        if row.delivers_on(instant.astimezone(row.contract.buyer.zone).date()):
            held[row.asset_id].add(row.contract_id)
    return held


def _named(refs: Sequence[str]) -> str:
    shown = sorted(refs)
    if len(shown) > MOST_NAMED:
        return f"{', '.join(shown[:MOST_NAMED])} and {count_text(len(shown) - MOST_NAMED)} more"
    return ", ".join(shown)
