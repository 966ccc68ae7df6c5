"""The competition file: checked whole against what is stored, then applied as it was shown."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from operator import itemgetter
from uuid import UUID

from accounts.models import Member, Organisation
from competitions import rules
from competitions.domain.setting_up.changes import PARTS, FieldChange, changes_between, header_of, shown
from competitions.domain.setting_up.checks import Known, header_findings, warnings_about
from competitions.domain.setting_up.going_live import Visibility, going_live
from competitions.domain.setting_up.saving import create_competition, minutes_of, update_competition
from competitions.domain.setting_up.terms import Terms, staying_published, terms_of
from competitions.models import Area, Competition, PurchasingSystem, TermsRecord
from competitions.workbooks.drafts import Draft, drafts_in, terms_from
from competitions.workbooks.specs import BOUNDARIES, COMPETITION_FILE, COMPETITIONS, WINDOWS
from marketplace.jobs.kinds import Change, JobContext, Plan, counted
from marketplace.keys import key_form
from marketplace.units import power_unit
from marketplace.workbooks.declare import Problem, Reading
from marketplace.workbooks.reading import read

NEEDS_ROW = "A new competition needs a row in the sheet {sheet}."

NO_HOURS = (
    "This window has 0 available hours: no day of its period is selected, or holidays or the clock change take all of "
    "them. Nobody can serve in it."
)

MOST_MW = 1_000
TOO_MUCH = (
    "More than 1,000 {unit} is more than a distribution network buys in one window: are these {smaller}?"
)


@dataclass(frozen=True)
class Planned:
    """A competition that the file creates (``competition_id`` None) or changes."""

    competition_id: UUID | None
    before: Terms | None
    after: Terms

    def takes_bids(self, now: datetime) -> bool:
        """Whether providers bid in it now: they wait while it is locked."""
        if self.before is None:
            return False
        opens, closes = self.before.header["bidding_open"], self.before.header["bidding_close"]
        return opens is not None and closes is not None and opens <= now < closes

    @property
    def rows(self) -> int:
        """How many rows of a file say as much."""
        return 1 + len(self.after.boundary) + len(self.after.windows)


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What the file would do: one change a competition, every problem at its place. Raises ``Unreadable``."""
    rules.check_may_procure(context.member)
    reading = read(data, COMPETITION_FILE, zone=context.member.organisation.zone)
    return plan_of(context, reading)


def apply(context: JobContext[Member], plan: Plan) -> None:
    """Store what the plan creates and changes. Raises ``Refused`` when something changed meanwhile."""
    # What takes bids comes last: it is locked from its turn to the end, and bids wait so long.
    planned: list[Planned] = sorted(plan.payload, key=lambda one: one.takes_bids(context.now))
    total = sum(one.rows for one in planned)
    for one in counted(planned, total, context.progress, lambda one: one.rows):
        if one.competition_id is None:
            create_competition(by=context.member, terms=one.after, now=context.now)
        else:
            assert one.before is not None
            update_competition(
                by=context.member,
                competition_id=one.competition_id,
                expected=one.before,
                terms=one.after,
                now=context.now,
            )


def plan_of(context: JobContext[Member], reading: Reading) -> Plan:
    """The plan for a reading of the file, against what is stored now."""
    plan = Plan(problems=list(reading.problems), payload=[])
    drafts = drafts_in(reading)
    stored = _Stored(context, [draft.ref for draft in drafts])
    present = reading.sheets[COMPETITIONS.name].present
    total = sum(len(draft.rows) for draft in drafts)
    for draft in counted(drafts, total, context.progress, lambda draft: len(draft.rows)):
        change, planned = _planned(draft, stored, present, context)
        plan.changes.append(change)
        plan.problems += draft.problems
        if planned is not None:
            plan.payload.append(planned)
    plan.problems.sort(key=_place)
    plan.refuse_by_rows(_units_of(reading, drafts))
    plan.confirm = going_live(stored.visibilities(plan.payload), context.now, stored.zone)
    return plan


def _units_of(reading: Reading, drafts: Iterable[Draft]) -> dict[tuple[str, int], str]:
    """The competition of each row; those whose ref can't be read belong to none."""
    refs = {key_form(draft.ref): draft.ref for draft in drafts}
    rows = (row for sheet in reading.sheets.values() for row in sheet.rows)
    return {(row.sheet, row.number): refs[key_form(row["ref"])] for row in rows if row["ref"] is not None}


