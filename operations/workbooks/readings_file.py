"""The file of meter readings: from bytes to a plan of days to be told, and storing it."""

import json
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from accounts.models import Member
from marketplace.canonical_json import canonical_json
from marketplace.dates import day_text, moment_text
from marketplace.errors import Refused
from marketplace.jobs.kinds import Change, JobContext, Plan, Step
from marketplace.keys import key_form
from marketplace.memo import cache_get, cache_set
from marketplace.numbers import count_text, counted, rounded_text
from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited
from marketplace.workbooks.declare import Problem
from operations.domain.kept_mappings import kept_for
from operations.domain.meterfiles.collected import NOT_TOLD, Columns, MeterTold
from operations.domain.meterfiles.mapping import mapping_of
from operations.domain.meterfiles.proposing import Proposal, looked_at
from operations.domain.meterfiles.taking import Taken, taken_parts
from operations.domain.reading_days import (
    DAY_MINUTES,
    ReadingDay,
    blank_day,
    day_of_minute,
    first_minute,
    news_of,
)
from operations.domain.series import MICRO, Quality, instant_of, minute_of
from operations.domain.stored_readings import days_of, store_readings
from operations.domain.units import (
    BOTH,
    EXPORT,
    IMPORT,
    Known,
    Units,
    contracts_by_asset,
    made_units,
    members_by_group,
    units_of_provider,
)
from operations.models import DeliveryUnit
from operations.workbooks.doubts import Doubts
from qualification.domain.meters.numbers import core_of

KIND = "operations.readings"
MEMORY_MB = 800
NEVER = 2**62
FASTEST = 1
KEPT_SECONDS = 900
"""How long what a file tells is kept, so that it is not read again when it is applied."""
SECONDS = 90
TOO_HEAVY = "The file takes too long or too much memory to read: split it, or check what is in it."
UNREADABLE = "The file can't be read: save it as “CSV UTF-8” or as a workbook and upload that."
IN_GROUP = "{} belongs to the group {}, metered as one since {}: upload under the group's ref."
NEEDS_MAPPING = "Say first what the columns of this file mean, on the page Meter data."


def look_into(data: bytes) -> Proposal:
    """How a file seems to be read, found out in a process that can do nothing else. Raises ``Refused``."""
    return Proposal(**_limited(looked_at, data))


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


@dataclass
class _Gathered:
    """The days that a file tells, by unit, and where each interval stood."""

    units: dict[UUID, Known] = field(default_factory=dict)
    days: dict[UUID, dict[tuple[date, int], ReadingDay]] = field(default_factory=lambda: defaultdict(dict))
    rows: dict[tuple[UUID, date, int, str], npt.NDArray[np.int32]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, row: int | None, value: str, message: str) -> None:
        self.problems.append(Problem("", row, None, value, message))


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What the file would tell of the provider's units; writes nothing."""
    zone = context.member.organisation.zone
    mapping = _mapping(context, data)
    return plan_of(context, taken_of(data, mapping, zone))


def plan_of(context: JobContext[Member], taken: Taken) -> Plan:
    """What these readings would tell, whether they came in a file or from a program."""
    zone = context.member.organisation.zone
    known = units_of_provider(context.member.organisation_id)
    gathered = _Gathered(problems=list(taken.problems))
    total = len(taken.meters)
    for done, each in enumerate(taken.meters):
        context.progress(done, total)
        _gather(each, known, gathered, context.now, zone)
    plan = Plan(problems=gathered.problems)
    if not taken.rows:
        raise Refused("The file holds no reading.")
    _compare(gathered, plan, context.now)
    plan.refuse_by_rows({})
    plan.note = _totals(gathered, zone)
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


