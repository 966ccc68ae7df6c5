from django.db.models import TextChoices


class OrganisationKind(TextChoices):
    SYSTEM_OPERATOR = "so", "System operator"
    FLEX_SERVICE_PROVIDER = "fsp", "Flexible service provider"


class Role(TextChoices):
    ACCOUNT = "account", "Account"
    PROCUREMENT = "procurement", "Procurement"
    BIDS = "bids", "Bids"
    CONTRACTS = "contracts", "Contracts"


class TermsKind(TextChoices):
    USER = "user", "User terms"
    SERVICE = "service", "Service terms"
