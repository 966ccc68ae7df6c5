"""What is done to several competitions at once: shown before it happens, then done in one transaction or not
at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from competitions import rules
from competitions.domain.setting_up.changes import changes_between, label_of, shown
from competitions.domain.setting_up.date_shift import moved, moved_ahead
from competitions.domain.setting_up.going_live import Visibility
from competitions.domain.setting_up.saving import cancel_competition
from competitions.domain.setting_up.terms import terms_of
from competitions.domain.setting_up.working_copies import Sheets
from competitions.models import Competition
from competitions.rules import DATES
from competitions.workbooks import typed
from marketplace.errors import Refused

NOTHING_MOVES = "No date that lies ahead may still move so."
TAKEN = "The ref “{ref}” is taken on this platform. Choose another."
SAME_REF = "Its ref has no “{find}” to replace, and a new competition needs a ref of its own."
TOO_FAR = "That date is too far away."


@dataclass(frozen=True)
class Planned:
    """What would happen to one competition: fields before and after, or the rule that it can't be."""

    competition: Competition
    fields: Sequence[tuple[str, str, str]] = ()
    stays: Sequence[str] = ()
    refusal: str = ""
    seen: str = ""
    goes_live: Visibility | None = None


def plan_publishing(competitions: Iterable[Competition], now: datetime) -> list[Planned]:
    """Which become visible to providers at once."""
    return [_publishing(each, now) for each in competitions]


def _publishing(competition: Competition, now: datetime) -> Planned:
    try:
        rules.check_may_publish(competition, now)
    except Refused as refusal:
        return Planned(competition, refusal=refusal.sentence)
    before = shown("publish_on", competition.publish_on, competition.operator.zone)
    return Planned(competition, [(label_of("publish_on"), before, "now")], seen=_stamp(competition))


def plan_cancelling(competitions: Iterable[Competition], now: datetime) -> list[Planned]:
    """Which would be cancelled."""
    planned = []
    for each in competitions:
        try:
            rules.check_may_cancel(each, now)
        except Refused as refusal:
            planned.append(Planned(each, refusal=refusal.sentence))
        else:
            planned.append(Planned(each, [("Phase", each.phase(now).label, "Cancelled")], seen=_stamp(each)))
    return planned


def plan_moving(
    *, by: Member, competitions: Iterable[Competition], days: int, with_periods: bool, now: datetime
) -> list[Planned]:
    """Each date that lies ahead and may still change, before and after; what stays, and why."""
    return [_moving(by, each, days, with_periods, now)[0] for each in competitions]


def _moving(
    by: Member, competition: Competition, days: int, with_periods: bool, now: datetime
) -> tuple[Planned, Sheets]:
    zone, before = competition.operator.zone, terms_of(competition)
    try:
        rules.check_may_move(competition, now)
        phase = competition.phase(now)
        terms, stays = moved_ahead(before, days, zone, phase=phase, now=now, with_periods=with_periods)
    except Refused as refusal:
        return Planned(competition, refusal=refusal.sentence), {}
    except (OverflowError, ValueError):
        return Planned(competition, refusal=TOO_FAR), {}
    reasons = [f"{each.label}: {each.reason}" for each in stays]
    if terms == before:
        return Planned(competition, stays=reasons, refusal=NOTHING_MOVES), {}
    sheets = typed.sheets_of(terms, zone)
    plan = typed.plan_typed(by=by, sheets=sheets, now=now)
    errors = [problem.message for problem in plan.problems if problem.level == "error"]
    fields = [
        (label_of(key), shown(key, old, zone), shown(key, new, zone))
        for key, old, new in changes_between(before, terms)
    ]
    why_not = " ".join(errors) or ("" if plan.changes else NOTHING_MOVES)
    return Planned(competition, fields, reasons, why_not, plan.fingerprint()), sheets


@dataclass(frozen=True)
class Copying:
    """How competitions are duplicated: what of the ref is replaced by what, how many days later, and in which
    round."""

    find: str
    replacement: str
    days: int
    round_name: str = ""


def plan_duplicating(
    *, by: Member, competitions: Iterable[Competition], how: Copying, now: datetime
) -> list[Planned]:
    """The ref, round and dates that each new competition gets, or the rule that it can't be made."""
    return [_duplicating(by, each, how, now)[0] for each in competitions]


