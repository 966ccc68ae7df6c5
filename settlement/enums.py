"""What statements are made of and what becomes of them."""

from enum import StrEnum

from django.db.models import TextChoices


class LineKind(StrEnum):
    AVAILABILITY = "Availability"
    UTILISATION = "Utilisation"
    PENALTY = "Penalty"
    RELIEF = "Penalty relief"
    SERVICE_FEE = "Service fee"
    CORRECTION = "Correction"


class VersionState(TextChoices):
    """What is stored of a version; that a later one replaces it follows from its number."""

    PROVISIONAL = "provisional", "Provisional"
    DISPUTED = "disputed", "Disputed"
    FINAL = "final", "Final"


VERSION_TRANSITIONS: dict[VersionState, frozenset[VersionState]] = {
    VersionState.PROVISIONAL: frozenset({VersionState.DISPUTED, VersionState.FINAL}),
    VersionState.DISPUTED: frozenset({VersionState.PROVISIONAL}),
    VersionState.FINAL: frozenset(),
}


class VersionKind(TextChoices):
    """All lines of the month, or, after a final version, what has changed of them since."""

    MONTH = "month", "Month"
    CORRECTION = "correction", "Correction"


class AnswerKind(TextChoices):
    """What became of a disputed line."""

    OPEN = "open", "Open"
    UPHELD = "upheld", "Upheld"
    NOT_UPHELD = "not upheld", "Not upheld"


ANSWER_TRANSITIONS: dict[AnswerKind, frozenset[AnswerKind]] = {
    AnswerKind.OPEN: frozenset({AnswerKind.UPHELD, AnswerKind.NOT_UPHELD}),
    AnswerKind.UPHELD: frozenset(),
    AnswerKind.NOT_UPHELD: frozenset(),
}


class DocumentType(TextChoices):
    """What is made of a provider's month: by agreement in the provider's stead, else to tell what is paid."""

    SELF_BILLING = "self-billing invoice", "Self-billing invoice"
    CREDIT_NOTE = "credit note", "Credit note"
    REMITTANCE_ADVICE = "remittance advice", "Remittance advice"
