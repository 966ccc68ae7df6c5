"""The assets file: from bytes to a plan (what would be added, changed, refused), and applying it."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any

from accounts.models import Member, Organisation
from competitions.domain.places.postcodes import are_known, centroids
from marketplace.jobs.kinds import Change, JobContext, Plan, why_refused
from marketplace.keys import key_form
from marketplace.numbers import exact_text
from marketplace.postcodes import postcode_of
from marketplace.workbooks.declare import Problem, Reading, Row
from marketplace.workbooks.reading import read
from qualification.domain.assets.saving import Saved, save_assets
from qualification.domain.assets.statuses import held
from qualification.domain.facts.data import values_of
from qualification.domain.queries import competitions_by_ref, groups_of
from qualification.models import Asset, AssetGroup, AssetType, PlannedAsset
from qualification.workbooks import doubts, row_rules
from qualification.workbooks.drafts import Draft, Known
from qualification.workbooks.specs import ASSETS

BY_POSTCODE = "; its place is approximate, the centre of its postcode"


SHEET, PLANNED_SHEET = "Assets", "Planned Assets"


BLANKS: dict[
    str, dict[str, Any]
] = {  # what a blank cell or an absent column stands for, where that is not None
    SHEET: dict.fromkeys(row_rules.CAPACITIES, Decimal(0)),
    PLANNED_SHEET: {"is_archived": False},
}


LABELS = {sheet.name: {column.key: column for column in sheet.columns} for sheet in ASSETS.sheets}


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What the file would do to the provider's assets, each row by itself; writes nothing."""
    return plan_of(context, read(data, ASSETS, zone=context.member.organisation.zone))


def plan_of(context: JobContext[Member], reading: Reading) -> Plan:
    """What the rows read would do, whether they came in a file or from a page."""
    provider: Organisation = context.member.organisation
    known = _known(provider, reading, context)
    plan = Plan(problems=list(reading.problems))
    twice = _repeated(reading)
    total = sum(len(sheet.rows) for sheet in reading.sheets.values())
    in_cells: dict[tuple[str, int | None], list[Problem]] = defaultdict(list)
    for problem in reading.problems:
        in_cells[problem.sheet, problem.row].append(problem)
    drafts: list[Draft] = []
    for done, row in enumerate(_rows(reading)):
        if done % 500 == 0:
            context.progress(done, total)
        draft = _draft(row, known, twice)
        plan.problems.extend(draft.problems)
        if draft.record is None:
            unit = row.shown("ref") or f"{row.sheet}, row {row.number}"
            note = why_refused([*in_cells[row.sheet, row.number], *draft.problems])
            plan.changes.append(Change(unit, "refuse", note=note))
        else:
            drafts.append(draft)
    plan.problems.extend(doubts.shared_meters(drafts, known.assets))
    in_place = _held_in_place(drafts)
    payload: list[Draft] = []
    for draft in drafts:
        if draft.record.pk in in_place:
            plan.problems.append(draft.row.problem(None, in_place[draft.record.pk]))
            plan.changes.append(Change(draft.after["ref"], "refuse", note=in_place[draft.record.pk]))
            continue
        change = _change(draft)
        plan.changes.append(change)
        if change.action != "unchanged":
            payload.append(draft)
    plan.payload = payload
    context.progress(total, total)
    return plan


def apply(context: JobContext[Member], plan: Plan) -> None:
    """Store what the plan says."""
    saved: dict[str, list[Saved]] = {SHEET: [], PLANNED_SHEET: []}
    for draft in plan.payload:
        saved[draft.row.sheet].append(Saved(draft.record, draft.before is None, draft.changes))
    if plan.payload:
        save_assets(by=context.member, assets=saved[SHEET], planned=saved[PLANNED_SHEET], now=context.now)


def _known(provider: Organisation, reading: Reading, context: JobContext[Member]) -> Known:
    assets = Asset.objects.filter(provider=provider).select_related("asset_type", "group").order_by("pk")
    planned = (
        PlannedAsset.objects.filter(provider=provider)
        .select_related("asset_type", "competition")
        .order_by("pk")
    )
    refs = {
        str(row["competition"]).upper() for row in reading.sheets[PLANNED_SHEET].rows if row["competition"]
    }
    return Known(
        provider=provider,
        assets={key_form(each.ref): each for each in assets},
        planned={key_form(each.ref): each for each in planned},
        types={(each.category, key_form(each.name)): each for each in AssetType.objects.order_by("pk")},
        groups={each.ref_key: each for each in groups_of(context.member)},
        competitions=competitions_by_ref(refs, context.now),
        postcodes=centroids(_postcodes(reading)),
        knows_postcodes=are_known(),
    )


