"""Applications to DPSs by the parties of a rehearsal or demo, through the actions of the pages."""

from collections.abc import Mapping
from datetime import datetime

from accounts.models import Member
from competitions.domain.purchasing_systems import create_purchasing_system
from competitions.models import PurchasingSystem
from marketplace import clock
from marketplace.errors import Refused
from qualification.domain.dps.applications import (
    add_attachment,
    save_section,
    start_application,
    submit_application,
)
from qualification.domain.dps.decisions import approve_application
from qualification.domain.dps.form import sections_of
from qualification.domain.dps.questions import Question
from qualification.models import DpsApplication
from rehearsal.round.file import DpsEntry, UnusableRound


def open_dps(operator: Member, told: DpsEntry) -> PurchasingSystem:
    """Create the DPS. Raises :class:`UnusableRound` for one that the rules refuse."""
    try:
        return create_purchasing_system(
            by=operator, reference=told.reference, name=told.name, now=clock.now()
        )
    except Refused as refusal:
        raise UnusableRound(f"[[dps]] in round.toml: {refusal}") from refusal


def apply_to(
    system: PurchasingSystem,
    by: Member,
    answers: Mapping[str, str],
    document: tuple[str, bytes] | None = None,
) -> DpsApplication:
    """Fill in the four sections, attach the document (name and content) and submit."""
    application = start_application(by=by, system=system, now=clock.now())
    told = {**answers_for(by, clock.now()), **answers}
    for section in sections_of(application):
        given = {each.key: told.get(each.key, told.get(each.column, "")) for each in section.questions}
        given |= {each.key: _invented(each) for each in section.questions if each.key.startswith("own_")}
        save_section(by=by, application=application, section=section, answers=given, now=clock.now())
    if document is not None:
        name, data = document
        add_attachment(by=by, application=application, data=data, filename=name, now=clock.now())
    submit_application(by=by, application=application, now=clock.now())
    return application


def _invented(question: Question) -> str:
    """An answer to a question of the operator's own; of a document none."""
    if question.kind == "choice":
        return question.options[0][0]
    invented = {"number": "12", "date": clock.now().date().isoformat(), "yes_no": "yes", "file": ""}
    return invented.get(question.kind, "As agreed.")


def approve_on(system: PurchasingSystem, provider: Member, operator: Member) -> None:
    """Have the provider apply and the operator approve it."""
    application = apply_to(system, provider, {})
    approve_application(by=operator, application=application, now=clock.now())


def answers_for(member: Member, now: datetime) -> dict[str, str]:
    """Invented answers to every question that is needed, in the company's own name."""
    company = member.organisation
    year = now.year
    return {
        "legal_name": company.name,
        "company_number": company.company_number or "01234567",
        "registered_address": company.registered_address or "1 Example Street, Exampleton",
        "contact_name": f"{company.name} desk",
        "contact_email": company.contact_email,
        "business": "Flexibility from batteries, generation and demand.",
        "legal_form": "ltd",
        "in_group": "no",
        "insolvency": "no",
        "exclusion": "no",
        "audited": "yes",
        "accounts_to": f"{year - 1}-03-31",
        "turnover": "2400000.00",
        "public_liability": "5000000.00",
        "public_liability_expiry": f"{year + 1}-06-30",
        "employers_liability": "10000000.00",
        "employers_liability_expiry": f"{year + 1}-06-30",
        "framework": "yes",
        "signatory_name": f"{company.name} director",
        "signatory_position": "Director",
        "signatory_email": company.contact_email,
        "signed_on": now.date().isoformat(),
        "declaration": "yes",
    }
