"""What waits in contracts: those that may be signed, and those that have no settlement terms."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from competitions.domain.terms_versions import default_at
from competitions.presenters.todo import page_of
from contracts.domain.queries import contracts_to_sign, contracts_without_terms
from marketplace.numbers import counted, power_text
from marketplace.units import power_unit
from marketplace.web.todo import MOST_OF_A_KIND, ToDo

SHOWN = (
    "awarded_at",
    "signable_from",
    "capacity_mw",
    "period_name",
    "window_name",
    "competition__ref",
    "competition__power_type",
    "seller__name",
)
"""What is told of a contract to sign: their terms and competitions hold much more."""


def signatures(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: contracts whose standstill is over and that are not marked as signed."""
    for one in contracts_to_sign(member, now).only(*SHOWN)[:MOST_OF_A_KIND]:
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


def settlement_terms(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator that has settlement terms: its contracts that were awarded before and have none."""
    if not member.is_so or default_at(member.organisation_id, now) is None:
        return
    waiting = contracts_without_terms(member)
    count = waiting.count()
    if count:
        yield ToDo(
            f"Give {counted(count, 'contract')} settlement terms",
            reverse("contracts:give_terms"),
            "Open",
            Role.CONTRACTS,
            since=waiting.order_by("awarded_at").values_list("awarded_at", flat=True)[0],
            why="Without terms nothing of them can be dispatched, declared or settled",
        )
