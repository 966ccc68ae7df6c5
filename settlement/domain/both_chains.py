"""What is done with a document or an agreement stands on the chains of both its parties."""

from datetime import datetime

from accounts.models import Member
from marketplace.audit.chain import Changes, record
from settlement.models import Document, SelfBillingAgreement


def record_for_both(
    subject: Document | SelfBillingAgreement, by: Member, action: str, changes: Changes, now: datetime
) -> None:
    """Append an entry to the chain of the buyer and to that of the seller, which the caller has locked."""
    for party in (subject.buyer_id, subject.seller_id):
        record(organisation_id=party, by=by, action=action, subject=subject, changes=changes, now=now)
