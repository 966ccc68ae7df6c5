"""What an operator should know before it sends a dispatch, though nothing forbids it; each in a sentence to read first.

Of another operator's or provider's contract nothing is told but that an asset is called by one at that time.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
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


Call = tuple[Contract, datetime, datetime]
"""A contract that is called, from when until when."""
Warner = Callable[[Asked], Iterator[str]]
_warners: list[Warner] = []


def register_warner(warner: Warner) -> Warner:
    """Have ``warner`` say what else to know of a dispatch before it is sent; called once at start."""
    if warner not in _warners:
        _warners.append(warner)
    return warner


@dataclass(frozen=True)
class Warned:
    """A warning; ``hinders``: an asset can't deliver then, or what it delivers counts for another contract."""

    sentence: str
    hinders: bool


def warnings_of(contract: Contract, mw: Decimal, start: datetime, end: datetime, now: datetime) -> list[str]:
    """Every warning of a dispatch of these MW from start to end, as things stand at ``now``."""
    return [each.sentence for each in warned_of(contract, mw, start, end, now)]


def warned_of(contract: Contract, mw: Decimal, start: datetime, end: datetime, now: datetime) -> list[Warned]:
    """The same, each with whether it hinders the delivery."""
    day = start.astimezone(contract.buyer.zone).date()
    rows = ContractedAsset.objects.filter(contract=contract.pk)
    assets = {each.asset_id: each.asset_ref for each in rows if each.delivers_on(day)}
    asked = Asked(contract, mw, start, end, assets, now)
    hindering = (_clashes, _recovery, _idle)
    warners = (_below_minimum, *hindering, *_warners)
    return [Warned(sentence, warner in hindering) for warner in warners for sentence in warner(asked)]


def clashing_dispatches(contract: Contract, start: datetime, end: datetime) -> dict[Dispatch, list[str]]:
    """The dispatches of other contracts at that time that call an asset of this one, each with the refs of those."""
    return clashes_of_each([(contract, start, end)])[0]


def clashes_of_each(called: Sequence[Call], *, not_of: UUID | None = None) -> list[dict[Dispatch, list[str]]]:
    """The same of many calls, in their order and in as many queries for many as for one.

    Dispatches of the operator ``not_of`` are left out.
    """
    others = _others_at_that_time(called, not_of)
    if not others:
        return [{} for _ in called]
    own = _assets_by_contract({contract.pk for contract, _, _ in called})
    shared = _assets_by_contract({each.contract_id for each in others})
    found = []
    for contract, start, end in called:
        day = _local_day(start, contract)
        assets = {row.asset_id for row in own[contract.pk] if row.delivers_on(day)}
        beside = [
            each
            for each in others
            if each.contract_id != contract.pk and each.start < end and each.end > start
        ]
        found.append(_calling(assets, start, beside, shared))
    return found


def _others_at_that_time(called: Sequence[Call], not_of: UUID | None) -> list[Dispatch]:
    """Dispatches at the time of the calls that call an asset of one of their contracts, in order of start."""
    contracts = {contract.pk for contract, _, _ in called}
    first, last = min(start for _, start, _ in called), max(end for _, _, end in called)
    assets = ContractedAsset.objects.order_by().filter(contract__in=contracts).values("asset_id")
    sharing = ContractedAsset.objects.order_by().filter(asset_id__in=assets).values("contract")
    found = Dispatch.objects.filter(holds_its_time=True, start__lt=last, end__gt=first, contract__in=sharing)
    if not_of is not None:
        found = found.exclude(operator=not_of)
    loaded = found.select_related("contract__buyer", "contract__seller", "contract__competition")
    return list(loaded.order_by("start", "id"))


def _assets_by_contract(contracts: Collection[UUID]) -> Mapping[UUID, list[ContractedAsset]]:
    found: dict[UUID, list[ContractedAsset]] = defaultdict(list)
    for row in ContractedAsset.objects.filter(contract__in=contracts).defer("data"):
        found[row.contract_id].append(row)
    return found


def _calling(
    assets: Collection[UUID],
    start: datetime,
    others: Iterable[Dispatch],
    rows: Mapping[UUID, Sequence[ContractedAsset]],
) -> dict[Dispatch, list[str]]:
    """Those of the dispatches that call one of these assets, with the refs of those."""
    found = {}
    for each in others:
        day = _local_day(start, each.contract)
        refs = {
            row.asset_ref for row in rows[each.contract_id] if row.asset_id in assets and row.delivers_on(day)
        }
        if refs:
            found[each] = sorted(refs)
    return found


def _local_day(instant: datetime, contract: Contract) -> date:
    return instant.astimezone(contract.buyer.zone).date()


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