def _gather(told: MeterTold, known: Units, gathered: _Gathered, now: datetime, zone: ZoneInfo) -> None:
    """Lay what is told of one meter or asset into the days of its unit."""
    readings = told.columns()
    found = _found(told.meter, known)
    if isinstance(found, str):
        number = counted(len(readings.rows), "reading")
        gathered.refuse(int(readings.rows.min()), told.meter, f"{found} {number} of it refused.")
        return
    unit, direction = found
    gathered.units[unit.key] = unit
    in_future = readings.starts + readings.minutes > minute_of(now)
    is_grouped = ~in_future & (readings.starts >= _first_grouped(unit, known))
    _lay(gathered, unit, _flows(direction, readings.where(~in_future & ~is_grouped)))
    told_future = readings.where(in_future & (readings.quality != Quality.MISSING)).rows
    if len(told_future):
        gathered.refuse(
            int(told_future[0]),
            told.meter,
            f"The interval lies in the future: {counted(len(told_future), 'reading')} of {told.meter} refused.",
        )
    if is_grouped.any():
        group = known.in_group[unit.key]
        gathered.refuse(
            int(readings.rows[is_grouped][-1]),
            told.meter,
            IN_GROUP.format(told.meter, group.ref, day_text(group.from_day) if group.from_day else ""),
        )


def _found(text: str, known: Units) -> tuple[Known, str] | str:
    """The unit that a cell names with the direction its meter measures; or what is wrong, in a sentence."""
    unit = known.by_ref.get(key_form(text))
    if unit is not None:
        return unit, BOTH
    core = core_of("".join(text.split()))
    if core is None:
        return f"There is no asset “{text}” among yours."
    by_meter = known.by_meter.get(core, [])
    if len(by_meter) == 1:
        return by_meter[0]
    if by_meter:
        return f"The meter {text} is that of several of your assets: name the asset."
    return f"No asset of yours has the meter {text}."


def _first_grouped(unit: Known, known: Units) -> int:
    """The minute from which on the unit is metered with its group; beyond all minutes for one that is not."""
    group = known.in_group.get(unit.key)
    return NEVER if group is None or group.from_day is None else first_minute(group.from_day)


def _flows(direction: str, told: Columns) -> Columns:
    """Import and export, where the meter counts one direction only: what it counts belongs there."""
    if direction == IMPORT:
        nothing = told.exported == 0
        return replace(told, export_quality=np.where(nothing, NOT_TOLD, told.export_quality))
    if direction == EXPORT:
        as_import = (told.export_quality == NOT_TOLD) | (told.exported == 0)
        return replace(
            told,
            imported=np.zeros_like(told.imported),
            import_quality=np.full_like(told.import_quality, NOT_TOLD),
            exported=np.where(as_import, told.imported, told.exported),
            export_quality=np.where(as_import, told.import_quality, told.export_quality),
        )
    return told


