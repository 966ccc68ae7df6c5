"""What an operator asks of a contract, as it is typed, sent or read from a file; and whether it was asked before."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models.functions import Lower

from accounts.models import Member
from marketplace.errors import Refused
from marketplace.numbers import count_text
from operations.enums import DispatchKind
from operations.models import REF_PATTERN, Dispatch, DispatchEvent

LONGEST_REASON = 1000
LONGEST_INCIDENT = 60
MOST_MW = 10**8


@dataclass(frozen=True)
class Instruction:
    """A dispatch to issue. Without a ref it gets one. ``warnings`` are those that the operator was told and set aside."""

    contract_id: UUID
    mw: Decimal
    start: datetime
    end: datetime
    kind: DispatchKind = DispatchKind.OPERATIONAL
    ref: str = ""
    reason: str = ""
    incident_reference: str = ""
    warnings: tuple[str, ...] = field(default=(), compare=False)


def checked(instruction: Instruction) -> Instruction:
    """The instruction with its texts trimmed. Raises ``Refused`` for MW, texts and a ref that can't be kept."""
    check_mw(instruction.mw)
    if instruction.ref:
        check_ref(instruction.ref)
    incident = _short(instruction.incident_reference, LONGEST_INCIDENT, "An incident reference")
    return replace(instruction, reason=reason_text(instruction.reason), incident_reference=incident)


def check_mw(mw: Decimal) -> None:
    """Raise ``Refused`` for what is no amount of power that can be kept."""
    if not mw.is_finite() or abs(mw) >= MOST_MW:
        raise Refused("MW are a number, such as 2.5, with up to eight digits before the point.")
    if mw != round(mw, 6):
        raise Refused("MW have up to six decimals.")


def check_ref(ref: str) -> None:
    """Raise ``Refused`` for a ref of another form."""
    if not re.fullmatch(REF_PATTERN, ref):
        raise Refused("A dispatch ref has up to 60 letters, digits, dots, slashes, hyphens and underscores.")


def reason_text(reason: str) -> str:
    """A reason without spaces around it. Raises ``Refused`` for one that is too long."""
    return _short(reason, LONGEST_REASON, "A reason")


def _short(text: str, most: int, what: str) -> str:
    text = text.strip()
    if len(text) > most:
        raise Refused(f"{what} can have at most {count_text(most)} characters.")
    return text


def issued_before(member: Member, instruction: Instruction) -> Dispatch | None:
    """The dispatch that was issued under this ref with this content, if any. Raises ``Refused`` for other content."""
    content = checked(instruction)
    found = issued_under(member, [content.ref]).get(content.ref.lower())
    return None if found is None else same_dispatch(found, content)


def issued_under(member: Member, refs: Collection[str]) -> dict[str, tuple[Dispatch, Instruction]]:
    """What the member's organisation issued under these refs, by the ref in small letters."""
    wanted = [each.lower() for each in refs if each]
    if not wanted:
        return {}
    rows = Dispatch.objects.annotate(small=Lower("ref")).filter(
        operator=member.organisation_id, small__in=wanted
    )
    issues = DispatchEvent.objects.filter(dispatch__in=rows, place=1).select_related("dispatch")
    return {each.dispatch.ref.lower(): (each.dispatch, _told_by(each)) for each in issues}


def _told_by(issue: DispatchEvent) -> Instruction:
    of = issue.dispatch
    assert issue.mw is not None
    assert issue.start is not None
    assert issue.end is not None
    kind = DispatchKind(of.kind)
    told = (of.contract_id, issue.mw, issue.start, issue.end, kind, of.ref, of.reason, of.incident_reference)
    return Instruction(*told)


def same_dispatch(found: tuple[Dispatch, Instruction], content: Instruction) -> Dispatch:
    """The dispatch that was issued under a ref, if it was told the same. Raises ``Refused`` where it was not."""
    dispatch, told = found
    if replace(told, ref="") == replace(content, ref=""):
        return dispatch
    raise ref_is_taken(dispatch.ref)


def ref_is_taken(ref: str) -> Refused:
    """The refusal of a ref that stands for something else."""
    return Refused(f"Another dispatch was issued under the ref {ref}. Choose another ref.")
