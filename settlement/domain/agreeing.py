"""Agreeing to a statement: the provider gives up its time to dispute a version, so that it can be final at once."""

from datetime import datetime

from django.db import transaction

from accounts.models import Member
from marketplace.audit.chain import record
from settlement import rules
from settlement.domain.locks import lock_statement
from settlement.domain.notifications import notify_agreed
from settlement.models import StatementVersion


def agree_to_statement(*, by: Member, version: StatementVersion, now: datetime) -> StatementVersion:
    """Agree to the newest version of a statement in the provider's name; its operator is told.

    Raises ``NotAllowed``; ``Refused`` for an earlier version and for one that is disputed, final or agreed to already.
    """
    rules.check_may_agree(by, version)
    contract = version.statement.contract
    with transaction.atomic():
        lock_statement(version.statement)
        locked = StatementVersion.objects.select_related(
            "statement__contract__competition", "statement__contract__buyer", "statement__contract__seller"
        ).defer("result")
        agreed: StatementVersion = locked.get(pk=version.pk)
        rules.check_may_agree(by, agreed)
        agreed.agreed_at, agreed.agreed_by_id = now, by.user_id
        agreed.save(update_fields=["agreed_at", "agreed_by_id"])
        changes = {"total": (None, str(agreed.total)), "digest": (None, agreed.digest)}
        for party in (contract.buyer_id, contract.seller_id):
            record(
                organisation_id=party,
                by=by,
                action="statement agreed to",
                subject=agreed,
                changes=changes,
                now=now,
            )
        notify_agreed(agreed, now)
    return agreed
