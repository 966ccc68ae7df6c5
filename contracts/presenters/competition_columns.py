"""What contracts tell in lists of competitions."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count

from accounts.models import Member
from competitions.models import Competition
from competitions.presenters.columns import Standing
from contracts.domain.queries import contracts_listed
from marketplace.numbers import counted


def own_contracts(
    member: Member, competitions: Sequence[Competition], now: datetime
) -> dict[uuid.UUID, Standing]:
    """How many contracts the provider has from each competition."""
    if not member.is_fsp:
        return {}
    found = contracts_listed(member).filter(competition__in=[each.pk for each in competitions])
    counts = found.order_by().values("competition").annotate(number=Count("pk"))
    return {
        pk: Standing(counted(number, "contract"), "teal")
        for pk, number in counts.values_list("competition", "number")
    }
