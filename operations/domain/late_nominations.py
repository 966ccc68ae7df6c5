"""Nominations that came after their deadline: an operator may let them count, with a reason."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from competitions.domain.settlement_terms import BaselineMethod
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.audit.chain import lock_chains, record
from marketplace.calendar import local_instant
from marketplace.errors import NotAllowed, Refused
from operations import rules
from operations.domain.measuring import terms_for
from operations.domain.nominating import contracts_of_unit
from operations.domain.units import still_metered
from operations.models import DatedNomination, DeliveryUnit, LateNomination
from qualification.models import Asset

LOOKED_BACK = timedelta(days=62)
LONGEST_REASON = 1000


@dataclass(frozen=True)
class LateDay:
    """The nominations of a unit for a local day that came too late for a contract and that nobody let count."""

    unit: DeliveryUnit
    contract: Contract
    day: date
    due: datetime
    nominations: Sequence[DatedNomination]

    @property
    def submitted_at(self) -> datetime:
        return max(each.submitted_at for each in self.nominations)

    @property
    def ids(self) -> str:
        """The nominations, as the page sends them back."""
        return ",".join(str(each.pk) for each in self.nominations)


def late_days_of(member: Member, now: datetime) -> list[LateDay]:
    """What came too late for the operator's contracts within the last two months, or for days to come.

    Of a period only the last value that was sent; one that counts already is left out.
    """
    if not member.is_so:
        return []
    contracts = {each.pk: each for each in _nominated_contracts(member, now)}
    by_unit = _contracts_by_unit(contracts)
    accepted = LateNomination.objects.filter(operator=member.organisation_id).values("nomination")
    told = DatedNomination.objects.filter(unit__in=by_unit, period_start__gte=now - LOOKED_BACK)
    last = told.order_by("unit", "period_start", "-id").distinct("unit", "period_start")
    found: dict[tuple[UUID, date], list[DatedNomination]] = defaultdict(list)
    zone = member.organisation.zone
    waiting = DatedNomination.objects.filter(pk__in=last.values("pk")).exclude(pk__in=accepted)
    for each in waiting.select_related("unit__asset", "unit__group", "unit__provider").order_by(
        "period_start", "unit", "id"
    ):
        found[each.unit_id, each.period_start.astimezone(zone).date()].append(each)
    return [late for (unit, day), own in found.items() for late in _late(by_unit[unit], day, own)]


def _late(contracts: Iterable[Contract], day: date, own: Sequence[DatedNomination]) -> Iterator[LateDay]:
    """For the first of the contracts for which some of these came too late."""
    for contract in contracts:
        nomination = terms_for(contract).nomination
        before = day - timedelta(days=nomination.days_before)
        due = local_instant(before, nomination.time, contract.buyer.zone)
        late = [each for each in own if each.submitted_at >= due]
        if late:
            yield LateDay(late[0].unit, contract, day, due, late)
            return


def _nominated_contracts(member: Member, now: datetime) -> list[Contract]:
    own = Contract.objects.filter(
        still_metered(now),
        buyer=member.organisation_id,
        terms__baseline__method=BaselineMethod.NOMINATED.value,
    )
    return list(own.select_related("competition", "buyer").order_by("competition__ref", "pk"))


def _contracts_by_unit(contracts: dict[UUID, Contract]) -> dict[UUID, list[Contract]]:
    by_asset: dict[UUID, list[Contract]] = defaultdict(list)
    rows = ContractedAsset.objects.filter(contract__in=contracts).order_by("contract_id", "id")
    for asset_id, contract_id in rows.values_list("asset_id", "contract_id"):
        by_asset[asset_id].append(contracts[contract_id])
    groups = dict(Asset.objects.filter(pk__in=by_asset, group__isnull=False).values_list("pk", "group_id"))
    by_group = {group: by_asset[asset] for asset, group in groups.items()}
    found: dict[UUID, list[Contract]] = {}
    for unit in DeliveryUnit.objects.filter(asset__in=by_asset):
        assert unit.asset_id is not None
        found[unit.pk] = by_asset[unit.asset_id]
    for unit in DeliveryUnit.objects.filter(group__in=by_group):
        assert unit.group_id is not None
        found[unit.pk] = by_group[unit.group_id]
    return found


@transaction.atomic
def accept_late(*, by: Member, nominations: Sequence[DatedNomination], reason: str, now: datetime) -> None:
    """An operator lets nominations of one unit count that came too late for its contracts.

    Raises ``Refused`` without a reason and for none, ``NotAllowed`` where no contract of the operator counts on the unit.
    """
    if not nominations:
        raise Refused("These nominations are not waiting any more.")
    units = {each.unit for each in nominations}
    if len(units) > 1:
        raise Refused("Let the nominations of one asset count at a time.")
    unit = units.pop()
    bought = contracts_of_unit(unit).filter(buyer=by.organisation_id)
    if not rules.can_run_baselines(by) or not bought.exists():
        raise NotAllowed(
            "This needs the role Operations of an operator with a contract that counts on the asset."
        )
    if not reason.strip():
        raise Refused("Say why the late nomination counts.")
    lock_chains([by.organisation_id, unit.provider_id])
    instant = clock.now()
    LateNomination.objects.bulk_create(
        [
            LateNomination(
                nomination=each,
                operator_id=by.organisation_id,
                reason=reason.strip()[:LONGEST_REASON],
                accepted_at=instant,
                accepted_by_id=by.user_id,
            )
            for each in nominations
        ],
        ignore_conflicts=True,
    )
    starts = sorted(each.period_start.isoformat() for each in nominations)
    for party in (by.organisation_id, unit.provider_id):
        record(
            organisation_id=party,
            by=by,
            action="late nomination accepted",
            subject=unit,
            changes={
                "periods": (None, len(starts)),
                "first": (None, starts[0]),
                "last": (None, starts[-1]),
                "reason": (None, reason.strip()),
            },
            now=instant,
        )
