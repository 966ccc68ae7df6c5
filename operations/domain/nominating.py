"""Nominations told by providers, fixed references told by operators, and days that both agree to leave out of baselines."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Member, Organisation
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.audit.chain import lock_chains, record
from marketplace.errors import NotAllowed, Refused
from operations import rules
from operations.domain.baselines.candidate_days import may_look_at
from operations.domain.measuring import terms_for, unit_dispatches
from operations.domain.metered import Metered
from operations.domain.stored_readings import units_by_buyer
from operations.domain.units import Known, made_units, units_of
from operations.enums import ExclusionState
from operations.models import (
    DatedNomination,
    DeliveryUnit,
    ExcludedDay,
    FixedReference,
    LateNomination,
    ReferenceAsset,
    WeekNomination,
)
from qualification.models import Asset

BATCH = 1000
LONGEST_REASON = 1000


@dataclass(frozen=True)
class Dated:
    """A forecast for one period of a unit, net kW."""

    known: Known
    start: datetime
    kw: Decimal


@dataclass(frozen=True)
class Weekly:
    """A forecast for a half-hour of each week."""

    known: Known
    weekday: int
    start: time
    kw: Decimal


def units_made(member: Member, known: Iterable[Known]) -> dict[UUID, DeliveryUnit]:
    """The units of what a file names, by its key, made where there are none."""
    wanted = {each.key: each for each in known}
    made = made_units(
        member.organisation_id, [each.asset for each in wanted.values() if each.unit is None and each.asset]
    )
    return {key: each.unit or made[key] for key, each in wanted.items()}


@transaction.atomic
def nominate(
    *, by: Member, dated: Sequence[Dated], weekly: Sequence[Weekly], job_id: UUID | None = None, now: datetime
) -> None:
    """Keep forecasts; of a period the last that came before its deadline counts. Raises ``NotAllowed``."""
    rules.check_may_tell_readings(by)
    units = units_made(by, [*(each.known for each in dated), *(each.known for each in weekly)])
    buyers = units_by_buyer(units.values())
    lock_chains([by.organisation_id, *buyers])
    instant = clock.now()
    told = {"submitted_at": instant, "submitted_by_id": by.user_id, "job_id": job_id}
    DatedNomination.objects.bulk_create(
        [
            DatedNomination(unit=units[each.known.key], period_start=each.start, kw=each.kw, **told)
            for each in dated
        ],
        BATCH,
    )
    WeekNomination.objects.bulk_create(
        [
            WeekNomination(
                unit=units[each.known.key], weekday=each.weekday, start=each.start, kw=each.kw, **told
            )
            for each in weekly
        ],
        BATCH,
    )
    every = {unit.pk for unit in units.values()}
    for party, own in {by.organisation_id: every, **buyers}.items():
        _record_nominated(party, by, units, own, (dated, weekly), instant)


def _record_nominated(
    party: UUID,
    by: Member,
    units: Mapping[UUID, DeliveryUnit],
    own: Collection[UUID],
    told: tuple[Sequence[Dated], Sequence[Weekly]],
    instant: datetime,
) -> None:
    """What the log of a party says of nominations for its own units; nothing without any."""
    named = sorted((unit.ref, key) for key, unit in units.items() if unit.pk in own)
    if not named:
        return
    keys = {key for _, key in named}
    periods, week = (sum(each.known.key in keys for each in some) for some in told)
    record(
        organisation_id=party,
        by=by,
        action="baselines nominated",
        subject=units[named[0][1]],
        changes={
            "units": (None, [ref for ref, _ in named][:50]),
            "periods": (None, periods),
            "week": (None, week),
        },
        now=instant,
    )


def nominations_seen_by(member: Member, unit: str = "") -> QuerySet[DatedNomination]:
    """The forecasts of the units whose series the member may read, each with whether an operator let it count late;
    for an operator whether it did so itself. ``unit`` names one by its ref."""
    accepted = LateNomination.objects.filter(nomination=OuterRef("pk"))
    if member.is_so:
        accepted = accepted.filter(operator=member.organisation_id)
    named = Q(asset__ref__iexact=unit) | Q(group__ref__iexact=unit) if unit else Q()
    rows = DatedNomination.objects.filter(unit__in=units_of(member).filter(named).values("pk"))
    return rows.select_related("unit__asset", "unit__group", "unit__provider").annotate(
        was_accepted=Exists(accepted)
    )


def weeks_seen_by(member: Member) -> QuerySet[WeekNomination]:
    """The forecasts of half-hours of the week of the same units."""
    rows = WeekNomination.objects.filter(unit__in=units_of(member).order_by().values("pk"))
    return rows.select_related("unit__asset", "unit__group", "unit__provider")


def excluded_days_of(member: Member) -> QuerySet[ExcludedDay]:
    """The days that the member's company asked to leave out, or was asked to."""
    own = {"operator": member.organisation_id} if member.is_so else {"unit__provider": member.organisation_id}
    return ExcludedDay.objects.filter(**own).select_related(
        "unit__asset", "unit__group", "operator", "unit__provider"
    )


