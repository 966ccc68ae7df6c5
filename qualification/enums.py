from django.db.models import TextChoices

from competitions.enums import AssetCategory, NeedDirection, PowerType


class CapacityType(TextChoices):
    """The six capacities of an asset; the values are its field names."""

    GENERATION_TURN_UP = "generation_turn_up_mw", "Generation Turn Up"
    GENERATION_TURN_DOWN = "generation_turn_down_mw", "Generation Turn Down"
    DEMAND_TURN_DOWN = "demand_turn_down_mw", "Demand Turn Down"
    DEMAND_TURN_UP = "demand_turn_up_mw", "Demand Turn Up"
    REACTIVE_EXPORT = "reactive_export_mvar", "Reactive Export"
    REACTIVE_IMPORT = "reactive_import_mvar", "Reactive Import"


RELEVANT_CAPACITIES: dict[tuple[str, str], tuple[CapacityType, ...]] = {
    (PowerType.ACTIVE, NeedDirection.DEFICIT): (
        CapacityType.GENERATION_TURN_UP,
        CapacityType.DEMAND_TURN_DOWN,
    ),
    (PowerType.ACTIVE, NeedDirection.EXCESS): (
        CapacityType.GENERATION_TURN_DOWN,
        CapacityType.DEMAND_TURN_UP,
    ),
    (PowerType.REACTIVE, NeedDirection.DEFICIT): (CapacityType.REACTIVE_EXPORT,),
    (PowerType.REACTIVE, NeedDirection.EXCESS): (CapacityType.REACTIVE_IMPORT,),
}


class EntryState(TextChoices):
    """What an FSP said of a competition. Without a row it is *undecided*."""

    UNDECIDED = "undecided", "Undecided"
    ENTERED = "entered", "Entered"
    WITHDRAWN = "withdrawn", "Withdrawn"


ENTRY_TRANSITIONS: dict[EntryState, frozenset[EntryState]] = {
    EntryState.UNDECIDED: frozenset({EntryState.ENTERED, EntryState.WITHDRAWN}),
    EntryState.ENTERED: frozenset({EntryState.WITHDRAWN, EntryState.UNDECIDED}),
    EntryState.WITHDRAWN: frozenset({EntryState.ENTERED}),
}


class ApplicationState(TextChoices):
    """What became of a company's application to a DPS."""

    DRAFT = "draft", "Draft"
    PENDING = "pending", "Pending"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    REVOKED = "revoked", "Revoked"
    WITHDRAWN = "withdrawn", "Withdrawn"


APPLICATION_TRANSITIONS: dict[ApplicationState, frozenset[ApplicationState]] = {
    ApplicationState.DRAFT: frozenset({ApplicationState.PENDING}),
    ApplicationState.PENDING: frozenset(
        {ApplicationState.APPROVED, ApplicationState.REJECTED, ApplicationState.WITHDRAWN}
    ),
    ApplicationState.APPROVED: frozenset({ApplicationState.REVOKED}),
    ApplicationState.REJECTED: frozenset(),
    ApplicationState.REVOKED: frozenset(),
    ApplicationState.WITHDRAWN: frozenset(),
}


class AssetStanding(TextChoices):
    """The status of an asset in a competition, as people read it."""

    NOT_ELIGIBLE = "not_eligible", "Not eligible"
    ELIGIBLE = "eligible", "Eligible"
    DISQUALIFIED = "disqualified", "Disqualified"
    QUALIFIED = "qualified", "Qualified"


class OverrideDecision(TextChoices):
    """What an operator decided about an asset in a competition, whatever the criteria say."""

    QUALIFY = "qualify", "Qualify"
    DISQUALIFY = "disqualify", "Disqualify"


class ConnectionType(TextChoices):
    FIRM = "firm", "Firm"
    FLEXIBLE = "flexible", "Flexible"
    UNKNOWN = "unknown", "Unknown"


class ConnectionCurrent(TextChoices):
    AC = "ac", "AC"
    DC = "dc", "DC"


class MeteringPoint(TextChoices):
    BOUNDARY = "boundary", "Boundary"
    ASSET = "asset", "Asset"


METER_INTERVALS = (1, 5, 10, 15, 30, 60)

INITIAL_ASSET_TYPES: dict[AssetCategory, tuple[str, ...]] = {
    AssetCategory.STORAGE: (
        "Battery",
        "Compressed Air",
        "Fuel Cell",
        "Liquid Air",
        "Pumped Hydro",
        "Vehicle To Grid",
    ),
    AssetCategory.GENERATION: (
        "Solar",
        "Wind",
        "Hydro",
        "Biomass",
        "CHP",
        "Diesel",
        "Gas",
        "Energy From Waste",
        "Landfill Gas",
        "Other Generation",
    ),
    AssetCategory.DEMAND_SIDE_RESPONSE: (
        "Commercial",
        "Industrial",
        "Residential",
        "EV Charging",
        "Heat Pump",
        "Other Demand",
    ),
    AssetCategory.ENERGY_EFFICIENCY: ("Commercial", "Residential"),
}


class DpsSection(TextChoices):
    """The four sections of an application to a DPS."""

    PROFILE = "profile", "Organisation profile"
    STATUS = "status", "Organisation status"
    LEGAL = "legal", "Auditing, insurance and legal"
    DECLARATION = "declaration", "Declaration and submission"


class DpsQuestionKind(TextChoices):
    """How a question that an operator adds to its DPS is answered."""

    TEXT = "text", "Text"
    NUMBER = "number", "Number"
    DATE = "date", "Date"
    YES_NO = "yes_no", "Yes or no"
    CHOICE = "choice", "One of a list"
    FILE = "file", "A document"
