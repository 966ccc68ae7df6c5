"""The bids file: rows become ballots, each taken or refused whole; what may be placed is looked at all
together."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from accounts.models import Member
from bidding import rules
from bidding.domain.ballots.bidding_context import bidding_context_of, groups_in
from bidding.domain.ballots.limits import BidTerms, Breach, listed
from bidding.domain.ballots.named_assets import AssetNames, NamedAssets, assets_in_words, counted_assets
from bidding.domain.ballots.offers import Assessment, BallotOffer, BiddingContext, assess, is_unchanged
from bidding.domain.ballots.submitting import assess_all, has_entered, submit_ballots
from bidding.workbooks.specs import ASSET_SHEET, BIDS, SHEET
from competitions.domain.queries import competitions_visible_to
from competitions.models import Competition
from marketplace.errors import Refused
from marketplace.jobs.enums import State
from marketplace.jobs.kinds import Change, JobContext, Plan, counted, why_refused
from marketplace.jobs.models import Job
from marketplace.keys import key_form
from marketplace.numbers import clock_length, count_text, money_text, power_text
from marketplace.units import PER
from marketplace.workbooks.declare import Problem, Row
from marketplace.workbooks.reading import read
from qualification.domain.verdicts.freeze import ensure_frozen
from qualification.workbooks.part import rows_of_part

COLUMNS = {
    "window_id": "window",
    "capacity_mw": "capacity",
    "maximum_run_time": "run_time",
    "bids": "capacity",
}
"""Where the file says what a limit is about, if not under the same name."""


@dataclass
class BallotRows:
    """The rows of one ballot. ``bids`` are those rows that could be read, in order; a problem breaks the
    ballot.

    ``named`` are its assets: None where the file says nothing of them, so that they stay, or all for a new
    ballot.
    """

    ref: str
    label: str
    rows: list[Row] = field(default_factory=list)
    bids: list[tuple[Row, BidTerms]] = field(default_factory=list)
    named: NamedAssets | None = None
    asset_rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_broken: bool = False

    @property
    def unit(self) -> str:
        return f"{self.ref} ballot {self.label}"

    def refuse(self, rows: Iterable[Row], key: str | None, message: str) -> None:
        self.is_broken = True
        self.problems += [row.problem(key, message) for row in rows]

    @property
    def offer(self) -> BallotOffer:
        bids = tuple(terms for _, terms in self.bids)
        if self.named is None:
            return BallotOffer(self.label, frozenset(), bids, keeps=True)
        if self.named.takes_all:
            return BallotOffer(self.label, None, bids)
        return BallotOffer(self.label, self.named.refs, bids, grouped=self.named.grouped)


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What the file would do: one change a ballot, every problem at its place. Raises ``Unreadable`` or
    ``Refused``.

    ``params["only_refs"]`` or ``params["except_refs"]`` name the competitions whose rows are looked at, or
    are not.
    """
    rules.check_may_bid(context.member)
    reading = read(data, BIDS, zone=context.member.organisation.zone)
    sheet = reading.sheets[SHEET]
    looked_at = [row for row in rows_of_part(context.params, sheet, "ref") if _has_capacity(row)]
    asset_rows = rows_of_part(context.params, reading.sheets[ASSET_SHEET], "ref")
    ignored = {(SHEET, row.number) for row in sheet.rows} - {(SHEET, row.number) for row in looked_at}
    plan = Plan(
        problems=[each for each in reading.problems if (each.sheet, each.row) not in ignored], payload=[]
    )
    groups = _groups(looked_at)
    plan.problems += _put_asset_rows(groups, asset_rows)
    _check_not_late(context, groups)
    for ref, own in counted(groups.items(), len(looked_at), context.progress, _rows_in):
        _plan_competition(context, ref, own, plan)
    plan.problems.sort(key=lambda problem: problem.row or 0)
    plan.refuse_by_rows(
        {
            (row.sheet, row.number): group.unit
            for own in groups.values()
            for group in own
            for row in (*group.rows, *group.asset_rows)
        }
    )
    return plan


def apply(context: JobContext[Member], plan: Plan) -> None:
    """Place the ballots that the plan found good. Raises ``Refused`` when a rule refuses them now."""
    planned: list[tuple[Competition, list[BallotOffer]]] = sorted(plan.payload, key=lambda each: each[0].pk)
    for competition, _ in planned:
        ensure_frozen(competition, context.now)
    total = sum(map(_bids_in, planned))
    for competition, offers in counted(planned, total, context.progress, _bids_in):
        submit_ballots(by=context.member, competition=competition, offers=offers, now=context.now)


def _rows_in(one: tuple[str, list[BallotRows]]) -> int:
    return sum(len(group.rows) for group in one[1])


