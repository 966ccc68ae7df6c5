"""What an operator buys: areas, competitions, their boundaries, service periods and service windows."""

from competitions.models.boundaries import Boundary, BoundaryShape
from competitions.models.competition import (
    REF_RULE,
    Competition,
    default_asset_categories,
    default_asset_statuses,
)
from competitions.models.places import Area, Postcode, PostcodeLoad
from competitions.models.purchasing_systems import DPS_REFERENCE_RULE, PurchasingSystem
from competitions.models.questions import Question
from competitions.models.settlement_terms import TERMS_REF_RULE, DefaultTerms, TermsRecord, TermsVersion
from competitions.models.windows import ServicePeriod, ServiceWindow, first_service_day
from competitions.models.working_copies import WorkingCopy

__all__ = [
    "DPS_REFERENCE_RULE",
    "REF_RULE",
    "TERMS_REF_RULE",
    "Area",
    "Boundary",
    "BoundaryShape",
    "Competition",
    "DefaultTerms",
    "Postcode",
    "PostcodeLoad",
    "PurchasingSystem",
    "Question",
    "ServicePeriod",
    "ServiceWindow",
    "TermsRecord",
    "TermsVersion",
    "WorkingCopy",
    "default_asset_categories",
    "default_asset_statuses",
    "first_service_day",
]
