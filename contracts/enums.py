from django.db.models import TextChoices


class ContractStatus(TextChoices):
    AWARDED = "awarded", "Awarded"
    SIGNED = "signed", "Signed"
    ENDED = "ended", "Ended"
    WITHDRAWN = "withdrawn", "Withdrawn"


CONTRACT_TRANSITIONS: dict[ContractStatus, frozenset[ContractStatus]] = {
    ContractStatus.AWARDED: frozenset({ContractStatus.SIGNED, ContractStatus.WITHDRAWN}),
    ContractStatus.SIGNED: frozenset({ContractStatus.ENDED, ContractStatus.WITHDRAWN}),
    ContractStatus.ENDED: frozenset(),
    ContractStatus.WITHDRAWN: frozenset(),
}
