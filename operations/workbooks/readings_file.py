"""The file of meter readings: from bytes to a plan of days to be told, and storing it."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from accounts.models import Member
from marketplace.canonical_json import canonical_json
from marketplace.dates import day_text, moment_text
from marketplace.errors import Refused
from marketplace.jobs.kinds import Change, JobContext, Plan, Step
from marketplace.memo import cache_get, cache_set
from marketplace.numbers import count_text, counted, rounded_text
from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited
from marketplace.workbooks.declare import Problem
from operations.domain.day_stacks import ManyDays, blank_stack, days_of_units, news_of
from operations.domain.kept_mappings import kept_for
from operations.domain.meterfiles.collected import NOT_TOLD, MeterTold
from operations.domain.meterfiles.mapping import mapping_of
from operations.domain.meterfiles.proposing import Proposal, looked_at
from operations.domain.meterfiles.taking import Taken, taken_parts
from operations.domain.reading_days import ReadingDay, day_of_minute
from operations.domain.series import MICRO, Quality, instant_of
from operations.domain.stored_readings import days_of, store_readings
from operations.domain.units import Known, contracts_by_asset, made_units, members_by_group, units_of_provider
from operations.models import DeliveryUnit
from operations.workbooks.doubts import Doubts
from operations.workbooks.gathered import Gathered, gather

KIND = "operations.readings"
MEMORY_MB = 800
FASTEST = 1
KEPT_SECONDS = 900
"""How long what a file seems to be and what it tells are kept, so that it is not read again when it is applied."""
SECONDS = 90
TOO_HEAVY = "The file takes too long or too much memory to read: split it, or check what is in it."
UNREADABLE = "The file can't be read: save it as “CSV UTF-8” or as a workbook and upload that."
NEEDS_MAPPING = "Say first what the columns of this file mean, on the page Meter data."


def look_into(data: bytes) -> Proposal:
    """How a file seems to be read, found out in a process that can do nothing else. Raises ``Refused``."""
    key = f"looked-into-{sha256(data).hexdigest()}"
    found = cache_get(key)
    if found is None:
        found = _limited(looked_at, data)
        cache_set(key, found, KEPT_SECONDS)
    return Proposal(**found)


def taken_of(data: bytes, mapping: Mapping[str, Any], zone: ZoneInfo, most_rows: int | None = None) -> Taken:
    """The file read by its mapping, likewise. Raises ``Refused`` where all of it can't be."""
    told = canonical_json({"mapping": dict(mapping), "zone": zone.key, "most_rows": most_rows}).encode()
    key = f"taken-{sha256(data).hexdigest()}-{sha256(told).hexdigest()}"
    found = cache_get(key)
    if found is None:
        refusal, meters, problems, rows = _limited(taken_parts, data, dict(mapping), zone.key, most_rows)
        found = refusal, [_packed(each) for each in meters], problems, rows
        cache_set(key, found, KEPT_SECONDS)
    refusal, packed, problems, rows = found
    if refusal:
        raise Refused(refusal)
    return Taken("", [_unpacked(each) for each in packed], problems, rows)


def _packed(told: Sequence[Any]) -> tuple[Any, ...]:
    return told[0], *(zlib.compress(each, FASTEST) for each in told[1:])


def _unpacked(told: Sequence[Any]) -> MeterTold:
    return MeterTold(told[0], *(zlib.decompress(each) for each in told[1:]))


def _limited(function: Any, *arguments: Any) -> Any:
    try:
        return run_limited(function, *arguments, memory_mb=MEMORY_MB, seconds=SECONDS)
    except LimitExceeded:
        raise Refused(TOO_HEAVY) from None
    except ChildFailed:
        raise Refused(UNREADABLE) from None


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What the file would tell of the provider's units; writes nothing."""
    zone = context.member.organisation.zone
    mapping = _mapping(context, data)
    return plan_of(context, taken_of(data, mapping, zone))


def plan_of(context: JobContext[Member], taken: Taken) -> Plan:
    """What these readings would tell, whether they came in a file or from a program."""
    zone = context.member.organisation.zone
    known = units_of_provider(context.member.organisation_id, {each.meter for each in taken.meters})
    gathered = Gathered(problems=list(taken.problems))
    total = len(taken.meters)
    for done, each in enumerate(taken.meters):
        context.progress(done, total)
        gather(each, known, gathered, context.now)
    plan = Plan(problems=gathered.problems)
    if not taken.rows:
        raise Refused("The file holds no reading.")
    _compare(gathered, plan, context.now, zone)
    plan.refuse_by_rows({})
    return plan


def apply(context: JobContext[Member], plan: Plan) -> None:
    """Store what the plan holds."""
    told: dict[UUID, tuple[Known, list[ReadingDay]]] = plan.payload
    if not told:
        return
    assets = [known.asset for known, _ in told.values() if known.unit is None and known.asset is not None]
    made = made_units(context.member.organisation_id, assets)
    days: dict[DeliveryUnit, list[ReadingDay]] = {}
    for known, each in told.values():
        unit = known.unit or (made[known.asset.pk] if known.asset is not None else None)
        assert unit is not None
        days[unit] = each
    counts = plan.counts()
    store_readings(
        by=context.member,
        days=days,
        counts={"created": counts["create"], "changed": counts["update"]},
        job_id=context.job_id if context.job_id.int else None,  # a program sends no file
        now=context.now,
    )


def foresee(context: JobContext[Member], plan: Plan) -> list[Step]:
    """The readings are kept, and performance follows them."""
    if not plan.changes_anything:
        return []
    return [
        Step("At once", "the readings are kept; what was told before stays beside them"),
        Step("At once", "performance of the dispatches that they touch is worked out from them"),
    ]