class _Stored:
    """What the operator has, loaded once: the competitions with these refs, and what others tell of theirs."""

    def __init__(self, context: JobContext[Member], refs: Iterable[str]) -> None:
        operator = context.member.organisation
        self.zone = operator.zone
        self.now = context.now
        competitions = Competition.objects.filter(operator=operator)
        known = list(competitions.values_list("created_at", "ref", "pk", "round_name"))
        named = {key_form(ref) for ref in refs}
        changed = (
            competitions.filter(pk__in=[pk for _, ref, pk, _ in known if key_form(ref) in named])
            .select_related("purchasing_system", "settlement_terms")
            .prefetch_related("boundaries__area", "windows__period")
        )
        self.own = {key_form(competition.ref): competition for competition in changed}
        areas = Area.objects.filter(operator=operator, archived_at=None)
        dps = PurchasingSystem.objects.filter(operator=operator)
        self.known = Known(
            areas=frozenset(key_form(reference) for reference in areas.values_list("reference", flat=True)),
            dps_references=frozenset(
                key_form(reference) for reference in dps.values_list("reference", flat=True)
            ),
            competition_refs=frozenset(key_form(ref) for _, ref, _, _ in known),
            country=operator.country,
            terms_refs={
                key_form(ref): ref
                for ref in TermsRecord.objects.filter(operator=operator).values_list("ref", flat=True)
            },
        )
        self._rounds: dict[str, tuple[str, UUID | None]] = {}
        for _, _, pk, round_name in sorted(known, key=itemgetter(0)):
            if round_name:
                self._rounds.setdefault(key_form(round_name), (round_name, pk))
        self._taken = frozenset(
            key_form(ref)
            for ref in Competition.objects.exclude(operator=operator).values_list("ref", flat=True)
        )

    def visibilities(self, planned: Iterable[Planned]) -> list[Visibility]:
        """From when providers see each planned competition, before and after; cancelled ones they never will."""
        stored = {competition.pk: competition for competition in self.own.values()}
        found = []
        for one in planned:
            existing = stored.get(one.competition_id) if one.competition_id else None
            if existing is None or existing.cancelled_at is None:
                told = one.after.header["publish_on"] or self.now
                found.append(Visibility(existing.publish_on if existing else None, told))
        return found

    def in_its_round(self, terms: Terms, competition: Competition | None) -> Terms:
        """The terms with the round spelt as the operator's round of that name is: two that differ in case are one."""
        name = terms.header["round_name"]
        if not name:
            return terms
        own = competition.pk if competition else None
        spelt, first = self._rounds.setdefault(key_form(name), (name, own))
        if first is not None and first == own:  # its first competition may spell it again
            self._rounds[key_form(name)] = (name, own)
            return terms
        return replace(terms, header={**terms.header, "round_name": spelt})

    def with_terms_as_spelt(self, terms: Terms) -> Terms:
        """The terms with the ref of settlement terms spelt as the operator spells it."""
        ref = terms.header["settlement_terms"]
        spelt = self.known.terms_refs.get(key_form(ref), ref) if ref else ref
        return replace(terms, header={**terms.header, "settlement_terms": spelt})

    def is_taken_by_others(self, ref: str) -> bool:
        return key_form(ref) in self._taken


def _planned(
    draft: Draft, stored: _Stored, present: frozenset[str], context: JobContext[Member]
) -> tuple[Change, Planned | None]:
    existing = stored.own.get(key_form(draft.ref))
    if existing is None:
        _check_new(draft, stored)
    before = terms_of(existing) if existing else None
    known = stored.known if before is None else stored.known.with_areas_of(before)
    after = stored.in_its_round(terms_from(draft, before, present, known), existing)
    after = stored.with_terms_as_spelt(after)
    if existing is not None and existing.is_published(context.now):
        after = staying_published(after, existing.publish_on)
    findings = [*header_findings(after, known, stored.zone)] if draft.header or existing else []
    for finding in findings:
        if draft.header is None or not {finding.key, finding.cause} & draft.header.bad:
            draft.note(finding)
    changes = list(changes_between(before, after))
    if existing is not None:
        _check_edits(draft, existing, changes, context)
    if draft.is_broken:
        return Change(draft.ref, "refuse"), None
    for finding in warnings_about(after, is_new=existing is None, now=context.now):
        draft.note(finding)
    _warn_of_odd_windows(draft, before, after, context.member.organisation)
    if existing is not None and not changes:
        return Change(existing.ref, "unchanged"), None
    fields = tuple(
        (header_of(key), shown(key, old, stored.zone), shown(key, new, stored.zone))
        for key, old, new in changes
    )
    return Change(
        after.ref, "create" if existing is None else "update", fields, note=after.header["name"]
    ), Planned(existing.pk if existing else None, before, after)


def _warn_of_odd_windows(draft: Draft, before: Terms | None, after: Terms, operator: Organisation) -> None:
    """Note the windows that are new or changed and have not one available hour, or ask for what must be kW."""
    if not draft.windows:
        return
    known = frozenset(before.windows) if before else frozenset()
    unit = power_unit(after.header["power_type"])
    for row, window in zip(draft.windows, after.windows, strict=True):
        if window in known:
            continue
        if minutes_of(window, operator) == 0:
            draft.problems.append(row.problem("weekdays", NO_HOURS, "warning"))
        if window.capacity_required_mw > MOST_MW:
            sentence = TOO_MUCH.format(unit=unit, smaller=unit.replace("M", "k"))
            draft.problems.append(row.problem("capacity_required_mw", sentence, "warning"))


def _check_new(draft: Draft, stored: _Stored) -> None:
    if draft.header is None:
        for row in (*draft.boundary, *draft.windows):
            draft.refuse(row, "ref", f"There is no competition “{draft.ref}” in this file or among yours.")
        return
    if stored.is_taken_by_others(draft.ref):
        draft.refuse(draft.header, "ref", f"The ref “{draft.ref}” is taken on this platform. Choose another.")
    if not draft.boundary:
        draft.refuse(draft.header, "ref", NEEDS_ROW.format(sheet=BOUNDARIES.name))
    if not draft.windows:
        draft.refuse(draft.header, "ref", NEEDS_ROW.format(sheet=WINDOWS.name))


def _check_edits(
    draft: Draft, existing: Competition, changes: list[FieldChange], context: JobContext[Member]
) -> None:
    phase = existing.phase(context.now)
    for key, before, after in changes:
        refusal = rules.refusal_of_edit(key, header_of(key), before, after, phase, context.now)
        if refusal is None:
            continue
        if key in PARTS:
            row = (draft.boundary if key == "boundary" else draft.windows)[0]
            draft.refuse(row, None, refusal)
        elif draft.header is not None:
            draft.refuse(draft.header, key, refusal)


ORDER = {sheet.name: number for number, sheet in enumerate(COMPETITION_FILE.sheets)}


def _place(problem: Problem) -> tuple[int, int]:
    return ORDER.get(problem.sheet, -1), problem.row or 0
