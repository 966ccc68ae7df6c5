"""What contracts earn: statements by month, their versions and lines, and what is disputed of them."""

from settlement.models.disputes import Dispute, DisputedLine, DisputeFile
from settlement.models.documents import (
    Document,
    DocumentCounter,
    DocumentLine,
    DocumentPayment,
    DocumentStatement,
    SelfBillingAgreement,
)
from settlement.models.statements import (
    CarriedCorrection,
    FailedRun,
    FinalProposal,
    Statement,
    StatementLine,
    StatementVersion,
)

__all__ = [
    "CarriedCorrection",
    "Dispute",
    "DisputeFile",
    "DisputedLine",
    "Document",
    "DocumentCounter",
    "DocumentLine",
    "DocumentPayment",
    "DocumentStatement",
    "FailedRun",
    "FinalProposal",
    "SelfBillingAgreement",
    "Statement",
    "StatementLine",
    "StatementVersion",
]
