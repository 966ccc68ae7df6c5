"""What waits in operations: availability to declare and to answer."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from contracts.models import Contract
from marketplace.numbers import counted, power_text
from marketplace.units import power_unit
from marketplace.web.todo import MOST_OF_A_KIND, ToDo
from operations.domain.accepting import waiting_for
from operations.domain.availability_reminders import undeclared_of
from operations.presenters.answers import stake_of

SOON = timedelta(days=7)


def to_declare(member: Member, now: datetime) -> Iterator[ToDo]:
    """For a provider: contracts that lock within a week and for which nothing is declared."""
    if not member.is_fsp:
        return
    for contract, day, lock in undeclared_of(member, now, SOON)[:MOST_OF_A_KIND]:
        yield ToDo(
            "Declare availability",
            f"{reverse('operations:availability')}?week={day.isoformat()}",
            "Declare",
            Role.OPERATIONS,
            at=lock,
            joint="of",
            ref=contract.competition.ref,
            ref_url=reverse("operations:contract_availability", args=[contract.pk]),
            rest=f", {contract.period_name}/{contract.window_name}",
            why=f"{_mw(contract)}; nothing is declared yet",
            fold="Declare availability of {} contracts",
            fold_url=f"{reverse('operations:availability')}?week={day.isoformat()}",
        )


def to_answer(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: declared availability that waits for its answer."""
    if not member.is_so:
        return
    stake = stake_of(waiting_for(member, now))
    if stake is not None:
        yield ToDo(
            f"Answer up to {stake.mw} of availability",
            reverse("operations:answer_desk"),
            "Answer",
            Role.OPERATIONS,
            at=stake.due,
            why=f"Declared under {counted(stake.contracts, 'contract')}; afterwards the settlement terms decide",
        )


def _mw(contract: Contract) -> str:
    return power_text(contract.capacity_mw, power_unit(contract.competition.power_type))
