"""The decisions file: the decisions on one competition's bids are taken or refused together."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import Member
from bidding import rules
from bidding.domain.decisions.deciding import BidDecision, decide_bids
from bidding.domain.decisions.seen import set_since, state_digest
from bidding.domain.gate.closing import close_due_of
from bidding.domain.queries import bids_for_operator
from bidding.domain.recommendation.advice import coverage_with
from bidding.enums import Decision, RejectionReason
from bidding.models import Bid
from bidding.workbooks.specs import DECISIONS, SHEET, bid_name
from competitions.models import Competition
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.kinds import Change, JobContext, Plan, counted
from marketplace.keys import key_form
from marketplace.workbooks.declare import Problem, Reading, Row, SheetReading
from marketplace.workbooks.reading import read
from marketplace.workbooks.stale import stale_question, stale_warning


@dataclass
class Group:
    """What the file decides in one competition."""

    competition: Competition
    rows: list[tuple[Row, Bid]] = field(default_factory=list)
    decisions: list[BidDecision] = field(default_factory=list)
    stale: list[Problem] = field(default_factory=list)
    is_broken: bool = False


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What the file would do: one change a competition, every problem at its place. Raises ``Unreadable``.

    With ``params["bids_named"]`` the column Bid ID may hold what :func:`bid_name` gives.
    """
    if not (context.member.is_so and rules.holds_bids(context.member)):
        raise NotAllowed("Only members of a system operator with the Bids role may decide on bids.")
    reading = read(data, DECISIONS, zone=context.member.organisation.zone)
    sheet = reading.sheets[SHEET]
    close_due_of(context.member, context.now)
    bids = list(bids_for_operator(context.member, context.now))
    known = {str(bid.pk): bid for bid in bids}
    if context.params.get("bids_named"):
        known |= {key_form(bid_name(bid)): bid for bid in bids}
    plan = Plan(problems=list(reading.problems), payload=[])
    groups = _groups(sheet, known, plan)
    newer = set_since(context.member, bids, reading.downloaded_at) if reading.downloaded_at else {}
    for group in counted(groups, len(sheet.rows), context.progress, lambda group: len(group.rows)):
        _plan_group(context, group, reading, newer, [bid for bid in bids if _is_in(bid, group)], plan)
    plan.confirm = stale_question(
        sum(len(group.stale) for group in groups if not group.is_broken), "decision"
    )
    plan.problems.sort(key=lambda problem: problem.row or 0)
    plan.refuse_by_rows(
        {(row.sheet, row.number): group.competition.ref for group in groups for row, _ in group.rows}
    )
    return plan


def apply(context: JobContext[Member], plan: Plan) -> None:
    """Take the planned decisions. Raises ``Refused`` when somebody else decided or confirmed meanwhile."""
    planned: list[tuple[Competition, list[BidDecision]]] = sorted(plan.payload, key=lambda each: each[0].pk)
    total = sum(len(decisions) for _, decisions in planned)
    for competition, decisions in counted(planned, total, context.progress, lambda one: len(one[1])):
        decide_bids(by=context.member, competition=competition, decisions=decisions, now=context.now)


def _is_in(bid: Bid, group: Group) -> bool:
    return bid.ballot.competition_id == group.competition.pk


def _groups(sheet: SheetReading, known: Mapping[str, Bid], plan: Plan) -> list[Group]:
    """The rows by competition, in the order of the file; rows that name no bid of the operator's are
    reported."""
    groups: dict[str, Group] = {}
    seen: dict[object, int] = {}
    for row in sheet.rows:
        if row["bid_id"] is None:
            continue
        bid = known.get(key_form(row["bid_id"]))
        if bid is None:
            plan.problems.append(row.problem("bid_id", "None of the bids in your competitions has this ID."))
            continue
        group = groups.setdefault(bid.ballot.competition.ref, Group(bid.ballot.competition))
        group.rows.append((row, bid))
        if bid.pk in seen:
            plan.problems.append(row.problem("bid_id", f"This bid is in row {seen[bid.pk]} already."))
            group.is_broken = True
        seen.setdefault(bid.pk, row.number)
    return list(groups.values())