def _postcodes(reading: Reading) -> set[str]:
    """The postcodes that the sheet of assets holds, as they are stored."""
    codes = {str(row["postcode"]) for row in reading.sheets[SHEET].rows if row["postcode"]}
    return {code for text in codes if (code := postcode_of(text)) is not None}


def _rows(reading: Reading) -> Iterable[Row]:
    return chain(reading.sheets[SHEET].rows, reading.sheets[PLANNED_SHEET].rows)


def _repeated(reading: Reading) -> dict[str, list[Row]]:
    """References that more than one row of the file carries, whichever sheet they are in."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in _rows(reading):
        if row["ref"]:
            rows[key_form(row["ref"])].append(row)
    return {ref: found for ref, found in rows.items() if len(found) > 1}


def _draft(row: Row, known: Known, twice: Mapping[str, list[Row]]) -> Draft:
    is_planned = row.sheet == PLANNED_SHEET
    refused = Draft(row, None, None, {})
    ref = key_form(row["ref"] or "")
    if ref in twice:
        others = ", ".join(f"{each.sheet} row {each.number}" for each in twice[ref] if each is not row)
        refused.problems.append(row.problem("ref", f"The same reference is used in {others} as well."))
    if ref in (known.assets if is_planned else known.planned):
        other = "an asset" if is_planned else "a planned asset"
        refused.problems.append(row.problem("ref", f"This reference already names {other} of yours."))
    record: Asset | PlannedAsset | None
    if is_planned:
        planned = known.planned.get(ref)
        before = None if planned is None else planned_values(planned)
        after = _merged(row, before)
        record, problems = row_rules.planned(row, planned, after, known)
    else:
        asset = known.assets.get(ref)
        before = None if asset is None else values_of(asset)
        after = _merged(row, before)
        record, problems = row_rules.asset(row, asset, after, known)
    refused.problems.extend(problems)
    if record is None or row.bad or refused.problems:
        return refused
    return Draft(row, record, before, after, doubts.doubts_of(row, record, known))


def _merged(row: Row, before: dict[str, Any] | None) -> dict[str, Any]:
    """The values as they would be: of columns in the file those of the row, of others those stored."""
    after = dict.fromkeys(LABELS[row.sheet]) | (before or {}) | dict(row.values)
    for key, blank in BLANKS[row.sheet].items():
        if after[key] is None:
            after[key] = blank
    if before is not None:
        after["ref"] = before["ref"]
    return after


def planned_values(planned: PlannedAsset | None) -> dict[str, Any]:
    if planned is None:
        return {}
    values = {key: getattr(planned, key) for key in LABELS[PLANNED_SHEET] if hasattr(planned, key)}
    return values | {
        "competition": planned.competition.ref,
        "category": planned.asset_type.category,
        "asset_type": planned.asset_type.name,
    }


def _held_in_place(drafts: list[Draft]) -> dict[uuid.UUID, str]:
    """Assets that a live bid or contract holds and that the file would archive or move by more than 100 m."""
    moves = {}
    for draft in drafts:
        if draft.before is not None and isinstance(draft.record, Asset):
            sentence = row_rules.moves_away(draft.before, draft.after)
            if sentence:
                moves[draft.record.pk] = sentence
    in_use = held(set(moves))
    return {asset_id: sentence for asset_id, sentence in moves.items() if asset_id in in_use}


def _change(draft: Draft) -> Change:
    if draft.before is None:
        kind = draft.record.asset_type
        place = BY_POSTCODE if getattr(draft.record, "is_place_approximate", False) else ""
        group = f", in {_group_words(draft)}" if draft.after.get("group") else ""
        return Change(draft.after["ref"], "create", note=f"{draft.after['name']}, {kind.name}{group}{place}")
    changes = draft.changes
    if not changes:
        return Change(draft.after["ref"], "unchanged")
    columns = LABELS[draft.row.sheet]
    fields = tuple(
        (columns[key].header, _shown(columns[key], before), _after(draft, columns[key], after))
        for key, (before, after) in changes.items()
    )
    return Change(draft.after["ref"], "update", fields)


def _after(draft: Draft, column: Any, value: Any) -> str:
    if column.key == "group" and value and draft.record.group.made_at is None:
        return f"{value} (a new group)"
    return _shown(column, value)


def _group_words(draft: Draft) -> str:
    group: AssetGroup = draft.record.group
    return f"group {group.ref}" if group.made_at is not None else f"the new group {group.ref}"


def _shown(column: Any, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return exact_text(value)
    return str(column.kind.write(value))
