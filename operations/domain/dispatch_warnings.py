"""What an operator should know before it sends a dispatch, though nothing forbids it; each in a sentence to read first.

Of another operator's or provider's contract nothing is told but that an asset is called by one at that time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from competitions.enums import AssetStatus
from contracts.models import Contract, ContractedAsset
from marketplace.dates import moment_text
from marketplace.numbers import clock_length, counted, power_text
from marketplace.units import power_unit
from operations.models import Dispatch
from qualification.models import Asset

NAMED = 5
IDLE = frozenset({AssetStatus.MOTHBALLED, AssetStatus.ARCHIVED})


@dataclass(frozen=True)
class Asked:
    """What is about to be sent, and the assets that would deliver it."""

    contract: Contract
    mw: Decimal
    start: datetime
    end: datetime
    assets: dict[UUID, str]
    now: datetime


Warner = Callable[[Asked], Iterator[str]]
_warners: list[Warner] = []


def register_warner(warner: Warner) -> Warner:
    """Have ``warner`` say what else to know of a dispatch before it is sent; called once at start."""
    if warner not in _warners:
        _warners.append(warner)
    return warner


def warnings_of(contract: Contract, mw: Decimal, start: datetime, end: datetime, now: datetime) -> list[str]:
    """Every warning of a dispatch of these MW from start to end, as things stand at ``now``."""
    day = start.astimezone(contract.buyer.zone).date()
    rows = ContractedAsset.objects.filter(contract=contract.pk)
    assets = {each.asset_id: each.asset_ref for each in rows if each.delivers_on(day)}
    asked = Asked(contract, mw, start, end, assets, now)
    own = (_below_minimum, _clashes, _recovery, _idle)
    return [sentence for warner in (*own, *_warners) for sentence in warner(asked)]


def clashing_dispatches(contract: Contract, start: datetime, end: datetime) -> dict[Dispatch, list[str]]:
    """The dispatches of other contracts at that time that call an asset of this one, each with the refs of those."""
    day = start.astimezone(contract.buyer.zone).date()
    rows = ContractedAsset.objects.filter(contract=contract.pk)
    own = [each.asset_id for each in rows if each.delivers_on(day)]
    shared = ContractedAsset.objects.filter(
        asset_id__in=own,
        contract__dispatches__holds_its_time=True,
        contract__dispatches__start__lt=end,
        contract__dispatches__end__gt=start,
    ).exclude(contract=contract.pk)
    refs: dict[UUID, set[str]] = {}
    for each in shared.select_related("contract__buyer"):
        if each.delivers_on(start.astimezone(each.contract.buyer.zone).date()):
            refs.setdefault(each.contract_id, set()).add(each.asset_ref)
    others = Dispatch.objects.filter(
        contract__in=list(refs), holds_its_time=True, start__lt=end, end__gt=start
    ).select_related("contract__buyer", "contract__seller", "contract__competition")
    return {each: sorted(refs[each.contract_id]) for each in others.order_by("start", "id")}


def _below_minimum(asked: Asked) -> Iterator[str]:
    least = asked.contract.bid.window.minimum_aggregate_mw
    if asked.mw < least:
        unit = power_unit(asked.contract.competition.power_type)
        yield f"The window's minimum aggregate size is {power_text(least, unit)}; this asks for less."


def _clashes(asked: Asked) -> Iterator[str]:
    found = clashing_dispatches(asked.contract, asked.start, asked.end)
    refs = sorted({ref for own in found.values() for ref in own})
    if refs:
        yield f"{named(refs)} {_is(refs)} also called by another contract at that time; what is delivered counts once."


def _recovery(asked: Asked) -> Iterator[str]:
    told = Asset.objects.filter(pk__in=list(asked.assets), recovery_time__isnull=False)
    rests = {pk: rest for pk, rest in told.values_list("pk", "recovery_time") if rest is not None}
    if not rests:
        return
    longest = max(rests.values())
    rows: dict[UUID, list[ContractedAsset]] = {}
    for row in ContractedAsset.objects.filter(asset_id__in=list(rests)):
        rows.setdefault(row.contract_id, []).append(row)
    earlier = Dispatch.objects.filter(
        contract__in=list(rows), holds_its_time=True, end__gt=asked.start - longest, end__lte=asked.start
    )
    ends: dict[UUID, datetime] = {}
    for each in earlier.select_related("contract__buyer").order_by("end"):
        day = each.start.astimezone(each.contract.buyer.zone).date()
        ends |= {row.asset_id: each.end for row in rows[each.contract_id] if row.delivers_on(day)}
    for asset_id in sorted(ends, key=lambda each: asked.assets[each]):
        ready = ends[asset_id] + rests[asset_id]
        if ready > asked.start:
            zone = asked.contract.buyer.zone
            yield (
                f"{asked.assets[asset_id]} needs {clock_length(rests[asset_id])} hours to recover from its last"
                f" dispatch: until {moment_text(ready, zone)}."
            )


def _idle(asked: Asked) -> Iterator[str]:
    for status in sorted(IDLE):
        refs = sorted(
            asked.assets[pk]
            for pk in Asset.objects.filter(pk__in=list(asked.assets), status=status).values_list(
                "pk", flat=True
            )
        )
        if refs:
            yield f"{named(refs)} {_is(refs)} {AssetStatus(status).label.lower()}."


def named(refs: list[str]) -> str:
    more = len(refs) - NAMED
    return ", ".join(refs[:NAMED]) + (f" and {counted(more, 'more', 'more')}" if more > 0 else "")


def _is(refs: list[str]) -> str:
    return "is" if len(refs) == 1 else "are"
