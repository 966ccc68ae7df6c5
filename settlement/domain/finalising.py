"""Making statements final: by the operator, by two of its people where its policy asks that, or by themselves."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from accounts.models import Member, Organisation
from bidding.domain.decisions.policy import policy_of
from marketplace import states
from marketplace.audit.chain import lock_chains, record
from marketplace.errors import Refused
from settlement import rules
from settlement.domain.corrections import run_due
from settlement.domain.notifications import notify_final
from settlement.enums import VersionState
from settlement.models import FinalProposal, Statement, StatementVersion

DAY = timedelta(days=1)
STILL_DISPUTABLE = (
    "The provider may still dispute it and has not agreed: open it to make it final before the time is over."
)
OWN_PROPOSAL = "You proposed it yourself: another member with the Contracts role makes it final."


@dataclass
class Finalised:
    """What became of each version: final, proposed to a second person, or left as it was and why."""

    final: list[StatementVersion] = field(default_factory=list)
    proposed: list[StatementVersion] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)

    def leave(self, why: str) -> None:
        self.left[why] = self.left.get(why, 0) + 1


def takes_two(operator: Organisation) -> bool:
    """Whether a statement is made final by two people: where the operator asks that for confirmations."""
    return policy_of(operator).four_eyes


def finalise(
    *, by: Member, versions: Collection[UUID], now: datetime, cuts_time_to_dispute: bool = True
) -> Finalised:
    """Make these versions final; with two people needed, the first proposes each and another makes it final.

    A version that is no longer the newest, is disputed or final already is left, with the reason; unless
    ``cuts_time_to_dispute``, so is one that its provider may still dispute and has not agreed to. Raises ``NotAllowed``.
    """
    rules.check_may_run(by)
    with transaction.atomic():
        found = _own(by, versions)
        lock_chains(_parties(found))
        locked = _locked(found)
        done = Finalised()
        needs_two = takes_two(by.organisation)
        for each in locked:
            refusal = rules.why_not_final(each)
            if not refusal and not cuts_time_to_dispute and rules.may_still_be_disputed(each, now):
                refusal = STILL_DISPUTABLE
            if refusal:
                done.leave(refusal)
            elif needs_two and not _is_second(each, by):
                _propose(each, by, done, now)
            else:
                _make_final(each, by, now)
                done.final.append(each)
        notify_final(done.final, now)
    return done


def withdraw_final_proposal(*, by: Member, version: StatementVersion, now: datetime) -> None:
    """Take back what somebody of the operator proposed; without a proposal nothing happens. Raises ``NotAllowed``."""
    rules.check_may_run(by, {version.statement.contract.buyer_id})
    with transaction.atomic():
        lock_chains([by.organisation_id])
        if FinalProposal.objects.filter(version=version, version__state=VersionState.PROVISIONAL).delete()[0]:
            record(
                organisation_id=by.organisation_id,
                by=by,
                action="proposal to make final withdrawn",
                subject=version,
                changes={},
                now=now,
            )


def finalise_due(now: datetime) -> int:
    """Make final what nobody disputed while it could be, once its month was run by itself; returns how many."""
    due = StatementVersion.objects.filter(
        state=VersionState.PROVISIONAL, dispute_until__lte=now, current_of__isnull=False
    ).select_related("statement__contract__buyer", "statement__contract__competition")
    made = 0
    for each in due.defer("result").order_by("dispute_until", "pk"):
        if run_due(each.statement.contract, each.statement.month) + DAY <= now:
            made += _final_by_itself(each, now)
    return made


def _final_by_itself(version: StatementVersion, now: datetime) -> int:
    with transaction.atomic():
        lock_chains(_parties([version]))
        locked = _locked([version])
        if not locked or rules.why_not_final(locked[0]):
            return 0
        _make_final(locked[0], None, now)
        notify_final(locked, now)
    return 1


def _own(by: Member, versions: Collection[UUID]) -> list[StatementVersion]:
    found = list(
        StatementVersion.objects.filter(pk__in=versions, statement__contract__buyer=by.organisation_id)
        .select_related("statement__contract")
        .defer("result")
        .order_by("statement_id")
    )
    if not found:
        raise Refused("Choose statements to make final.")
    return found


def _parties(versions: Sequence[StatementVersion]) -> set[UUID]:
    contracts = [each.statement.contract for each in versions]
    return {party for each in contracts for party in (each.buyer_id, each.seller_id)}


def _locked(versions: Sequence[StatementVersion]) -> list[StatementVersion]:
    """The versions as they stand, with their statements locked."""
    ids = [each.statement_id for each in versions]
    list(Statement.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    found = StatementVersion.objects.filter(pk__in=[each.pk for each in versions]).select_related(
        "statement__contract__buyer",
        "statement__contract__seller",
        "statement__contract__competition",
        "proposal",
    )
    return list(found.defer("result").order_by("statement_id"))


def _is_second(version: StatementVersion, by: Member) -> bool:
    proposal: FinalProposal | None = getattr(version, "proposal", None)
    return proposal is not None and proposal.proposed_by_id != by.user_id


def _propose(version: StatementVersion, by: Member, done: Finalised, now: datetime) -> None:
    if getattr(version, "proposal", None) is not None:
        done.leave(OWN_PROPOSAL)
        return
    FinalProposal.objects.create(
        version=version, proposed_at=now, proposed_by_id=by.user_id, proposed_by_email=by.email
    )
    record(
        organisation_id=by.organisation_id,
        by=by,
        action="statement proposed as final",
        subject=version,
        changes={"total": (None, str(version.total)), "digest": (None, version.digest)},
        now=now,
    )
    done.proposed.append(version)


def _make_final(version: StatementVersion, by: Member | None, now: datetime) -> None:
    contract = version.statement.contract
    states.move(
        version,
        "state",
        VersionState.FINAL,
        by=by,
        action="statement final",
        now=now,
        organisation_id=contract.buyer_id,
        finalised_at=now,
        finalised_by_id=None if by is None else by.user_id,
    )
    record(
        organisation_id=contract.seller_id,
        by=by,
        action="statement final",
        subject=version,
        changes={
            "state": (VersionState.PROVISIONAL, VersionState.FINAL),
            "total": (None, str(version.total)),
        },
        now=now,
    )