def _bids_in(one: tuple[Competition, list[BallotOffer]]) -> int:
    return sum(len(offer.bids) for offer in one[1])


def _has_capacity(row: Row) -> bool:
    """Whether the row is a bid. One without a capacity is skipped, whatever else it holds."""
    return row["capacity"] is not None or "capacity" in row.bad


def _groups(rows: Iterable[Row]) -> dict[str, list[BallotRows]]:
    """The ballots of the rows, by competition; a ballot whose rows all lack a capacity is left alone."""
    groups: dict[tuple[str, str], BallotRows] = {}
    for row in rows:
        if row["ref"] is None:
            continue
        label = row["ballot"] or (row.shown("ballot") if "ballot" in row.bad else "1")
        group = groups.setdefault((key_form(row["ref"]), key_form(label)), BallotRows(row["ref"], label))
        group.rows.append(row)
        group.is_broken |= bool(row.bad)
    by_competition: dict[str, list[BallotRows]] = {}
    for (ref, _), group in groups.items():
        by_competition.setdefault(ref, []).append(group)
    return by_competition


def _put_asset_rows(groups: Mapping[str, list[BallotRows]], rows: Iterable[Row]) -> list[Problem]:
    """Give each ballot its rows of the sheet of assets; a warning for those of a ballot that the file doesn't
    place."""
    ballots = {(ref, key_form(group.label)): group for ref, own in groups.items() for group in own}
    left: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        place = key_form(row["ref"] or ""), key_form(row["ballot"] or "1")
        if place in ballots:
            ballots[place].asset_rows.append(row)
            ballots[place].is_broken |= bool(row.bad)
        elif not row.bad:
            left.setdefault(place, []).append(row)
    return [
        own[0].problem(
            "ref",
            f"Not read: no row of the sheet {SHEET} with a capacity places this ballot"
            f"{f', here and in {count_text(len(own) - 1)} other rows' if len(own) > 1 else ''}.",
            "warning",
        )
        for own in left.values()
    ]


def _check_not_late(context: JobContext[Member], groups: Mapping[str, list[BallotRows]]) -> None:
    """A file shown before the close and applied after it is refused with the sentence that says so."""
    found = competitions_visible_to(context.member, context.now).filter(bidding_close__lte=context.now)
    late = [ref for ref in found.values_list("ref", flat=True) if ref.casefold() in groups]
    if late and Job.objects.filter(pk=context.job_id, state=State.APPLYING).exists():
        raise Refused(
            f"Bidding in {listed(sorted(late))} closed before this file was applied, so none of its bids counts. "
            "Bids that you placed before stay as they were."
        )


def _plan_competition(context: JobContext[Member], ref: str, groups: list[BallotRows], plan: Plan) -> None:
    competition = competitions_visible_to(context.member, context.now).filter(ref__iexact=ref).first()
    refusal = _refusal(context, competition, groups[0].ref)
    if competition is None or refusal:
        for group in groups:
            group.refuse(group.rows, "ref", refusal)
            plan.problems += group.problems
            plan.changes.append(Change(group.unit, "refuse", note=why_refused(group.problems)))
        return
    ensure_frozen(competition, context.now)
    bidding = bidding_context_of(competition, context.member.organisation, context.now)
    names = AssetNames.of(bidding.assets, groups_in(competition, context.member.organisation))
    for group in groups:
        group.ref, group.label = competition.ref, bidding.label_of(group.label)
        _read_group(group, bidding, names)
    whole = {group.label: group for group in groups if not group.is_broken}
    assessed = {
        each.offer.label: each
        for each in assess_all(
            competition, context.member.organisation, bidding, [group.offer for group in whole.values()]
        )
    }
    good: list[BallotOffer] = []
    for group in groups:
        assessment = assessed.get(group.label) or assess(bidding, [group.offer])[0]
        _locate(group, assessment)
        plan.problems += group.problems
        plan.changes.append(_change(group, assessment, bidding))
        if not group.is_broken:
            good.append(group.offer)
    if good:
        plan.payload.append((competition, good))


def _refusal(context: JobContext[Member], competition: Competition | None, ref: str) -> str:
    """Why nobody, or this company, may bid there now; empty when it may."""
    if competition is None:
        return f"There is no competition “{ref}”."
    try:
        rules.check_bidding_is_open(competition, context.now)
    except Refused as refusal:
        return refusal.sentence
    if not has_entered(competition, context.member.organisation):
        return f"Your company has not entered {competition.ref}, so it can't bid in it."
    return ""


