from django.db.models import TextChoices

from marketplace.deliveries.enums import DeliveryState


class OrganisationKind(TextChoices):
    SYSTEM_OPERATOR = "so", "System operator"
    FLEX_SERVICE_PROVIDER = "fsp", "Flexible service provider"


class Role(TextChoices):
    ACCOUNT = "account", "Account"
    PROCUREMENT = "procurement", "Procurement"
    BIDS = "bids", "Bids"
    CONTRACTS = "contracts", "Contracts"
    OPERATIONS = "operations", "Operations"


class Scope(TextChoices):
    """What a program was given to do, within the roles that it holds."""

    ASSETS_READ = "assets:read", "Read assets and verdicts"
    ASSETS_WRITE = "assets:write", "Write assets"
    ENTRIES_WRITE = "entries:write", "Enter competitions and withdraw"
    BIDS_READ = "bids:read", "Read bids, receipts and results"
    BIDS_WRITE = "bids:write", "Place, change and withdraw bids"
    CONTRACTS_READ = "contracts:read", "Read contracts"
    AVAILABILITY_WRITE = "availability:write", "Declare and answer availability"
    DISPATCH_READ = "dispatch:read", "Read dispatches, messages and performance"
    DISPATCH_WRITE = "dispatch:write", "Dispatch, acknowledge and decline"
    METERING_WRITE = "metering:write", "Read and send meter data and nominations"
    SETTLEMENT_READ = "settlement:read", "Read statements and documents"
    COMPETITIONS_READ = "competitions:read", "Read competitions"
    COMPETITIONS_WRITE = "competitions:write", "Set up competitions"
    DECISIONS_WRITE = "decisions:write", "Decide bids"
    MARKET_READ = "market:read", "Read market data"


class Theme(TextChoices):
    """How the pages look to a user."""

    LIGHT = "light", "Light"
    DARK = "dark", "Dark"
    AUTO = "auto", "As the device says"


class TermsKind(TextChoices):
    USER = "user", "User terms"
    SERVICE = "service", "Service terms"


class LoginMailState(TextChoices):
    """What becomes of a mail about a login; the row of one that was sent is gone."""

    WAITING = DeliveryState.WAITING.value, DeliveryState.WAITING.label
    SENDING = DeliveryState.SENDING.value, DeliveryState.SENDING.label
    SENT = DeliveryState.SENT.value, DeliveryState.SENT.label
    GIVEN_UP = DeliveryState.GIVEN_UP.value, DeliveryState.GIVEN_UP.label


# A mail that is being sent is taken up again when its worker died.
LOGIN_MAIL_TRANSITIONS: dict[LoginMailState, frozenset[LoginMailState]] = {
    LoginMailState.WAITING: frozenset({LoginMailState.SENDING}),
    LoginMailState.SENDING: frozenset(LoginMailState),
    LoginMailState.SENT: frozenset(),
    LoginMailState.GIVEN_UP: frozenset(),
}


class VatKind(TextChoices):
    """How what a provider sells is taxed."""

    STANDARD = "standard", "Standard rate"
    REVERSE_CHARGE = "reverse charge", "Reverse charge: the buyer accounts for the VAT"
    NONE = "none", "None: no VAT number"