def buyers_of(member: Member) -> QuerySet[Organisation]:
    """The operators with whom the provider has contracts."""
    return (
        Organisation.objects.filter(bought_contracts__seller=member.organisation_id)
        .distinct()
        .order_by("name")
    )


@transaction.atomic
def ask_to_exclude(
    *, by: Member, unit: DeliveryUnit, operator: Organisation, day: date, reason: str, now: datetime
) -> ExcludedDay:
    """Ask an operator to leave a day of a unit out of baselines, before the dispatch that it would touch is issued.

    Raises ``Refused`` without a reason or a contract, for a day asked about already, or touched by a dispatch issued by then.
    """
    rules.check_may_tell_readings(by, [unit.provider_id])
    if not reason.strip():
        raise Refused("Say why the day is to be left out.")
    if not contracts_of_unit(unit).filter(buyer=operator).exists():
        raise Refused(f"{operator} has no contract that counts on {unit.ref}.")
    lock_chains([by.organisation_id, operator.pk])
    instant = clock.now()
    if ExcludedDay.objects.filter(unit=unit, operator=operator, day=day).exists():
        raise Refused("This day has been asked about already.")
    _check_no_dispatch_since(unit, operator, day, instant)
    asked = ExcludedDay.objects.create(
        unit=unit,
        operator=operator,
        day=day,
        reason=reason.strip()[:LONGEST_REASON],
        asked_at=instant,
        asked_by_id=by.user_id,
    )
    _record(asked, by, "day asked to be left out of baselines", instant, reason=reason.strip())
    return asked


@transaction.atomic
def answer_exclusion(
    *, by: Member, asked: ExcludedDay, approve: bool, answer: str = "", now: datetime
) -> None:
    """Leave the day out, or refuse to, with a reason. Raises ``Refused``, ``NotAllowed``."""
    if not rules.can_run_baselines(by) or asked.operator_id != by.organisation_id:
        raise NotAllowed("Leaving days out needs the role Operations of the operator that is asked.")
    if not approve and not answer.strip():
        raise Refused("Say why the day is not left out.")
    lock_chains([by.organisation_id, asked.unit.provider_id])
    instant = clock.now()
    present = ExcludedDay.objects.select_for_update().get(pk=asked.pk)
    if present.state != ExclusionState.ASKED:
        raise Refused("This has been answered already.")
    present.state = ExclusionState.APPROVED if approve else ExclusionState.REFUSED
    present.answer, present.answered_at, present.answered_by_id = (
        answer.strip()[:LONGEST_REASON],
        instant,
        by.user_id,
    )
    present.save(update_fields=["state", "answer", "answered_at", "answered_by_id"])
    _record(
        present,
        by,
        f"leaving a day out of baselines {present.get_state_display().lower()}",
        instant,
        reason=answer.strip(),
    )


def _record(asked: ExcludedDay, by: Member, action: str, instant: datetime, reason: str) -> None:
    for party in (asked.unit.provider_id, asked.operator_id):
        record(
            organisation_id=party,
            by=by,
            action=action,
            subject=asked,
            changes={
                "unit": (None, asked.unit.ref),
                "day": (None, asked.day.isoformat()),
                "reason": (None, reason),
            },
            now=instant,
        )


