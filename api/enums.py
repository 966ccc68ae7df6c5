"""What programs are told of, by name: of api.md and of the documentation."""

from django.db.models import TextChoices

from accounts.enums import Scope


class WebhookKind(TextChoices):
    COMPETITION_PUBLISHED = "competition.published", "A competition is published in reach of your assets"
    COMPETITION_CHANGED = "competition.changed", "A competition that concerns you changes"
    COMPETITION_CANCELLED = "competition.cancelled", "A competition that concerns you is cancelled"
    QUALIFICATION_CHANGED = "qualification.changed", "How an asset of yours stands changes"
    ENTRY_LOST = "entry.lost", "You no longer take part in a competition"
    BIDDING_OPENED = "bidding.opened", "Bidding opens for your qualified assets"
    BIDDING_CLOSING = "bidding.closing", "Bidding closes soon and you have submitted nothing"
    BALLOT_RECORDED = "ballot.recorded", "A ballot of yours is submitted, changed or withdrawn"
    RESULTS_CONFIRMED = "results.confirmed", "Results of your bids are confirmed"
    CONTRACT_AWARDED = "contract.awarded", "A contract of yours is awarded"
    CONTRACT_SIGNED = "contract.signed", "A contract of yours is signed"
    CONTRACT_ENDED = "contract.ended", "A contract of yours ends"
    CONTRACT_WITHDRAWN = "contract.withdrawn", "A contract of yours is withdrawn"
    AVAILABILITY_ACCEPTED = "availability.accepted", "Availability of yours is accepted"
    AVAILABILITY_RELEASED = "availability.released", "Availability of yours is released"
    DISPATCH_ISSUED = "dispatch.issued", "A contract of yours is dispatched"
    DISPATCH_AMENDED = "dispatch.amended", "A dispatch is amended"
    DISPATCH_STOPPED = "dispatch.stopped", "A dispatch is stopped"
    DISPATCH_CANCELLED = "dispatch.cancelled", "A dispatch is cancelled"
    DISPATCH_UNANSWERED = "dispatch.unanswered", "A dispatch of yours is not acknowledged in time"
    METERING_MISSING = "metering.missing", "Meter data is missing before its deadline"
    STATEMENT_ISSUED = "statement.issued", "A statement is issued or changes"
    STATEMENT_FINAL = "statement.final", "A statement is final"
    DOCUMENT_MADE = "document.made", "A document of invoice data is made, or one that takes another back"
    DOCUMENT_PAID = "document.paid", "A document is marked as paid"
    JOB_DONE = "job.done", "A file that was handed in or asked for is done"
    PING = "ping", "A test that you ask for"


SCOPE_OF: dict[str, str] = {
    **dict.fromkeys(("competition", "qualification", "entry"), Scope.COMPETITIONS_READ),
    **dict.fromkeys(("bidding", "ballot", "results"), Scope.BIDS_READ),
    "contract": Scope.CONTRACTS_READ,
    **dict.fromkeys(("availability", "dispatch", "metering"), Scope.DISPATCH_READ),
    **dict.fromkeys(("statement", "document"), Scope.SETTLEMENT_READ),
}
"""By the first word of a kind, the scope with which a program reads of it by itself; others need none."""


def scope_of(kind: str) -> str:
    """The scope that a program needs to have its organisation told of this kind; empty for none."""
    return SCOPE_OF.get(kind.partition(".")[0], "")
