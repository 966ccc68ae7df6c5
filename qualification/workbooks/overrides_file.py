"""The qualified assets file as an upload: the overrides of one competition are taken or refused together."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from accounts.models import Member
from competitions.domain.queries import operator_competitions
from competitions.enums import AssetStatus
from competitions.models import Competition
from marketplace.errors import Refused
from marketplace.jobs.kinds import Change, JobContext, Plan, counted
from marketplace.keys import key_form
from marketplace.workbooks.declare import Problem, Reading, Row
from marketplace.workbooks.reading import read
from marketplace.workbooks.stale import is_newer, stale_question, stale_warning
from qualification import rules
from qualification.domain.overrides.deciding import Decided, override_assets
from qualification.domain.queries import assets_by_id, overrides_of
from qualification.enums import OverrideDecision
from qualification.models import Asset, Override
from qualification.workbooks.part import rows_of_part
from qualification.workbooks.specs import QUALIFIED_ASSETS

SHEET = "Qualified Assets"


@dataclass
class Group:
    """What the file says of one competition."""

    competition: Competition
    rows: list[tuple[Row, Asset]] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    stale: list[Problem] = field(default_factory=list)
    is_broken: bool = False


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What the file would do: one change a competition, every problem at its place. Raises ``Unreadable``.

    ``params["only_refs"]`` or ``params["except_refs"]`` name the competitions whose rows are looked at, or
    are not.
    """
    reading = read(data, QUALIFIED_ASSETS, zone=context.member.organisation.zone)
    sheet = reading.sheets[SHEET]
    rows = rows_of_part(context.params, sheet, "competition_ref")
    ignored = {row.number for row in sheet.rows} - {row.number for row in rows}
    plan = Plan(problems=[each for each in reading.problems if each.row not in ignored], payload=[])
    groups = _groups(context, rows, plan)
    latest = overrides_of(context.member, [each.competition.pk for each in groups])
    for group in counted(groups, len(rows), context.progress, lambda group: len(group.rows)):
        if "override" in sheet.present:
            _plan_group(context, group, reading, latest, plan)
        elif group.is_broken:
            plan.changes.append(Change(group.competition.ref, "refuse"))
        else:
            plan.changes.append(Change(group.competition.ref, "unchanged"))
    plan.confirm = stale_question(
        sum(len(group.stale) for group in groups if not group.is_broken), "override"
    )
    plan.problems.sort(key=lambda problem: problem.row or 0)
    plan.refuse_by_rows(_units_of(rows, plan))
    return plan


def apply(context: JobContext[Member], plan: Plan) -> None:
    """Take the planned overrides. Raises ``Refused`` when bidding has opened or one was set meanwhile."""
    planned: list[tuple[Competition, list[Decided]]] = sorted(plan.payload, key=lambda each: each[0].pk)
    total = sum(len(decided) for _, decided in planned)
    for competition, decided in counted(planned, total, context.progress, lambda one: len(one[1])):
        now = context.now  # what was set since the plan was made is not replaced unseen
        override_assets(by=context.member, competition=competition, decided=decided, now=now, seen_at=now)


def _groups(context: JobContext[Member], rows: Sequence[Row], plan: Plan) -> list[Group]:
    """The rows by competition, in the order of the file; rows that name nothing known are reported and
    refused."""
    own = operator_competitions(context.member).filter(publish_on__lte=context.now)
    competitions = {key_form(each.ref): each for each in own}
    assets = _assets_named(rows)
    groups: dict[str, Group] = {}
    seen: dict[tuple[uuid.UUID, uuid.UUID], int] = {}
    unknown: dict[str, str] = {}
    for row in rows:
        ref, named = row["competition_ref"], row["asset_id"]
        competition = competitions.get(key_form(ref or ""))
        if competition is None:
            if ref is not None:
                sentence = "None of your published competitions has this ref."
                plan.problems.append(row.problem("competition_ref", sentence))
                unknown.setdefault(key_form(ref), ref)
            continue
        group = groups.setdefault(competition.ref, Group(competition))
        asset = assets.get(named or "")
        if asset is None:
            if named is not None:
                plan.problems.append(row.problem("asset_id", "There is no asset with this ID."))
            group.is_broken = True
            continue
        key = (competition.pk, asset.pk)
        if key in seen:
            plan.problems.append(row.problem("asset_id", f"This asset is in row {seen[key]} already."))
            group.is_broken = True
        seen.setdefault(key, row.number)
        group.rows.append((row, asset))
    plan.changes.extend(Change(each, "refuse") for each in unknown.values())
    return list(groups.values())


