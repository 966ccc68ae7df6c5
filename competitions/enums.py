from django.db.models import TextChoices


class NeedType(TextChoices):
    REINFORCEMENT_DEFERRAL = "reinforcement_deferral", "Reinforcement Deferral"
    PRE_FAULT = "pre_fault", "Pre Fault"
    POST_FAULT = "post_fault", "Post Fault"
    RESTORATION = "restoration", "Restoration"
    PLANNED_MAINTENANCE = "planned_maintenance", "Planned Maintenance"


class PowerType(TextChoices):
    ACTIVE = "active", "Active Power"
    REACTIVE = "reactive", "Reactive Power"


class NeedDirection(TextChoices):
    DEFICIT = "deficit", "Deficit"
    EXCESS = "excess", "Excess"


class CompetitionType(TextChoices):
    AVAILABILITY = "availability", "Availability"
    UTILISATION = "utilisation", "Utilisation"
    AVAILABILITY_AND_UTILISATION = "availability_utilisation", "Availability & Utilisation"
    SERVICE_FEE = "service_fee", "Service Fee"

    @property
    def prices(self) -> tuple[str, ...]:
        """The bid's price fields that this type asks for."""
        return PRICES_OF_TYPE[self]


PRICES_OF_TYPE: dict[CompetitionType, tuple[str, ...]] = {
    CompetitionType.AVAILABILITY: ("availability_price",),
    CompetitionType.UTILISATION: ("utilisation_price",),
    CompetitionType.AVAILABILITY_AND_UTILISATION: ("availability_price", "utilisation_price"),
    CompetitionType.SERVICE_FEE: ("service_fee",),
}


class PricingType(TextChoices):
    AUCTION = "auction", "Auction"
    FIXED = "fixed", "Fixed"


class Phase(TextChoices):
    DRAFT = "draft", "Draft"
    ANNOUNCED = "announced", "Announced"
    QUALIFICATION_OPEN = "qualification_open", "Qualification open"
    QUALIFICATION_CLOSED = "qualification_closed", "Qualification closed"
    BIDDING_OPEN = "bidding_open", "Bidding open"
    DECISION = "decision", "Decision"
    CONFIRMED = "confirmed", "Confirmed"
    ARCHIVED = "archived", "Archived"
    CANCELLED = "cancelled", "Cancelled"


class BoundaryType(TextChoices):
    AREA = "area", "Area"
    POSTCODE = "postcode", "Postcode"
    POSTCODE_SECTOR = "postcode_sector", "Postcode Sector"
    BOUNDING_BOX = "bounding_box", "Bounding Box"


class AssetStatus(TextChoices):
    IN_DEVELOPMENT = "in_development", "In Development"
    OPERATIONAL = "operational", "Operational"
    MOTHBALLED = "mothballed", "Mothballed"
    ARCHIVED = "archived", "Archived"


class AssetCategory(TextChoices):
    STORAGE = "storage", "Storage"
    GENERATION = "generation", "Generation"
    DEMAND_SIDE_RESPONSE = "demand_side_response", "Demand Side Response"
    ENERGY_EFFICIENCY = "energy_efficiency", "Energy Efficiency"


class HolidayRuleChoice(TextChoices):
    IGNORE = "ignore", "Ignore"
    EXCLUDE = "exclude", "Exclude"
    INCLUDE = "include", "Include"
