"""What providers control, and how it stands in each competition: assets, verdicts, overrides, entries,
applications."""

from qualification.models.applications import DpsApplication, DpsAttachment
from qualification.models.assets import (
    Asset,
    AssetGroup,
    AssetInOperatingArea,
    AssetType,
    PlannedAsset,
    capacity_field,
)
from qualification.models.dps import DpsFramework, DpsQuestion
from qualification.models.entries import Entry, Reopening
from qualification.models.meters import MeterList
from qualification.models.overrides import Override, OverridesCopied
from qualification.models.verdicts import PASSES, Freeze, PlannedVerdict, Requalification, Verdict

__all__ = [
    "PASSES",
    "Asset",
    "AssetGroup",
    "AssetInOperatingArea",
    "AssetType",
    "DpsApplication",
    "DpsAttachment",
    "DpsFramework",
    "DpsQuestion",
    "Entry",
    "Freeze",
    "MeterList",
    "Override",
    "OverridesCopied",
    "PlannedAsset",
    "PlannedVerdict",
    "Reopening",
    "Requalification",
    "Verdict",
    "capacity_field",
]
