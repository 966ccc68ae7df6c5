"""A DPS, an application to it, and the people of both sides."""

import io
import zipfile
from datetime import date, datetime
from types import SimpleNamespace

from accounts.models import Member
from competitions.models import PurchasingSystem
from marketplace import clock
from qualification.domain.dps import applications as applications
from qualification.domain.dps import decisions as decisions
from qualification.domain.dps.questions import SECTIONS
from qualification.enums import ApplicationState
from qualification.models import DpsApplication
from tests.qualification import market

NOW = market.DURING
ANSWERS = {
    "legal_name": "North Batteries Ltd",
    "company_number": "SC123456",
    "registered_address": "1 Quay Street\nLeith",
    "contact_name": "Ann Example",
    "contact_email": "ann@north.example",
    "business": "We run batteries.",
    "legal_form": "ltd",
    "in_group": "no",
    "insolvency": "no",
    "exclusion": "no",
    "audited": "yes",
    "accounts_to": "2025-03-31",
    "turnover": "1250000.50",
    "public_liability": "5000000",
    "public_liability_expiry": "2026-12-31",
    "employers_liability": "10000000",
    "employers_liability_expiry": "2026-12-31",
    "framework_0": "yes",
    "signatory_name": "Bo Example",
    "signatory_position": "Director",
    "signatory_email": "bo@north.example",
    "signed_on": "2026-01-05",
    "declaration": "yes",
}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def scene() -> SimpleNamespace:
    """An operator with a DPS, and a provider, each with a member who holds every role."""
    buyer, seller = market.member(market.operator()), market.member(market.provider("North Batteries Ltd"))
    return SimpleNamespace(buyer=buyer, seller=seller, system=system_of(buyer))


def system_of(buyer: Member, reference: str = "flex_2025") -> PurchasingSystem:
    return PurchasingSystem.objects.create(
        operator=buyer.organisation, reference=reference, name="Flexibility 2025"
    )


def begun(of: SimpleNamespace, by: Member | None = None, now: datetime = NOW) -> DpsApplication:
    return applications.start_application(by=by or of.seller, system=of.system, now=now)


def filled(
    of: SimpleNamespace, by: Member | None = None, now: datetime = NOW, **answers: str
) -> DpsApplication:
    application = begun(of, by, now)
    for section in SECTIONS:
        applications.save_section(
            by=by or of.seller, application=application, section=section, answers=ANSWERS | answers, now=now
        )
    return application


def submitted(
    of: SimpleNamespace, by: Member | None = None, now: datetime = NOW, **answers: str
) -> DpsApplication:
    application = filled(of, by, now, **answers)
    applications.submit_application(by=by or of.seller, application=application, now=now)
    return application


def approved(
    of: SimpleNamespace, by: Member | None = None, now: datetime = NOW, expires_on: date | None = None
) -> DpsApplication:
    application = submitted(of, by, now)
    with clock.set_to(now):
        decisions.approve_application(by=of.buyer, application=application, expires_on=expires_on, now=now)
    return application


def rejected(of: SimpleNamespace, now: datetime = NOW) -> DpsApplication:
    application = submitted(of, now=now)
    with clock.set_to(now):
        decisions.reject_application(by=of.buyer, application=application, reason="No cover.", now=now)
    return application


def revoke(of: SimpleNamespace, application: DpsApplication, now: datetime = NOW) -> None:
    with clock.set_to(now):
        decisions.revoke_approval(by=of.buyer, application=application, reason="Cover lapsed.", now=now)


def in_state(of: SimpleNamespace, state: ApplicationState) -> DpsApplication:
    """An application in that state, brought there by the actions."""
    if state == ApplicationState.DRAFT:
        return filled(of)
    if state == ApplicationState.APPROVED:
        return approved(of)
    if state == ApplicationState.REJECTED:
        return rejected(of)
    if state == ApplicationState.REVOKED:
        application = approved(of)
        revoke(of, application)
        return application
    application = submitted(of)
    if state == ApplicationState.WITHDRAWN:
        applications.withdraw_application(by=of.seller, application=application, now=NOW)
    return application


def office_file(main_part: str) -> bytes:
    """A file that holds what a Word or Excel document is known by."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(
            zipfile.ZipInfo("[Content_Types].xml"), "<Types/>"
        )  # dated 1980: the same bytes each time
        archive.writestr(zipfile.ZipInfo(main_part), "<x/>")
    return target.getvalue()
