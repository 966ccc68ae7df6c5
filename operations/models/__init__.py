"""What follows the award: what is called under contracts, what was metered, and what the parties are told."""

from operations.models.availability import AvailabilityAnswer, AvailabilityDeclaration, Unavailability
from operations.models.baselines import (
    DatedNomination,
    ExcludedDay,
    FixedReference,
    LateNomination,
    ReferenceAsset,
    WeekNomination,
)
from operations.models.dispatches import (
    REF_PATTERN,
    Dispatch,
    DispatchEvent,
    Message,
    MessageCounter,
    MessageReceipt,
)
from operations.models.readings import DeliveryUnit, KeptMapping, MeterDay
from operations.models.substitutions import SubstitutedAsset, Substitution

__all__ = [
    "REF_PATTERN",
    "AvailabilityAnswer",
    "AvailabilityDeclaration",
    "DatedNomination",
    "DeliveryUnit",
    "Dispatch",
    "DispatchEvent",
    "ExcludedDay",
    "FixedReference",
    "KeptMapping",
    "LateNomination",
    "Message",
    "MessageCounter",
    "MessageReceipt",
    "MeterDay",
    "ReferenceAsset",
    "SubstitutedAsset",
    "Substitution",
    "Unavailability",
    "WeekNomination",
]