def _lay(gathered: _Gathered, unit: Known, told: Columns) -> None:
    """Lay readings of a unit, by start, into its days, each day of each length of interval at once."""
    of_unit = gathered.days[unit.key]
    days = told.starts // DAY_MINUTES
    keys = days * DAY_MINUTES + told.minutes
    for key in np.unique(keys).tolist():
        part = told.where(keys == key)
        day, minutes = day_of_minute(key // DAY_MINUTES * DAY_MINUTES), key % DAY_MINUTES
        held = of_unit.get((day, minutes))
        if held is None:
            held = of_unit[day, minutes] = blank_day(day, minutes)
        places = part.starts % DAY_MINUTES // minutes
        for name, flow, energy, quality in (
            (IMPORT, held.imported, part.imported, part.import_quality),
            (EXPORT, held.exported, part.exported, part.export_quality),
        ):
            rows = gathered.rows.setdefault(
                (unit.key, day, minutes, name), np.zeros(len(flow.energy), np.int32)
            )
            is_told, before = quality != NOT_TOLD, flow.quality[places]
            differs = (before != quality) | (flow.energy[places] != energy)
            is_refused = is_told & (before != NOT_TOLD) & differs
            for row, first in zip(
                part.rows[is_refused].tolist(), rows[places[is_refused]].tolist(), strict=True
            ):
                gathered.refuse(
                    row, unit.ref, f"The interval is there twice with different values, first in row {first}."
                )
            kept = is_told & ~is_refused
            flow.energy[places[kept]], flow.quality[places[kept]] = energy[kept], quality[kept]
            rows[places[kept]] = part.rows[kept]


def _compare(gathered: _Gathered, plan: Plan, now: datetime) -> None:
    """Each day of each unit against what holds: to be created, changed, or as it is."""
    payload: dict[UUID, tuple[Known, list[ReadingDay]]] = {}
    stored = _stored(gathered)
    doubts = Doubts(list(gathered.units.values()), *_contracts(gathered), now=now)
    for key, unit in sorted(gathered.units.items(), key=lambda each: each[1].ref):
        for (day, minutes), told in sorted(gathered.days[key].items()):
            refusal = doubts.too_coarse(unit, minutes, day)
            if refusal:
                plan.problems.append(Problem("", None, None, unit.ref, refusal))
                plan.changes.append(Change(f"{unit.ref}, {day_text(day)}", "refuse", note=refusal))
                continue
            plan.problems.extend(doubts.of_day(unit, told))
            news, created, changed = news_of(told, stored.get(key, {}).get(day, ()))
            plan.changes.append(_change(unit, told, created, changed))
            if news is not None:
                payload.setdefault(key, (unit, []))[1].append(news)
    plan.payload = payload


def _change(unit: Known, told: ReadingDay, created: int, changed: int) -> Change:
    name = f"{unit.ref}, {day_text(told.day)}"
    if not created and not changed:
        return Change(name, "unchanged")
    parts = [
        counted(created, "reading") if created else "",
        f"{count_text(changed)} changed" if changed else "",
    ]
    net = sum(told.net.tolist()) / MICRO
    note = f"{', '.join(filter(None, parts))}, of {told.minutes} minutes; net {rounded_text(net, 3)} kWh"
    return Change(name, "update" if changed else "create", note=note)


def _stored(gathered: _Gathered) -> dict[UUID, dict[date, list[ReadingDay]]]:
    own = {known.unit.pk: key for key, known in gathered.units.items() if known.unit is not None}
    told = [day for days in gathered.days.values() for day, _ in days]
    if not own or not told:
        return {}
    return {own[unit]: days for unit, days in days_of(list(own), min(told), max(told)).items()}


def _contracts(gathered: _Gathered) -> tuple[Any, Any]:
    groups = members_by_group(
        known.unit for known in gathered.units.values() if known.asset is None and known.unit
    )
    assets = {known.asset.pk for known in gathered.units.values() if known.asset} | {
        asset for members in groups.values() for asset in members
    }
    return contracts_by_asset(assets), groups


def _totals(gathered: _Gathered, zone: ZoneInfo) -> str:
    """What all of the file comes to, for the top of the preview."""
    parts = [day for days in gathered.days.values() for day in days.values()]
    if not parts:
        return ""
    starts = [
        int(start)
        for part in parts
        for start in (part.starts[part.is_told][:1], part.starts[part.is_told][-1:])
        for start in start
    ]
    imported, exported = (
        sum(int(getattr(part, name).energy.sum()) for part in parts) / MICRO
        for name in ("imported", "exported")
    )
    number = sum(int(part.is_told.sum()) for part in parts)
    missing = sum(int((part.quality == Quality.MISSING).sum()) for part in parts)
    since, until = (moment_text(instant_of(minute), zone) for minute in (min(starts), max(starts)))
    told = (
        f"{counted(number, 'reading')} of {counted(len(gathered.units), 'unit')} from {since} to {until}:"
        f" import {rounded_text(imported, 3)} kWh, export {rounded_text(exported, 3)} kWh"
    )
    return f"{told}; {count_text(missing)} of them missing." if missing else f"{told}."
