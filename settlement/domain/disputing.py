"""Disputes: a provider disputes lines of a version, the operator answers each; what it upholds is run again."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from marketplace import attachments, states
from marketplace.audit.chain import record
from marketplace.errors import Refused
from marketplace.jobs.models import StoredFile
from marketplace.numbers import count_text
from settlement import rules
from settlement.domain.locks import lock_statement
from settlement.domain.notifications import notify_answered, notify_disputed
from settlement.enums import AnswerKind, VersionState
from settlement.models import Dispute, DisputedLine, DisputeFile, Statement, StatementLine, StatementVersion

LONGEST = 2000
MOST_FILES = 5


def raise_dispute(
    *,
    by: Member,
    version: StatementVersion,
    reasons: Mapping[int, str],
    files: Sequence[tuple[str, bytes]] = (),
    now: datetime,
) -> Dispute:
    """Dispute lines of the newest version, each with its reason by the line's place; ``files`` are names and bytes.

    Raises ``NotAllowed``; ``Refused`` without a line or reason, for lines disputed already, for files of other kinds, when
    the time is over or there is a newer version.
    """
    rules.check_may_dispute(by, version, now)
    told = {place: reason.strip() for place, reason in reasons.items()}
    if not told:
        raise Refused("Choose the lines that you dispute.")
    if not all(told.values()):
        raise Refused("Say of each line why you dispute it.")
    if any(len(each) > LONGEST for each in told.values()):
        raise Refused(f"A reason can have at most {count_text(LONGEST)} characters.")
    if len(files) > MOST_FILES:
        raise Refused(f"A dispute takes at most {MOST_FILES} files.")
    examined = [(attachments.examine(data, name), data) for name, data in files]
    with transaction.atomic():
        locked = _locked(version)
        rules.check_may_dispute(by, locked, now)
        lines = _lines_to_dispute(locked, told)
        dispute = Dispute.objects.create(version=locked, raised_at=now, raised_by_id=by.user_id)
        made = [DisputedLine(dispute=dispute, line=each, reason=told[each.place]) for each in lines]
        DisputedLine.objects.bulk_create(made)
        for document, data in examined:
            kept = StoredFile.objects.keep(document.name, data, organisation_id=by.organisation_id, now=now)
            DisputeFile.objects.create(dispute=dispute, file=kept)
        if locked.state == VersionState.PROVISIONAL:
            _move(locked, VersionState.DISPUTED, by, "statement disputed", now)
        changes = {
            "lines": (None, [f"{each.line.place} {each.line.kind}: {each.reason}" for each in made]),
            "files": (None, [document.name for document, _ in examined]),
        }
        _tell_both(locked, by, "lines disputed", changes, now)
        notify_disputed(dispute, made, now)
    return dispute


def answer_line(
    *, by: Member, line: DisputedLine, is_upheld: bool, answer: str, now: datetime
) -> DisputedLine:
    """Uphold a disputed line or not, with words. Once all are answered the statement is provisional again.

    What is upheld changes nothing by itself: amounts follow from what is told, so the month is run again. Raises
    ``NotAllowed``; ``Refused`` without words or for a line answered already.
    """
    version = line.dispute.version
    contract = version.statement.contract
    rules.check_may_answer(by, contract.buyer)
    answer = answer.strip()
    if not answer:
        raise Refused("Answer in words; the provider reads them.")
    if len(answer) > LONGEST:
        raise Refused(f"An answer can have at most {count_text(LONGEST)} characters.")
    with transaction.atomic():
        locked = _locked(version)
        to = AnswerKind.UPHELD if is_upheld else AnswerKind.NOT_UPHELD
        states.move(
            line,
            "state",
            to,
            by=by,
            action="disputed line answered",
            now=now,
            organisation_id=contract.buyer_id,
            answer=answer,
            answered_at=now,
            answered_by_id=by.user_id,
        )
        record(
            organisation_id=contract.seller_id,
            by=by,
            action="disputed line answered",
            subject=line,
            changes={"state": (AnswerKind.OPEN, to), "answer": ("", answer)},
            now=now,
        )
        _settle_state(locked.statement, by, now)
        notify_answered(line, now)
    return line


def invoice_rest(*, by: Member, dispute: Dispute, is_invoiced: bool, now: datetime) -> None:
    """Have the lines that are not disputed invoiced meanwhile, or not. Raises ``NotAllowed``, ``Refused`` once final."""
    version = dispute.version
    contract = version.statement.contract
    rules.check_may_answer(by, contract.buyer)
    with transaction.atomic():
        locked = _locked(version)
        if locked.statement.current is None or locked.statement.current.state != VersionState.DISPUTED:
            raise Refused(
                "Nothing of this statement is disputed any more, so all of it is invoiced once it is final."
            )
        before = dispute.rest_is_invoiced
        if before == is_invoiced:
            return
        Dispute.objects.filter(pk=dispute.pk).update(rest_is_invoiced=is_invoiced)
        changes = {"rest is invoiced": (before, is_invoiced)}
        _tell_both(locked, by, "lines not disputed to be invoiced", changes, now)


def open_lines_of(statement: Statement) -> QuerySet[DisputedLine]:
    """The disputed lines of a statement that wait for an answer."""
    return DisputedLine.objects.filter(dispute__version__statement=statement, state=AnswerKind.OPEN)


def _settle_state(statement: Statement, by: Member, now: datetime) -> None:
    current = statement.current
    if current is None or current.state != VersionState.DISPUTED or open_lines_of(statement).exists():
        return
    _move(current, VersionState.PROVISIONAL, by, "statement no longer disputed", now)


def _locked(version: StatementVersion) -> StatementVersion:
    lock_statement(version.statement)
    return (
        StatementVersion.objects.select_related(
            "statement__current",
            "statement__contract__buyer",
            "statement__contract__seller",
            "statement__contract__competition",
        )
        .defer("result", "statement__current__result")
        .get(pk=version.pk)
    )


def _lines_to_dispute(version: StatementVersion, told: Mapping[int, str]) -> list[StatementLine]:
    found = list(version.lines.filter(place__in=told).select_related("disputed").order_by("place"))
    if len(found) != len(told):
        raise Refused("A line that you chose is not in this version.")
    known = [each for each in found if getattr(each, "disputed", None) is not None]
    if known:
        raise Refused(f"Line {known[0].place} is disputed already.")
    return found


def _move(version: StatementVersion, to: VersionState, by: Member, action: str, now: datetime) -> None:
    states.move(
        version,
        "state",
        to,
        by=by,
        action=action,
        now=now,
        organisation_id=version.statement.contract.buyer_id,
    )


def _tell_both(
    version: StatementVersion,
    by: Member,
    action: str,
    changes: Mapping[str, tuple[object, object]],
    now: datetime,
) -> None:
    contract = version.statement.contract
    for party in (contract.buyer_id, contract.seller_id):
        record(organisation_id=party, by=by, action=action, subject=version, changes=changes, now=now)
