"""What qualification adds to the start page: a new provider's first steps, and the counts in the
navigation."""

from datetime import datetime

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from marketplace.members import Member as AnyMember
from marketplace.web.home import FirstStep
from marketplace.web.navigation import Count
from qualification.domain.cover import competitions_to_enter
from qualification.domain.dps.queries import applications_to_decide, applications_visible_to
from qualification.domain.queries import entries_visible_to
from qualification.domain.verdicts.standing import lists_assets


def assets_step(member: Member, now: datetime) -> FirstStep:
    """A provider's first asset."""
    return FirstStep(
        "List your assets",
        "Type them in or upload a workbook; each is checked against every live competition at once.",
        reverse("qualification:upload"),
        "Upload",
        lists_assets(member.organisation),
        Role.PROCUREMENT,
    )


def company_step(member: Member, now: datetime) -> FirstStep:
    """A provider's first application."""
    submitted = applications_visible_to(member).exclude(submitted_at=None)
    return FirstStep(
        "Qualify your company",
        "Apply once to each operator you want to sell to; competitions that ask for it count only approved companies.",
        reverse("qualification:dps_systems"),
        "Apply",
        submitted.exists(),
        Role.PROCUREMENT,
    )


def enter_step(member: Member, now: datetime) -> FirstStep:
    """A provider's first entry."""
    return FirstStep(
        "Enter a competition",
        "Only companies that enter before qualification closes can bid.",
        reverse("qualification:entries"),
        "See competitions",
        entries_visible_to(member, now).exists(),
        Role.PROCUREMENT,
    )


def entries_count(member: AnyMember, now: datetime) -> Count | None:
    """How many competitions wait for the provider's answer."""
    return _due(competitions_to_enter(member, now).order_by().count())  # type: ignore[arg-type]


def applications_count(member: AnyMember, now: datetime) -> Count | None:
    """How many applications wait for the operator's decision."""
    return _due(applications_to_decide(member).order_by().count())  # type: ignore[arg-type]


def _due(number: int) -> Count | None:
    return Count(number, is_due=True) if number else None
