"""Automatic runs that failed for a provider: kept while they fail, and told to the operator's people once."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from contracts.models import Contract
from marketplace.errors import Refused
from settlement.domain.notifications import notify_not_made
from settlement.models import FailedRun

UNEXPECTED = "Something unexpected happened; the people who run the platform find it in their log."


def failed_runs_of(member: Member) -> QuerySet[FailedRun]:
    """The automatic runs of the operator that failed and did not succeed since, the newest month first."""
    own = FailedRun.objects.filter(buyer=member.organisation_id)
    return own.select_related("seller").order_by("-month", "seller__name", "pk")


@transaction.atomic
def note_failure(contract: Contract, month: date, why: Exception, now: datetime) -> None:
    """Keep that the statements of a provider for a month could not be made, and tell the buyer's people what to do."""
    reason = why.sentence if isinstance(why, Refused) else UNEXPECTED
    FailedRun.objects.update_or_create(
        buyer=contract.buyer, seller=contract.seller, month=month, defaults={"reason": reason, "at": now}
    )
    notify_not_made(contract.buyer_id, contract.seller, month, reason, now)


def forget_failures(buyer: UUID, sellers: Collection[UUID], month: date) -> None:
    """Once the statements of these providers for the month are made, no failure of them is kept."""
    FailedRun.objects.filter(buyer=buyer, seller__in=sellers, month=month).delete()