def _plan_group(
    context: JobContext[Member],
    group: Group,
    reading: Reading,
    newer: Mapping[uuid.UUID, tuple[datetime, str]],
    bids: Sequence[Bid],
    plan: Plan,
) -> None:
    ref, columns, zone = (
        group.competition.ref,
        reading.sheets[SHEET].present,
        context.member.organisation.zone,
    )
    fields = []
    for row, bid in group.rows:
        decision = _decision(row, bid, columns)
        for key, sentence in _complaints(row, decision):
            plan.problems.append(row.problem(key, sentence))
            group.is_broken = True
        group.is_broken |= bool(row.bad)
        before, after = (
            _shown(bid.decision, bid.rejection_reason, bid.rejection_comment),
            _shown(decision.decision, decision.reason, decision.comment),
        )
        if before != after:
            _check_still_open(context, group, row, plan)
            group.decisions.append(decision)
            if bid.pk in newer:
                at, email = newer[bid.pk]
                group.stale.append(
                    stale_warning(reading, row, "decision", set_at=at, set_by=email, zone=zone)
                )
            fields.append(
                (f"{bid.ballot.provider.name}, ballot {bid.ballot.label}, {bid.window}", before, after)
            )
    if group.is_broken:
        plan.changes.append(Change(ref, "refuse"))
    elif not fields:
        plan.changes.append(Change(ref, "unchanged"))
    else:
        _warn(group, bids, plan)
        plan.changes.append(Change(ref, "update", tuple(fields)))
        plan.payload.append((group.competition, group.decisions))
        plan.problems.extend(group.stale)


def _decision(row: Row, bid: Bid, present: frozenset[str]) -> BidDecision:
    """What the row says; an absent column keeps what is stored, a blank cell clears it."""
    decision = (row["decision"] or Decision.UNDECIDED) if "decision" in present else Decision(bid.decision)
    is_rejected = decision == Decision.REJECTED
    reason = row["reason"] if "reason" in present else (bid.rejection_reason if is_rejected else "")
    comment = row["comment"] if "comment" in present else (bid.rejection_comment if is_rejected else "")
    return BidDecision(bid.pk, Decision(decision), reason or "", comment or "", seen=state_digest(bid))


def _complaints(row: Row, decision: BidDecision) -> list[tuple[str, str]]:
    if "decision" in row.bad:
        return []
    if decision.decision == Decision.REJECTED:
        if not decision.reason and "reason" not in row.bad:
            return [("reason", "A rejection needs a reason from the list.")]
        return []
    found = []
    if decision.reason:
        found.append(("reason", "Only a rejection carries a reason."))
    if decision.comment:
        found.append(("comment", "Only a rejection carries a comment."))
    return found


def _check_still_open(context: JobContext[Member], group: Group, row: Row, plan: Plan) -> None:
    try:
        rules.check_decision_is_open(group.competition, context.now)
    except Refused as refusal:
        plan.problems.append(row.problem("bid_id", refusal.sentence))
        group.is_broken = True


def _warn(group: Group, bids: Sequence[Bid], plan: Plan) -> None:
    """Say where the accepted bids would exceed what is required or the maximum budget."""
    decided = {decision.bid_id: decision.decision for decision in group.decisions}
    accepted = [bid for bid in bids if decided.get(bid.pk, bid.decision) == Decision.ACCEPTED]
    row = group.rows[0][0]
    for sentence in coverage_with(group.competition, bids, accepted).warnings:
        plan.problems.append(row.problem(None, f"{group.competition.ref}: {sentence}", "warning"))


def _shown(decision: str, reason: str, comment: str) -> str:
    words = [str(Decision(decision).label)]
    if reason:
        words.append(str(RejectionReason(reason).label))
    if comment:
        words.append(comment)
    return ": ".join(words)
