from django.db.models import TextChoices


class BallotState(TextChoices):
    SUBMITTED = "submitted", "Submitted"
    WITHDRAWN = "withdrawn", "Withdrawn"


BALLOT_TRANSITIONS: dict[BallotState, frozenset[BallotState]] = {
    BallotState.SUBMITTED: frozenset({BallotState.WITHDRAWN}),
    BallotState.WITHDRAWN: frozenset({BallotState.SUBMITTED}),
}


class Decision(TextChoices):
    UNDECIDED = "undecided", "Undecided"
    ACCEPTED = "accepted", "Accept"
    REJECTED = "rejected", "Reject"

    @property
    def taken(self) -> str:
        """The word once it is decided; the label is the word to choose."""
        return {"accepted": "Accepted", "rejected": "Rejected"}.get(self.value, self.label)


DECISION_TRANSITIONS: dict[Decision, frozenset[Decision]] = {
    Decision.UNDECIDED: frozenset({Decision.ACCEPTED, Decision.REJECTED}),
    Decision.ACCEPTED: frozenset({Decision.UNDECIDED, Decision.REJECTED}),
    Decision.REJECTED: frozenset({Decision.UNDECIDED, Decision.ACCEPTED}),
}


class RejectionReason(TextChoices):
    PRICE_TOO_HIGH = "price_too_high", "Price too high"
    VOLUME_NOT_NEEDED = "volume_not_needed", "Volume not needed"
    TECHNICAL = "technical", "Technical"
    OTHER = "other", "Other"
