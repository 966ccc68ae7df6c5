from django.db.models import TextChoices


class DispatchKind(TextChoices):
    OPERATIONAL = "operational", "Operational"
    SCHEDULED = "scheduled", "Scheduled"
    TEST = "test", "Test"
    OWN_TEST = "own_test", "TEST of channels"


OPERATORS_KINDS = tuple(each for each in DispatchKind if each is not DispatchKind.OWN_TEST)
"""What an operator issues; a test of its own channels is started by the provider alone."""


class DispatchState(TextChoices):
    """What is stored of the answer; unanswered, running and over follow from events and clock."""

    ISSUED = "issued", "Issued"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    DECLINED = "declined", "Declined"
    CANCELLED = "cancelled", "Cancelled"


DISPATCH_TRANSITIONS: dict[DispatchState, frozenset[DispatchState]] = {
    DispatchState.ISSUED: frozenset(
        {DispatchState.ACKNOWLEDGED, DispatchState.DECLINED, DispatchState.CANCELLED}
    ),
    DispatchState.ACKNOWLEDGED: frozenset({DispatchState.CANCELLED}),
    DispatchState.DECLINED: frozenset(),
    DispatchState.CANCELLED: frozenset(),
}


class EventKind(TextChoices):
    ISSUE = "issue", "Issued"
    ACKNOWLEDGE = "acknowledge", "Acknowledged"
    DECLINE = "decline", "Declined"
    CANCEL = "cancel", "Cancelled"
    AMEND = "amend", "Amended"
    STOP = "stop", "Stopped"
    EMERGENCY_STOP = "emergency_stop", "Stopped in an emergency"


class MessageKind(TextChoices):
    DISPATCH_ISSUED = "dispatch_issued", "Dispatch issued"
    DISPATCH_AMENDED = "dispatch_amended", "Dispatch amended"
    DISPATCH_STOPPED = "dispatch_stopped", "Dispatch stopped"
    DISPATCH_EMERGENCY_STOPPED = "dispatch_emergency_stopped", "Dispatch stopped in an emergency"
    DISPATCH_CANCELLED = "dispatch_cancelled", "Dispatch cancelled"
    AVAILABILITY_ACCEPTED = "availability_accepted", "Availability accepted"
    AVAILABILITY_RELEASED = "availability_released", "Availability released"


class UnavailabilityReason(TextChoices):
    """Why accepted availability is not there."""

    OUTAGE = "outage", "Outage"
    NO_ENERGY = "no energy", "No energy"
    OTHER_MARKET = "other market", "Other market"
    NETWORK = "network", "Network"
    OTHER = "other", "Other"


INTERVALS = (1, 5, 10, 15, 30)
"""The minutes that a reading may cover."""


class ExclusionState(TextChoices):
    """What became of a provider's wish to leave a day out of baselines."""

    ASKED = "asked", "Asked"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"


EXCLUSION_TRANSITIONS: dict[ExclusionState, frozenset[ExclusionState]] = {
    ExclusionState.ASKED: frozenset({ExclusionState.APPROVED, ExclusionState.REFUSED}),
    ExclusionState.APPROVED: frozenset(),
    ExclusionState.REFUSED: frozenset(),
}


class SubstitutionState(TextChoices):
    """What became of a provider's proposal to exchange assets of a contract."""

    PROPOSED = "proposed", "Proposed"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"


SUBSTITUTION_TRANSITIONS: dict[SubstitutionState, frozenset[SubstitutionState]] = {
    SubstitutionState.PROPOSED: frozenset({SubstitutionState.APPROVED, SubstitutionState.REFUSED}),
    SubstitutionState.APPROVED: frozenset(),
    SubstitutionState.REFUSED: frozenset(),
}


class ReceiptKind(TextChoices):
    """What became of a message at its receiver's."""

    PAGE = "page", "Shown on the page"
    PROGRAM = "program", "Fetched by a program"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
