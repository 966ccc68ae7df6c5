"""What people are told of assets that are to be exchanged under a contract."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.urls import reverse

from accounts.domain.organisation_notifications import Words, notify_organisations
from accounts.enums import Role
from accounts.models import Organisation
from contracts.models import Contract
from marketplace.dates import day_text
from marketplace.notifications import Kind
from marketplace.numbers import count_text, counted
from operations.enums import SubstitutionState
from operations.models import Substitution

PROPOSED = Kind("substitution_proposed", "A provider proposes to exchange assets of a contract", "so")
ANSWERED = Kind("substitution_answered", "An operator answers your proposal to exchange assets", "fsp")
KINDS = (PROPOSED, ANSWERED)
MOST_NAMED = 20


def notify_proposed(made: Substitution, contract: Contract, now: datetime) -> None:
    """Tell the buyer what is proposed; called in the transaction that records it."""

    def say(to: Organisation) -> Words:
        return f"{contract.seller} proposes other assets for {contract.competition.ref}", [
            f"{_name(contract)}, from {day_text(made.from_day)} on:",
            *what_changes(made),
            "Approve or refuse it on the page of the contract's assets.",
        ]

    _tell(PROPOSED, contract.buyer_id, say, contract, f"{made.pk} proposed", now)


def notify_answered(made: Substitution, contract: Contract, now: datetime) -> None:
    """Tell the seller the answer; called in the transaction that records it."""
    is_approved = made.state == SubstitutionState.APPROVED
    word = "approves" if is_approved else "refuses"

    def say(to: Organisation) -> Words:
        return f"{contract.buyer} {word} other assets for {contract.competition.ref}", [
            f"{_name(contract)}, from {day_text(made.from_day)} on:",
            *what_changes(made),
            *([f"The reason given: {made.answer}"] if made.answer else []),
            *([] if is_approved else ["The contract's assets stay as they are."]),
        ]

    _tell(ANSWERED, contract.seller_id, say, contract, f"{made.pk} answered", now)


def what_changes(made: Substitution) -> list[str]:
    """What a substitution adds and removes, in a sentence each."""
    rows = list(made.assets.all())
    added = sorted(each.asset_ref for each in rows if each.is_added)
    removed = sorted(each.asset_ref for each in rows if not each.is_added)
    last = day_text(made.from_day - timedelta(days=1))
    found = []
    if added:
        found.append(f"{counted(len(added), 'asset')} added: {_named(added)}.")
    if removed:
        found.append(f"{counted(len(removed), 'asset')} removed, after {last}: {_named(removed)}.")
    return found


def _named(refs: list[str]) -> str:
    more = len(refs) - MOST_NAMED
    return ", ".join(refs[:MOST_NAMED]) + (f" and {count_text(more)} more" if more > 0 else "")


def _name(contract: Contract) -> str:
    return f"{contract.competition.ref}, {contract.period_name}/{contract.window_name}"


def _tell(
    kind: Kind, to: UUID, say: Callable[[Organisation], Words], contract: Contract, key: str, now: datetime
) -> None:
    notify_organisations(
        kind.code,
        [to],
        [Role.OPERATIONS],
        say,
        link=reverse("operations:contract_assets", args=[contract.pk]),
        key=key,
        now=now,
    )