def _units_of(rows: Sequence[Row], plan: Plan) -> dict[tuple[str, int], str]:
    """The competition of each row, as the changes name it; those whose ref can't be read belong to none."""
    names = {key_form(change.unit): change.unit for change in plan.changes}
    refs = {row.number: row["competition_ref"] for row in rows}
    return {(SHEET, number): names[key_form(ref)] for number, ref in refs.items() if ref is not None}


def _assets_named(rows: Sequence[Row]) -> dict[str, Asset]:
    """The assets that the rows name, by the text that names them."""
    texts = {row["asset_id"] for row in rows if row["asset_id"] is not None}
    ids = {text: parsed for text in texts if (parsed := _uuid(text)) is not None}
    found = {each.pk: each for each in assets_by_id(set(ids.values()))}
    return {text: found[each] for text, each in ids.items() if each in found}


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _plan_group(
    context: JobContext[Member],
    group: Group,
    reading: Reading,
    latest: Mapping[tuple[uuid.UUID, uuid.UUID], Override],
    plan: Plan,
) -> None:
    ref = group.competition.ref
    fields = []
    columns = reading.sheets[SHEET].present
    for row, asset in group.rows:
        present = latest.get((group.competition.pk, asset.pk))
        decided = _decided(row, asset, present, columns)
        before = _shown(present.decision, present.reason) if present is not None else ""
        after = _shown(decided.decision, decided.reason)
        group.is_broken |= bool(row.bad)
        complaint = _complaint(row, asset, decided, is_new=before != after)
        if complaint is not None:
            plan.problems.append(row.problem(*complaint))
            group.is_broken = True
        elif before != after:
            _check_still_open(context, group, row, plan)
            group.decided.append(decided)
            if present is not None and is_newer(reading, present.decided_at):
                group.stale.append(_stale(context, reading, row, present))
            fields.append((f"{asset.provider.name}, {asset.ref}", before, after))
    if group.is_broken:
        plan.changes.append(Change(ref, "refuse"))
    elif not fields:
        plan.changes.append(Change(ref, "unchanged"))
    else:
        plan.changes.append(Change(ref, "update", tuple(fields)))
        plan.payload.append((group.competition, group.decided))
        plan.problems.extend(group.stale)


def _decided(row: Row, asset: Asset, present: Override | None, columns: frozenset[str]) -> Decided:
    """What the row says; a blank override takes it back, an absent reason column keeps the reason that is
    stored."""
    decision = row["override"] or ""
    if "override_reason" in columns:
        reason = row["override_reason"] or ""
    else:
        reason = present.reason if present is not None and present.decision == decision else ""
    return Decided(asset.pk, decision, reason)


def _complaint(row: Row, asset: Asset, decided: Decided, *, is_new: bool) -> tuple[str, str] | None:
    """The column and the sentence of what is wrong, None when nothing is."""
    if row.bad:
        return None
    if decided.decision and not decided.reason:
        return "override_reason", "An override needs a reason: the provider reads it."
    if decided.reason and not decided.decision:
        return (
            "override_reason",
            "A reason needs an override, Qualify or Disqualify; both blank takes it back.",
        )
    if is_new and decided.decision and asset.status == AssetStatus.ARCHIVED:
        return "asset_id", "The asset is archived."
    return None


def _stale(context: JobContext[Member], reading: Reading, row: Row, present: Override) -> Problem:
    return stale_warning(
        reading,
        row,
        "override",
        set_at=present.decided_at,
        set_by=present.decided_by_email,
        zone=context.member.organisation.zone,
    )


def _check_still_open(context: JobContext[Member], group: Group, row: Row, plan: Plan) -> None:
    try:
        rules.check_override_is_open(group.competition, context.now)
    except Refused as refusal:
        plan.problems.append(row.problem("override", refusal.sentence))
        group.is_broken = True


def _shown(decision: str, reason: str) -> str:
    return f"{OverrideDecision(decision).label}: {reason}" if decision else ""