def _mapping(context: JobContext[Member], data: bytes) -> dict[str, Any]:
    told = context.params.get("mapping")
    if told:
        try:
            found = json.loads(str(told))
            mapping_of(found)
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise Refused(NEEDS_MAPPING) from None
        return dict(found)
    proposal = look_into(data)
    kept = None if proposal.is_standard else kept_for(context.member, proposal.headers)
    if kept is not None:
        return dict(kept.mapping)
    if proposal.refusal:
        raise Refused(proposal.refusal)
    if not proposal.is_standard:
        raise Refused(NEEDS_MAPPING)
    return proposal.mapping


@dataclass(frozen=True)
class _Looked:
    """What is found of one day: what is worth a look, what is new in it, and its net energy in millionths of a kWh."""

    warnings: Sequence[str]
    news: ReadingDay | None
    created: int
    changed: int
    net: int


def _compare(gathered: Gathered, plan: Plan, now: datetime, zone: ZoneInfo) -> None:
    """Each day of each unit against what holds: to be created, changed, or as it is."""
    units = sorted(gathered.units.values(), key=lambda each: each.ref)
    days = days_of_units([gathered.of_unit(each.key) for each in units])
    plan.note = _totals(days, len(units), zone)
    doubts = Doubts(units, *_contracts(units), now=now)
    payload: dict[UUID, tuple[Known, list[ReadingDay]]] = {}
    names = {first: day_text(day_of_minute(first)) for first in set(days.firsts.tolist())}
    for unit, first, minutes, found in zip(
        (units[place] for place in days.units.tolist()),
        days.firsts.tolist(),
        days.minutes.tolist(),
        _looked_at(days, units, doubts),
        strict=True,
    ):
        name = f"{unit.ref}, {names[first]}"
        refusal = doubts.too_coarse(unit, minutes)
        if refusal:
            plan.problems.append(Problem("", None, None, unit.ref, refusal))
            plan.changes.append(Change(name, "refuse", note=refusal))
            continue
        plan.problems.extend(Problem("", None, None, name, each, "warning") for each in found.warnings)
        plan.changes.append(_change(name, minutes, found))
        if found.news is not None:
            payload.setdefault(unit.key, (unit, []))[1].append(found.news)
    plan.payload = payload


def _looked_at(days: ManyDays, units: Sequence[Known], doubts: Doubts) -> list[_Looked]:
    """What is found of each day, many of them looked at together."""
    stored = _stored(days, units)
    found: dict[int, _Looked] = {}
    for places, told in days.stacks():
        of_units = [units[place] for place in days.units[places].tolist()]
        firsts = days.firsts[places].tolist()
        holds = blank_stack(told.minutes, len(places))
        for row, (unit, first) in enumerate(zip(of_units, firsts, strict=True)):
            for each in stored.get(unit.key, {}).get(day_of_minute(first), ()) if stored else ():
                if each.minutes == told.minutes:
                    holds.put(row, each)
        news, warnings = news_of(told, holds), doubts.of_days(of_units, firsts, told)
        nets = told.net.sum(axis=1).tolist()
        for row, place in enumerate(places.tolist()):
            created, changed = news.created[row], news.changed[row]
            own = news.days.day(row, firsts[row]) if created or changed else None
            found[place] = _Looked(warnings.get(row, ()), own, created, changed, nets[row])
    return [found[place] for place in range(len(days))]


def _change(name: str, minutes: int, found: _Looked) -> Change:
    created, changed = found.created, found.changed
    if not created and not changed:
        return Change(name, "unchanged")
    parts = [
        counted(created, "reading") if created else "",
        f"{count_text(changed)} changed" if changed else "",
    ]
    note = f"{', '.join(filter(None, parts))}, of {minutes} minutes; net {rounded_text(found.net / MICRO, 3)} kWh"
    return Change(name, "update" if changed else "create", note=note)


def _stored(days: ManyDays, units: Sequence[Known]) -> dict[UUID, dict[date, list[ReadingDay]]]:
    own = {known.unit.pk: known.key for known in units if known.unit is not None}
    if not own or not len(days):
        return {}
    first, last = (day_of_minute(int(each)) for each in (days.firsts.min(), days.firsts.max()))
    return {own[unit]: found for unit, found in days_of(list(own), first, last).items()}


def _contracts(units: Iterable[Known]) -> tuple[Any, Any]:
    groups = members_by_group(known.unit for known in units if known.asset is None and known.unit)
    assets = {known.asset.pk for known in units if known.asset} | {
        asset for members in groups.values() for asset in members
    }
    return contracts_by_asset(assets), groups


def _totals(days: ManyDays, units: int, zone: ZoneInfo) -> str:
    """What all of the file comes to, for the top of the preview."""
    told = days.readings
    is_told = (told.import_quality != NOT_TOLD) | (told.export_quality != NOT_TOLD)
    if not is_told.any():
        return ""
    imported, exported = (
        sum(np.add.reduceat(each, days.begins[:-1]).tolist()) / MICRO
        for each in (told.imported, told.exported)
    )
    number, missing = int(is_told.sum()), int((told.quality == Quality.MISSING).sum())
    starts = told.starts[is_told]
    since, until = (moment_text(instant_of(int(each)), zone) for each in (starts.min(), starts.max()))
    text = (
        f"{counted(number, 'reading')} of {counted(units, 'unit')} from {since} to {until}:"
        f" import {rounded_text(imported, 3)} kWh, export {rounded_text(exported, 3)} kWh"
    )
    return f"{text}; {count_text(missing)} of them missing." if missing else f"{text}."
