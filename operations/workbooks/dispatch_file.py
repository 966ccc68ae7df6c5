"""The dispatches file: each row is sent, or refused, by itself; one whose ref was sent before is left as it is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from accounts.models import Member
from contracts.models import Contract
from marketplace.dates import day_in_ref
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.kinds import Change, JobContext, Plan, Step, counted
from marketplace.numbers import counted as counted_text
from marketplace.workbooks.declare import Reading, Row
from marketplace.workbooks.reading import read
from operations import rules
from operations.domain.dispatch_queries import contracts_to_call
from operations.domain.instructions import Instruction, check_ref, issued_before
from operations.domain.issuing import issue_dispatches
from operations.domain.preview import Preview, preview_of
from operations.domain.recording import make_ref
from operations.enums import DispatchKind
from operations.workbooks.csv_sheet import is_csv, read_csv
from operations.workbooks.dispatch_specs import DISPATCH_FILE, DISPATCHES

ZIP = b"PK"


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What the file would send: one change a row, every problem at its place. Raises ``Unreadable``."""
    if not rules.may_dispatch(context.member):
        raise NotAllowed("Only members of a system operator with the Operations role may dispatch.")
    reading = _read(context, data)
    rows = reading.sheets[DISPATCHES.name].rows
    known = {str(each.pk): each for each in contracts_to_call(context.member)}
    plan = Plan(problems=list(reading.problems), payload=[])
    seen: dict[str, int] = {}
    taken: dict[UUID, list[tuple[Instruction, int]]] = {}
    units = {}
    for row in counted(rows, len(rows), context.progress):
        units[row.sheet, row.number] = _unit(row)
        wanted = _wanted(row, known, seen, plan, context)
        if wanted is None:
            plan.changes.append(Change(_unit(row), "refuse"))
            continue
        _plan_row(row, wanted, known[str(wanted.contract_id)], taken, plan, context)
    _confirm(plan)
    plan.problems.sort(key=lambda problem: problem.row or 0)
    plan.refuse_by_rows(units)
    return plan


def _read(context: JobContext[Member], data: bytes) -> Reading:
    zone = context.member.organisation.zone
    if is_csv(data, context.filename):
        return read_csv(data, DISPATCH_FILE, DISPATCHES, zone=zone)
    return read(data, DISPATCH_FILE, zone=zone)


def apply(context: JobContext[Member], plan: Plan) -> Mapping[str, Any]:
    """Send what is planned: all of it, or none where something has changed since the check. Raises ``Refused``."""
    told = [
        replace(wanted, ref=wanted.ref or _made(context, place))
        for place, wanted in enumerate(plan.payload, start=1)
    ]
    issue_dispatches(by=context.member, instructions=told, now=context.now)
    context.progress(len(told), len(told))
    return {"create": len(plan.payload)}


def _made(context: JobContext[Member], place: int) -> str:
    """The ref of a row without one: the same whenever the job is run again, so that nothing is sent twice."""
    day = context.now.astimezone(context.member.organisation.zone)
    return f"{make_ref(context.member.organisation, context.now)[:2]}{day_in_ref(day)}-F{context.job_id.hex[:6].upper()}-{place}"


def foresee(context: JobContext[Member], plan: Plan) -> list[Step]:
    """What will happen when the file is applied."""
    number = len(plan.payload)
    if not number:
        return []
    what = f"{counted_text(number, 'dispatch is', 'dispatches are')} sent; the providers are told by page and mail."
    return [Step("When you apply it", what)]


def _unit(row: Row) -> str:
    return row["ref"] or f"Row {row.number}"


def _wanted(
    row: Row, known: Mapping[str, Contract], seen: dict[str, int], plan: Plan, context: JobContext[Member]
) -> Instruction | None:
    """What a row asks for; None where a cell of it can't be taken, which is reported."""
    broken = bool(row.bad)
    ref = row["ref"] or ""
    contract = known.get(str(row["contract_id"] or "").strip().lower())
    if row["contract_id"] and contract is None:
        sentence = "None of the contracts that you may dispatch has this ID."
        plan.problems.append(row.problem("contract_id", sentence))
        broken = True
    if ref:
        try:
            check_ref(ref)
        except Refused as refusal:
            plan.problems.append(row.problem("ref", refusal.sentence))
            broken = True
        if ref.casefold() in seen:
            plan.problems.append(row.problem("ref", f"This ref is in row {seen[ref.casefold()]} already."))
            broken = True
        seen.setdefault(ref.casefold(), row.number)
    needed = (row["mw"], row["start"], row["end"])
    if broken or contract is None or any(each is None for each in needed):
        return None
    return Instruction(
        contract.pk,
        row["mw"],
        row["start"],
        row["end"],
        DispatchKind(row["kind"] or DispatchKind.OPERATIONAL),
        ref,
        row["reason"] or "",
        row["incident_reference"] or "",
    )


def _plan_row(
    row: Row,
    wanted: Instruction,
    contract: Contract,
    taken: dict[UUID, list[tuple[Instruction, int]]],
    plan: Plan,
    context: JobContext[Member],
) -> None:
    """Leave a row that was sent before, refuse one that breaks a limit, and plan the others."""
    try:
        before = issued_before(context.member, wanted)
        preview = None
        if before is None:
            preview = preview_of(contract, wanted.mw, wanted.start, wanted.end, context.now)
    except Refused as refusal:
        plan.problems.append(row.problem("ref", refusal.sentence))
        plan.changes.append(Change(_unit(row), "refuse"))
        return
    if before is not None:
        plan.changes.append(Change(_unit(row), "unchanged"))
        return
    assert preview is not None
    complaints = [each.sentence for each in preview.refusals]
    others = taken.setdefault(wanted.contract_id, [])
    complaints += [
        f"Row {number} of this file dispatches the contract at that time too."
        for other, number in others
        if other.start < wanted.end and other.end > wanted.start
    ]
    if complaints:
        plan.problems += [row.problem("contract_id", sentence) for sentence in complaints]
        plan.changes.append(Change(_unit(row), "refuse"))
        return
    plan.problems += [row.problem("contract_id", each, "warning") for each in preview.warnings]
    others.append((wanted, row.number))
    plan.payload.append(replace(wanted, warnings=tuple(preview.warnings)))
    plan.changes.append(Change(_unit(row), "create", _fields(row, preview)))


def _fields(row: Row, preview: Preview) -> tuple[tuple[str, Any, Any], ...]:
    told = [("Start", row.shown("start")), ("End", row.shown("end")), ("Capacity (MW)", row.shown("mw"))]
    return (*((name, "", value) for name, value in told), ("Costs about", "", str(preview.cost)))


def _confirm(plan: Plan) -> None:
    warned = sum(problem.level == "warning" and problem.column == "Contract ID" for problem in plan.problems)
    if plan.payload and warned:
        plan.confirm = [
            f"There {'is 1 warning' if warned == 1 else f'are {warned} warnings'} to read before sending."
        ]
