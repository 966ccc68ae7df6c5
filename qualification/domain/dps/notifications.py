"""What applications to DPSs tell people: the operator of each submission, the company of each decision."""

from datetime import datetime

from django.urls import reverse

from accounts.domain.organisation_notifications import Words, notify_organisations
from accounts.enums import Role
from accounts.models import Organisation
from marketplace.dates import day_text
from marketplace.notifications import Kind
from qualification.enums import ApplicationState
from qualification.models import DpsApplication

SUBMITTED = Kind("dps_application", "A company applies for company qualification", "so")
DECIDED = Kind("dps_decision", "A system operator decides on your company's qualification", "fsp")
KINDS = (SUBMITTED, DECIDED)


def _link(application: DpsApplication) -> str:
    return reverse("qualification:dps_application", args=[application.pk])


def notify_submitted(application: DpsApplication, now: datetime) -> None:
    """Tell the operator who applied, with a link to the application."""
    system = application.purchasing_system

    def say(to: Organisation) -> Words:
        return f"{application.provider} applies to {system.reference}", [
            f"{application.provider} has submitted its application to {system.reference} {system.name}.",
            "Read it, then approve it or reject it with a reason.",
        ]

    notify_organisations(
        SUBMITTED.code,
        [system.operator_id],
        [Role.PROCUREMENT],
        say,
        link=_link(application),
        key=str(application.pk),
        now=now,
    )


def notify_decided(application: DpsApplication, now: datetime) -> None:
    """Tell the company what was decided, and why."""
    system = application.purchasing_system
    words = {
        ApplicationState.APPROVED: "approved",
        ApplicationState.REJECTED: "rejected",
        ApplicationState.REVOKED: "revoked",
    }[ApplicationState(application.state)]
    reason = application.revocation_reason or application.reason

    def say(to: Organisation) -> Words:
        subject = "approval" if application.state == ApplicationState.REVOKED else "application"
        lines = [
            f"{system.operator} has {words} your company's {subject} on {system.reference} {system.name}."
        ]
        if application.expires_on is not None and application.state == ApplicationState.APPROVED:
            lines.append(f"The approval holds until the end of {day_text(application.expires_on)}.")
        if reason:
            lines.append(f"The reason given: {reason}")
        return f"Your {subject} on {system.reference} is {words}", lines

    notify_organisations(
        DECIDED.code,
        [application.provider_id],
        [Role.PROCUREMENT],
        say,
        link=_link(application),
        key=f"{application.pk} {application.state}",
        now=now,
    )
