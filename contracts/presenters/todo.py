"""What waits in contracts: those that may be signed."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from competitions.presenters.todo import page_of
from contracts.domain.queries import contracts_to_sign
from marketplace.numbers import power_text
from marketplace.units import power_unit
from marketplace.web.todo import MOST_OF_A_KIND, ToDo


def signatures(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: contracts whose standstill is over and that are not marked as signed."""
    for one in contracts_to_sign(member, now)[:MOST_OF_A_KIND]:
        competition = one.competition
        yield ToDo(
            "Sign the contract",
            reverse("contracts:contract", args=[one.pk]),
            "Open",
            Role.CONTRACTS,
            since=max(one.awarded_at, one.signable_from or one.awarded_at),
            joint="of",
            ref=competition.ref,
            ref_url=page_of(competition),
            rest=f" with {one.seller}",
            why=f"{power_text(one.capacity_mw, power_unit(competition.power_type))} in {one.period_name}/{one.window_name}",
            fold=f"Sign {{}} contracts of {competition.ref}",
            fold_url=reverse("contracts:list"),
        )
