"""Who takes part: organisations, their members and programs, and what they agreed to."""

from accounts.models.members import Invitation, LoginMail, Member, TermsAcceptance, User, UserManager
from accounts.models.organisations import (
    NUMBER_TAKEN,
    OperatorProfile,
    Organisation,
    VatTreatment,
    validate_time_zone,
)
from accounts.models.programs import ApiClient, ApiSecret, ApiToken

__all__ = [
    "NUMBER_TAKEN",
    "ApiClient",
    "ApiSecret",
    "ApiToken",
    "Invitation",
    "LoginMail",
    "Member",
    "OperatorProfile",
    "Organisation",
    "TermsAcceptance",
    "User",
    "UserManager",
    "VatTreatment",
    "validate_time_zone",
]
