"""The files of baselines: nominations of providers, fixed references of operators."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import Member
from marketplace.dates import day_text
from marketplace.jobs.kinds import Change, JobContext, Plan
from marketplace.keys import key_form
from marketplace.numbers import counted, exact_text
from marketplace.workbooks.choices import Choice
from marketplace.workbooks.declare import Column, Reading, Row, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Number, Text, Whole
from marketplace.workbooks.moments import Date, DateTime, Time
from marketplace.workbooks.reading import read
from operations.domain.metered import Metered, metered_of, with_contracts
from operations.domain.nominating import Dated, Follows, Weekly, nominate, store_references
from operations.domain.series import minute_of
from operations.domain.units import Known, units_of_provider
from operations.models import DatedNomination, FixedReference, WeekNomination

NOMINATIONS, REFERENCES = "operations.nominations", "operations.references"
DAYS = {
    name: number
    for number, name in enumerate(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    )
}
HALF_HOURS = 48
KW = Number(Decimal("-1e7"), Decimal("1e7"), places=6)

NOMINATED = Sheet(
    "Nominated",
    (
        Column("Asset Ref", "asset", Text(64, is_key=True), required=True),
        Column(
            "Period Start",
            "start",
            DateTime(),
            required=True,
            rule="The start of a settlement period; without an offset in your local time.",
        ),
        Column("Baseline (kW)", "kw", KW, required=True, rule="Net: export positive, import negative."),
    ),
    required=False,
)
WEEK = Sheet(
    "Week",
    (
        Column("Asset Ref", "asset", Text(64, is_key=True), required=True),
        Column("Day", "day", Choice(DAYS), required=True),
        Column("Start", "start", Time(), required=True, rule="The local start of a half-hour."),
        Column(
            "Baseline (kW)",
            "kw",
            KW,
            required=True,
            rule="Net: export positive. It is repeated each week until another one replaces it.",
        ),
    ),
    required=False,
)
NOMINATION_FILE = WorkbookSpec(
    "nominations",
    "Nominated baselines",
    "What you expect your assets to do when nothing is asked of them.",
    "Fill in single periods, or a week that is repeated. Of several the last that arrives before the deadline counts; "
    "a single period goes before the week.",
    (NOMINATED, WEEK),
)
FIXED = Sheet(
    "Fixed References",
    (
        Column("Reference", "ref", Text(40, is_key=True), required=True),
        Column("From Date", "from_day", Date(), required=True),
        Column(
            "Start",
            "start",
            Time(),
            required=True,
            rule="The local start of a half-hour; each of the 48 is needed.",
        ),
        Column("Baseline per Device (kW)", "kw", KW, required=True, rule="Net: export positive."),
    ),
    required=False,
)
FOLLOWING = Sheet(
    "Reference Assets",
    (
        Column(
            "Asset ID",
            "asset",
            Text(36),
            required=True,
            rule="The platform's ID of the asset, or of the group metered as one.",
        ),
        Column("Reference", "ref", Text(40, is_key=True), required=True),
        Column(
            "Devices",
            "devices",
            Whole(1, 10**9),
            required=True,
            rule="How many; of a group metered as one its members of the day count instead.",
        ),
        Column("From Date", "from_day", Date(), required=True),
    ),
    required=False,
)
REFERENCE_FILE = WorkbookSpec(
    "references",
    "Fixed references",
    "Baselines that you set for kinds of devices, and the assets that follow them.",
    "A reference has 48 half-hours. It holds from its date on, times the number of devices of the asset.",
    (FIXED, FOLLOWING),
)


@dataclass
class _Told:
    dated: list[Dated] = field(default_factory=list)
    weekly: list[Weekly] = field(default_factory=list)


def _read(context: JobContext[Member], data: bytes, spec: WorkbookSpec) -> Reading:
    """The workbook, or one of its sheets as CSV."""
    is_csv = context.filename.lower().endswith(".csv")
    return read(data, spec, zone=context.member.organisation.zone, is_csv=is_csv)


def check_nominations(context: JobContext[Member], data: bytes) -> Plan:
    """What the file would nominate, unit by unit; what is stored alike is kept as it is."""
    return plan_nominations(context, _read(context, data, NOMINATION_FILE))


def plan_nominations(context: JobContext[Member], reading: Reading) -> Plan:
    """The same for nominations that came otherwise than by file, read as one."""
    plan = Plan(problems=list(reading.problems))
    rows = [row for sheet in (NOMINATED, WEEK) for row in reading.sheets[sheet.name].rows]
    known = units_of_provider(context.member.organisation_id, {str(row["asset"] or "") for row in rows})
    grids = _grids(context.member, known.all())
    told = _Told()
    stored = _stored([each for each in known.all() if each.unit is not None])
    counts: dict[str, list[int]] = {}
    for sheet in (NOMINATED, WEEK):
        for row in reading.sheets[sheet.name].rows:
            unit = known.by_ref.get(key_form(str(row["asset"] or "")))
            if unit is None and not row.bad:
                plan.problems.append(row.problem("asset", "You have no asset of this ref."))
            if unit is None or row.bad or not _on_grid(row, plan, grids.get(unit.key, 1)):
                continue
            new = _nomination(told, stored, unit, row, sheet)
            counts.setdefault(unit.ref, [0, 0])[0 if new else 1] += 1
    for ref, (added, same) in sorted(counts.items()):
        kept = f", {same} as stored" if same else ""
        plan.changes.append(
            Change(
                ref,
                "create" if added else "unchanged",
                note=f"{counted(added, 'value')}{kept}" if added else "",
            )
        )
    plan.payload = told
    plan.refuse_by_rows({})
    return plan


def _grids(member: Member, known: Sequence[Known]) -> dict[UUID, int]:
    """The minutes of the shortest settlement period of each unit, where a contract counts on it."""
    found = zip(known, with_contracts(member, known), strict=True)
    return {each.key: metered.minutes for each, metered in found if metered.contracts}


def _on_grid(row: Row, plan: Plan, minutes: int) -> bool:
    start = row["start"]
    if isinstance(start, datetime) and (start.second or start.microsecond or minute_of(start) % minutes):
        what = "whole minute" if minutes == 1 else f"multiple of {minutes} minutes"
        plan.problems.append(row.problem("start", f"A settlement period of this asset starts on a {what}."))
        return False
    if isinstance(start, time) and (start.minute % 30 or start.second):
        plan.problems.append(row.problem("start", "A half-hour starts at :00 or :30."))
        return False
    return True


def _nomination(told: _Told, stored: Mapping[Any, Decimal], unit: Known, row: Row, sheet: Sheet) -> bool:
    if sheet is NOMINATED:
        if stored.get((unit.key, row["start"])) == row["kw"]:
            return False
        told.dated.append(Dated(unit, row["start"], row["kw"]))
        return True
    if stored.get((unit.key, row["day"], row["start"])) == row["kw"]:
        return False
    told.weekly.append(Weekly(unit, row["day"], row["start"], row["kw"]))
    return True


def _stored(units: Iterable[Known]) -> dict[Any, Decimal]:
    """The last value of each period and half-hour."""
    keys = {each.unit.pk: each.key for each in units if each.unit is not None}
    found: dict[Any, Decimal] = {}
    for unit, start, kw in (
        DatedNomination.objects.filter(unit__in=keys).order_by("id").values_list("unit", "period_start", "kw")
    ):
        found[keys[unit], start] = kw
    for unit, day, at, kw in (
        WeekNomination.objects.filter(unit__in=keys)
        .order_by("id")
        .values_list("unit", "weekday", "start", "kw")
    ):
        found[keys[unit], day, at] = kw
    return found


def apply_nominations(context: JobContext[Member], plan: Plan) -> None:
    """Keep what the plan nominates."""
    told: _Told = plan.payload
    nominate(by=context.member, dated=told.dated, weekly=told.weekly, job_id=context.job_id, now=context.now)


def check_references(context: JobContext[Member], data: bytes) -> Plan:
    """Which references the file sets, and which units would follow them."""
    reading = _read(context, data, REFERENCE_FILE)
    plan = Plan(problems=list(reading.problems))
    profiles = _profiles([row for row in reading.sheets[FIXED.name].rows if not row.bad], plan)
    known = {key_form(each.ref) for each in profiles} | {
        key_form(ref)
        for ref in FixedReference.objects.filter(operator=context.member.organisation_id).values_list(
            "ref", flat=True
        )
    }
    own = {_id_of(each): each for each in metered_of(context.member)}
    follows: list[Follows] = []
    for row in reading.sheets[FOLLOWING.name].rows:
        if row.bad:
            continue
        asset_id = _uuid(str(row["asset"]))
        metered = own.get(asset_id) if asset_id is not None else None
        if metered is None:
            plan.problems.append(row.problem("asset", "No contract of yours counts on this asset."))
        elif key_form(row["ref"]) not in known:
            plan.problems.append(row.problem("ref", "There is no such reference."))
        else:
            follows.append(Follows(metered, row["ref"], row["devices"], row["from_day"]))
            plan.changes.append(
                Change(
                    metered.ref,
                    "create",
                    note=f"{row['ref']} × {row['devices']} from {day_text(row['from_day'])}",
                )
            )
    plan.payload = profiles, follows
    plan.refuse_by_rows({})
    return plan


def _id_of(metered: Metered) -> UUID | None:
    """The ID by which files name an asset, or a group metered as one."""
    if metered.asset is not None:
        return metered.asset.pk
    return metered.unit.group_id if metered.unit is not None else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _profiles(rows: Iterable[Row], plan: Plan) -> list[FixedReference]:
    by_reference: dict[tuple[str, date], dict[int, Decimal]] = {}
    names: dict[tuple[str, date], str] = {}
    for row in rows:
        key = key_form(row["ref"]), row["from_day"]
        names.setdefault(key, row["ref"])
        minute = row["start"].hour * 60 + row["start"].minute
        values = by_reference.setdefault(key, {})
        if minute % 30 or minute // 30 in values:
            plan.problems.append(row.problem("start", "Each half-hour stands once, at :00 or :30."))
        else:
            values[minute // 30] = row["kw"]
    found = []
    for key, values in by_reference.items():
        name = f"{names[key]} from {day_text(key[1])}"
        if len(values) != HALF_HOURS:
            plan.changes.append(Change(name, "refuse", note=f"It has {len(values)} of 48 half-hours."))
            continue
        kw = [values[place] for place in range(HALF_HOURS)]
        found.append(FixedReference(ref=names[key], from_day=key[1], kw=kw))
        plan.changes.append(
            Change(name, "create", note=f"from {exact_text(min(kw))} to {exact_text(max(kw))} kW a device")
        )
    return found


def apply_references(context: JobContext[Member], plan: Plan) -> None:
    """Keep the references and who follows them."""
    profiles, follows = plan.payload
    store_references(by=context.member, profiles=profiles, follows=follows, now=context.now)