def _check_no_dispatch_since(
    unit: DeliveryUnit, operator: Organisation, day: date, instant: datetime
) -> None:
    """A dispatch of the operator's whose baseline may look at the day has it already once it is issued."""
    since = datetime.combine(day, time(), UTC)
    for dispatch, refs in unit_dispatches(unit.provider_id, since, instant + timedelta(days=400)):
        contract = dispatch.contract
        called = dispatch.start.astimezone(contract.buyer.zone).date()
        if (
            unit.ref in refs
            and contract.buyer_id == operator.pk
            and may_look_at(day, called, terms_for(contract).baseline)
        ):
            raise Refused(
                f"The dispatch {dispatch.ref} was issued already, and its baseline may look at this day."
            )


def contracts_of_unit(unit: DeliveryUnit) -> QuerySet[Contract]:
    """The contracts that count, or counted, on a unit."""
    own = Q(pk=unit.asset_id) if unit.group_id is None else Q(group=unit.group_id)
    assets = ContractedAsset.objects.filter(asset_id__in=Asset.objects.filter(own).values("pk"))
    return Contract.objects.filter(assets__in=assets)


@dataclass(frozen=True)
class Follows:
    """A unit, or an asset of which nothing was told yet, follows a fixed reference from a day on."""

    of: Metered
    ref: str
    devices: int
    from_day: date

    @property
    def provider_id(self) -> UUID:
        owned = self.of.unit or self.of.asset
        assert owned is not None
        return owned.provider_id


@transaction.atomic
def store_references(
    *, by: Member, profiles: Sequence[FixedReference], follows: Sequence[Follows], now: datetime
) -> None:
    """Keep an operator's fixed references, and which units follow them. One of the same day gives way. Raises ``NotAllowed``."""
    if not rules.can_run_baselines(by):
        raise NotAllowed("Fixed references need the role Operations of a system operator.")
    providers = {each.provider_id for each in follows}
    lock_chains([by.organisation_id, *providers])
    instant = clock.now()
    following = [
        ReferenceAsset(unit=unit, ref=each.ref, devices=each.devices, from_day=each.from_day)
        for each, unit in _with_units(follows)
    ]
    for profile in profiles:
        FixedReference.objects.filter(
            operator=by.organisation_id, ref__iexact=profile.ref, from_day=profile.from_day
        ).delete()
        profile.operator_id, profile.stored_at = by.organisation_id, instant
        profile.save(force_insert=True)
    for each in following:
        ReferenceAsset.objects.filter(
            operator=by.organisation_id, unit=each.unit, from_day=each.from_day
        ).delete()
        each.operator_id, each.stored_at = by.organisation_id, instant
        each.save(force_insert=True)
    for party in (by.organisation_id, *sorted(providers)):
        own = [each for each in following if party in (by.organisation_id, each.unit.provider_id)]
        record(
            organisation_id=party,
            by=by,
            action="fixed references stored",
            subject=by.organisation,
            changes={
                "references": (
                    None,
                    sorted({each.ref for each in profiles})[:50]
                    if party == by.organisation_id
                    else sorted({each.ref for each in own})[:50],
                ),
                "units": (None, sorted(each.unit.ref for each in own)[:50]),
            },
            now=instant,
        )


def _with_units(follows: Sequence[Follows]) -> list[tuple[Follows, DeliveryUnit]]:
    """Each with its unit, made where there is none yet."""
    lacking: dict[UUID, list[Asset]] = defaultdict(list)
    for each in follows:
        if each.of.unit is None and each.of.asset is not None:
            lacking[each.provider_id].append(each.of.asset)
    made = {key: unit for provider, own in lacking.items() for key, unit in made_units(provider, own).items()}
    found = ((each, each.of.unit or (made[each.of.asset.pk] if each.of.asset else None)) for each in follows)
    return [(each, unit) for each, unit in found if unit is not None]
