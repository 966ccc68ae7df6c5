"""What the demo's operator shows of itself: logo, colour, texts, operating area."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from accounts.domain.operating_area import save_operating_area
from accounts.domain.profiles import save_looks, save_profile
from accounts.models import Member
from competitions.domain.terms_keeping import create_terms

ZONE = ZoneInfo("Europe/London")
COLOUR = "#12355b"
TEXTS = {
    "introduction": (
        "Northern Rivers Networks is an **invented** operator. It runs the wires between the Tees and the Tyne in this "
        "demo market, and buys flexibility where a cable would cost more than a promise."
    ),
    "market_rules": (
        "* Anyone with an asset inside a competition's boundary may take part, alone or through an aggregator.\n"
        "* The smallest bid is the window's minimum aggregate size; there is none where it is blank.\n"
        "* Competitions that name our DPS ask for an approved application first."
    ),
    "service_types": (
        "| Service | When | Paid for |\n|---|---|---|\n"
        "| Peak reduction | winter evenings | availability and utilisation |\n"
        "| Restoration | after a fault | utilisation |"
    ),
    "timelines": "We announce a round in spring and one in autumn, and decide within ten days of the close of bidding.",
}
QUESTIONS = [
    {
        "question": "Do I need a contract before I bid?",
        "answer": "No. Each accepted bid becomes one, on our framework.",
    },
    {
        "question": "When am I paid?",
        "answer": "Monthly, after the service. *This demo does not settle anything.*",
    },
]
STANDARD = {
    "baseline": {"adjustment": {"kind": "additive"}},
    "availability": {"factor": "month", "curve": "grace_5_slope_3"},
    "utilisation": {"curve": "grace_5_slope_3", "basis": "dispatch"},
}
STRICT = {
    "baseline": {"method": "meter_before", "before_minutes": 60},
    "acknowledge_minutes": 10,
    "utilisation": {"curve": "threshold_50", "basis": "dispatch"},
    "penalty": {"multiple": "0.5", "tolerance": "0.1", "cap": "utilisation"},
}
STRICT_REF = "nrn-after-fault"
DECLARED = {**STANDARD, "availability": {"mode": "declared", "factor": "month", "curve": "grace_5_slope_3"}}
DECLARED_REF = "nrn-declared"


def keep_terms(operator: Member, now: datetime) -> None:
    """Make the operator's settlement terms: its default, and stricter ones for service after a fault."""
    text = "The terms that this demo's operator uses in every competition that names no others."
    create_terms(
        by=operator, ref="nrn-standard", name="Standard terms 2026", text=text, fields=STANDARD, now=now
    )
    name = "Terms for service declared week by week"
    create_terms(by=operator, ref=DECLARED_REF, name=name, fields=DECLARED, now=now)
    name = "Terms for service after a fault"
    create_terms(by=operator, ref=STRICT_REF, name=name, fields=STRICT, now=now)


def present_operator(operator: Member, data: Path, now: datetime) -> None:
    """Publish the operator's page through the actions of the pages."""
    organisation = operator.organisation
    save_looks(
        by=operator, operator=organisation, colour=COLOUR, logo=(data / "logo.png").read_bytes(), now=now
    )
    save_profile(by=operator, operator=organisation, texts=TEXTS, questions=QUESTIONS, now=now)
    areas = (data / "areas.geojson").read_bytes()
    save_operating_area(by=operator, operator=organisation, data=areas, filename="areas.geojson", now=now)
