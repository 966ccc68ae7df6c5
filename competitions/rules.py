"""Who may change competitions, and what may still change in which phase."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from accounts.enums import Role
from accounts.models import Member
from competitions.columns import HEADER
from competitions.columns.field import UNTIL_QUALIFICATION_CLOSES
from competitions.enums import Phase
from competitions.models import Competition
from marketplace.errors import NotAllowed, Refused
from marketplace.workbooks.moments import DateTime

FIELDS = {column.key: column for column in HEADER}
DATES = tuple(column.key for column in HEADER if isinstance(column.kind, DateTime))


def can_procure(member: Member | None) -> bool:
    """Whether the member sets up areas and competitions of an operator."""
    return member is not None and member.is_so and member.holds(Role.PROCUREMENT)


def check_may_procure(member: Member) -> None:
    """Raise ``NotAllowed`` unless the member may set up areas and competitions."""
    if not can_procure(member):
        raise NotAllowed("Setting up areas and competitions needs the role Procurement of a system operator.")


def can_keep_terms(member: Member | None) -> bool:
    """Whether the member keeps an operator's settlement terms."""
    return member is not None and member.is_so and member.holds(Role.CONTRACTS)


def check_may_keep_terms(member: Member) -> None:
    """Raise ``NotAllowed`` for who may not keep settlement terms."""
    if not can_keep_terms(member):
        raise NotAllowed("Keeping settlement terms needs the role Contracts of a system operator.")


def refusal_of_edit(
    field: str, label: str, before: Any, after: Any, phase: Phase, now: datetime
) -> str | None:
    """Why a field may not go from ``before`` to ``after`` in this phase, as a sentence; None when it may.

    Before qualification opens everything may change but the ref; while it is open also, except dates in the past; then
    what its column says, of boundary and windows nothing.
    """
    where = f"in the phase “{phase.label}”"
    if phase in UNTIL_QUALIFICATION_CLOSES:
        if field in DATES and phase is Phase.QUALIFICATION_OPEN:
            if before is not None and before <= now:
                return f"{label} can't change {where}: it is in the past."
            if after is not None and after <= now:
                return f"{label} can't be moved into the past {where}."
        return None
    if may_change(field, phase):
        return None
    if only_later(field, phase):
        if before is not None and after is not None and after > before:
            return None
        return f"{label} may only be moved later {where}."
    return f"{label} can't change {where}."


def lock_of(field: str, label: str, before: Any, phase: Phase, now: datetime) -> str | None:
    """Why no other value of a field could pass in this phase, as a sentence; None where some could."""
    where = f"in the phase “{phase.label}”"
    if phase in UNTIL_QUALIFICATION_CLOSES:
        is_past = (
            field in DATES and phase is Phase.QUALIFICATION_OPEN and before is not None and before <= now
        )
        return f"{label} can't change {where}: it is in the past." if is_past else None
    if may_change(field, phase) or (before is not None and only_later(field, phase)):
        return None
    return f"{label} can't change {where}."


def may_change(field: str, phase: Phase) -> bool:
    """Whether a field, or ``boundary`` or ``windows`` as a whole, may change in this phase."""
    return phase in (FIELDS[field].editable if field in FIELDS else UNTIL_QUALIFICATION_CLOSES)


def only_later(field: str, phase: Phase) -> bool:
    """Whether a date may move, but not to an earlier instant."""
    return field in FIELDS and phase in FIELDS[field].may_move_later


def check_may_publish(competition: Competition, now: datetime) -> None:
    """Raise ``Refused`` for anything but a draft."""
    if competition.phase(now) is not Phase.DRAFT:
        raise Refused("Only a draft can be published.")


def check_may_edit(competition: Competition, now: datetime) -> None:
    """Raise ``Refused`` for a cancelled competition, of which nothing is to be changed by page."""
    if competition.cancelled_at is not None:
        raise Refused(
            f"{competition.ref} was cancelled, so there is nothing to change. You can duplicate it."
        )


def check_may_move(competition: Competition, now: datetime) -> None:
    """Raise ``Refused`` where no date lies ahead that may still change."""
    check_may_edit(competition, now)
    phase = competition.phase(now)
    for key in DATES:
        value = getattr(competition, key)
        if value is not None and value > now and lock_of(key, key, value, phase, now) is None:
            return
    raise Refused(f"No date of {competition.ref} that lies ahead may still change.")


def check_may_archive(competition: Competition, now: datetime) -> None:
    """Raise ``Refused`` where the competition is a draft, is archived already, or bids may still come."""
    phase = competition.phase(now)
    if phase is Phase.ARCHIVED:
        raise Refused("This competition is archived already.")
    if phase is Phase.DRAFT:
        raise Refused("A draft can't be archived: nobody else sees it. Cancel it if it is not needed.")
    last = competition.bidding_close or competition.qualification_close
    if now < last:
        raise Refused("A competition can be archived once its last date has passed; not before.")


def check_may_cancel(competition: Competition, now: datetime) -> None:
    """Raise ``Refused`` once the results are confirmed, or when it is cancelled already."""
    if competition.cancelled_at is not None:
        raise Refused("This competition is cancelled already.")
    if competition.confirmed_at is not None:
        raise Refused("The results are confirmed, so the competition can no longer be cancelled.")


def check_may_ask(competition: Competition, now: datetime) -> None:
    """Raise ``Refused`` before publication, after bidding close (without bidding: qualification close) or cancellation."""
    phase = competition.phase(now)
    if phase in (Phase.DRAFT, Phase.CANCELLED, Phase.ARCHIVED, Phase.CONFIRMED):
        raise Refused(f"Nothing can be asked about {competition.ref} in the phase “{phase.label}”.")
    if now >= (competition.bidding_close or competition.qualification_close):
        raise Refused(
            f"Questions about {competition.ref} could be asked until its last deadline, which has passed."
        )


def can_ask(member: Member | None, competition: Competition, now: datetime) -> bool:
    """Whether the member may ask about the competition now."""
    return member is not None and member.is_fsp and _passes(check_may_ask, competition, now)


def verbs_for(competition: Competition, now: datetime) -> frozenset[str]:
    """What the competition's phase allows, of publish, edit, move, archive and cancel; it can always be duplicated."""
    checks = {
        "publish": check_may_publish,
        "edit": check_may_edit,
        "move": check_may_move,
        "archive": check_may_archive,
        "cancel": check_may_cancel,
    }
    return frozenset(verb for verb, check in checks.items() if _passes(check, competition, now))


def _passes(check: Callable[[Competition, datetime], None], competition: Competition, now: datetime) -> bool:
    try:
        check(competition, now)
    except Refused:
        return False
    return True
