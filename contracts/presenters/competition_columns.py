"""What contracts tell in lists of competitions."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count

from accounts.models import Member
from competitions.models import Competition
from competitions.presenters.columns import Standing
from contracts.domain.queries import contracts_listed
from contracts.models import Contract
from marketplace.numbers import counted
from marketplace.prepared import asked


def own_contracts(
    member: Member, competitions: Sequence[Competition], now: datetime
) -> dict[uuid.UUID, Standing]:
    """How many contracts the provider has from each competition."""
    if not member.is_fsp:
        return {}
    keys = [each.pk for each in competitions]

    def numbers() -> None:
        found = contracts_listed(member).filter(competition__among=keys)
        list(found.order_by().values_list("competition").annotate(Count("pk")))

    rows = asked("contracts.own_in", Contract, numbers, whose=member, own=member.organisation_id, keys=keys)
    return {pk: Standing(counted(number, "contract"), "teal") for pk, number in rows}