def _duplicating(by: Member, competition: Competition, how: Copying, now: datetime) -> tuple[Planned, Sheets]:
    zone, before = competition.operator.zone, terms_of(competition)
    ref = before.ref.replace(how.find, how.replacement)
    if ref == before.ref:
        return Planned(competition, refusal=SAME_REF.format(find=how.find)), {}
    try:
        later = moved(before, how.days, zone)
    except (OverflowError, ValueError):
        return Planned(competition, refusal=TOO_FAR), {}
    header = {**later.header, "round_name": how.round_name or before.header["round_name"]}
    terms = replace(later, ref=ref, header=header)
    sheets = typed.sheets_of(terms, zone)
    plan = typed.plan_typed(by=by, sheets=sheets, now=now)
    errors = [problem.message for problem in plan.problems if problem.level == "error"]
    if not errors and any(change.action != "create" for change in plan.changes):
        errors = [TAKEN.format(ref=ref)]  # an own competition, which would be changed
    fields = [(label_of("ref"), before.ref, ref)]
    fields += [
        (label_of(key), shown(key, old, zone), shown(key, new, zone))
        for key, old, new in changes_between(before, terms)
        if key in (*DATES, "round_name", "windows")
    ]
    live = Visibility(None, terms.header["publish_on"] or now)
    return Planned(competition, fields, (), " ".join(errors), plan.fingerprint(), live), sheets


@transaction.atomic
def duplicate_many(
    *, by: Member, competitions: Sequence[Competition], seen: Mapping[UUID, str], how: Copying, now: datetime
) -> int:
    """Make the new competitions as they were shown. Raises ``Refused``, and then makes none, where one can't
    be."""
    for each in _in_order(competitions):
        planned, sheets = _duplicating(by, each, how, now)
        if planned.refusal:
            raise Refused(f"{each.ref}: {planned.refusal} Nothing was duplicated.")
        typed.save_typed(by=by, sheets=sheets, seen=seen.get(each.pk, ""), now=now, is_confirmed=True)
    return len(competitions)


@transaction.atomic
def publish_many(
    *, by: Member, competitions: Sequence[Competition], seen: Mapping[UUID, str], now: datetime
) -> int:
    """Publish all that were shown. Raises ``Refused``, and then publishes none, where one can't be or has
    changed."""
    for each in _in_order(competitions):
        _check_seen(each, seen)
        typed.publish(by=by, competition=each, now=now)
    return len(competitions)


@transaction.atomic
def cancel_many(
    *, by: Member, competitions: Sequence[Competition], seen: Mapping[UUID, str], reason: str, now: datetime
) -> int:
    """Cancel all that were shown, with one reason. Raises ``Refused``, and then cancels none."""
    for each in _in_order(competitions):
        _check_seen(each, seen)
        cancel_competition(by=by, competition=each, reason=reason, now=now)
    return len(competitions)


@transaction.atomic
def move_many(
    *,
    by: Member,
    competitions: Sequence[Competition],
    seen: Mapping[UUID, str],
    days: int,
    with_periods: bool,
    now: datetime,
) -> int:
    """Move the dates as they were shown. Raises ``Refused``, and then moves none, where one can't or has
    changed."""
    for each in _in_order(competitions):
        planned, sheets = _moving(by, each, days, with_periods, now)
        if planned.refusal:
            raise Refused(f"{each.ref}: {planned.refusal} Nothing was moved.")
        typed.save_typed(by=by, sheets=sheets, seen=seen.get(each.pk, ""), now=now, is_confirmed=True)
    return len(competitions)


def _in_order(competitions: Sequence[Competition]) -> list[Competition]:
    """Always in the same order, so that two who act at once wait for one another."""
    return sorted(competitions, key=lambda each: each.pk)


def _stamp(competition: Competition) -> str:
    return competition.changed_at.isoformat()


def _check_seen(competition: Competition, seen: Mapping[UUID, str]) -> None:
    if seen.get(competition.pk) != _stamp(competition):
        raise Refused(
            f"{competition.ref} changed since this was shown, so nothing was done. Look at it again."
        )