def _read_group(group: BallotRows, bidding: BiddingContext, names: AssetNames) -> None:
    """Turn the rows into bids and the refs into assets, noting what can't be."""
    windows = {
        (key_form(window.period), key_form(window.name)): key for key, window in bidding.windows.items()
    }
    for row in group.rows:
        key = windows.get((key_form(row["period"] or ""), key_form(row["window"] or "")))
        if key is None and row["period"] and row["window"]:
            sentence = f"{bidding.ref} has no service window “{row['window']}” in a period “{row['period']}”."
            group.refuse([row], "window", sentence)
        if row["run_time"] is None and "run_time" not in row.bad:
            group.refuse([row], "run_time", "A bid needs a maximum run time.")
        if key is not None and row["capacity"] is not None and row["run_time"] is not None:
            prices = {name: row[name] for name in PER}
            group.bids.append((row, BidTerms(key, row["capacity"], row["run_time"], **prices)))
    _read_assets(group, bidding, names)


def _read_assets(group: BallotRows, bidding: BiddingContext, names: AssetNames) -> None:
    first = group.rows[0]
    named = names.read(first["assets"] or ())
    other = [
        row
        for row in group.rows[1:]
        if row["assets"] != first["assets"] and names.read(row["assets"] or ()) != named
    ]
    if other:
        group.refuse(other, "assets", f"Must name the same assets on every row of ballot {group.label}.")
    if group.asset_rows:
        _read_asset_rows(group, bidding, names)
    elif first["assets"] is not None:
        group.named = named
        if sentence := named.problem(bidding.ref):
            group.refuse(group.rows, "assets", sentence)


def _read_asset_rows(group: BallotRows, bidding: BiddingContext, names: AssetNames) -> None:
    """The assets of the sheet of assets; a cell that names some as well is an error."""
    in_cells = [row for row in group.rows if row["assets"] is not None]
    if in_cells:
        sentence = f"The assets of ballot {group.label} stand in the sheet {ASSET_SHEET} too: give them in one place."
        group.refuse(in_cells, "assets", sentence)
    keys: set[uuid.UUID] = set()
    for row in group.asset_rows:
        key = names.by_ref(row["asset"]) if row["asset"] is not None else None
        if key is not None:
            keys.add(key)
        elif row["asset"] is not None:
            group.refuse([row], "asset", f"Not among your qualified assets in {bidding.ref}: {row['asset']}.")
    group.named = NamedAssets(frozenset(keys))


def _locate(group: BallotRows, assessment: Assessment) -> None:
    """Put each breach and warning at its row and column; what was said of a cell already is not said
    again."""
    said = {(problem.row, problem.column) for problem in group.problems}
    for breach in assessment.breaches:
        if breach.field in ("assets", "bids") and group.is_broken:
            continue
        key = _column(breach)
        for row in _rows_of(group, breach):
            problem = row.problem(key, breach.sentence)
            if key not in row.bad and (problem.row, problem.column) not in said:
                group.problems.append(problem)
        group.is_broken = True
    if group.is_broken:
        return
    for warning in assessment.warnings:
        group.problems += [
            row.problem(_column(warning), warning.sentence, "warning") for row in _rows_of(group, warning)
        ]


def _rows_of(group: BallotRows, breach: Breach) -> list[Row]:
    return group.rows if breach.bid is None else [group.bids[breach.bid][0]]


def _column(breach: Breach) -> str:
    return COLUMNS.get(breach.field, breach.field)


def _change(group: BallotRows, assessment: Assessment, bidding: BiddingContext) -> Change:
    if group.is_broken:
        return Change(group.unit, "refuse", note=why_refused(group.problems))
    if is_unchanged(bidding, assessment):
        return Change(group.unit, "unchanged")
    present = bidding.ballots.get(group.label)
    is_new = present is None or not present.is_live
    before = {} if is_new or present is None else _shown([bid.terms for bid in present.bids], bidding)
    after = _shown([terms for _, terms in group.bids], bidding)
    names = list(dict.fromkeys((*after, *before)))
    fields = [
        (name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    ]
    held = frozenset() if is_new or present is None else present.assets
    if held != assessment.assets:
        before_assets = None if is_new else counted_assets(len(held))
        fields.append(
            ("Assets", before_assets, assets_in_words(bidding, held, assessment.assets, is_new=is_new))
        )
    return Change(group.unit, "create" if is_new else "update", tuple(fields))


def _shown(bids: Iterable[BidTerms], bidding: BiddingContext) -> dict[str, str]:
    """Each window's bids in words."""
    found: dict[str, str] = {}
    for bid in bids:
        prices = [
            f"{money_text(getattr(bid, name), bidding.pricing.currency)}{per}"
            for name, per in PER.items()
            if getattr(bid, name) is not None
        ]
        text = ", ".join(
            [
                power_text(bid.capacity_mw, bidding.windows[bid.window_id].unit),
                f"run time {clock_length(bid.maximum_run_time)}",
                *prices,
            ]
        )
        label = bidding.windows[bid.window_id].label
        found[label] = f"{found[label]}; {text}" if label in found else text
    return found
