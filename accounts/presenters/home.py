"""The first steps of a new organisation that concern itself and its team."""

from datetime import datetime

from django.urls import reverse

from accounts.domain.queries import open_invitations_of, team_of
from accounts.enums import Role
from accounts.models import Member
from marketplace.web.home import FirstStep


def details_step(member: Member, now: datetime) -> FirstStep:
    """Who the organisation is, for those who deal with it."""
    organisation = member.organisation
    if member.is_so:
        profile = getattr(organisation, "operator_profile", None)
        return FirstStep(
            "Describe your organisation",
            "Logo, colour, introduction and market rules: what providers read before they take part.",
            reverse("accounts:profile_edit"),
            "Describe",
            profile is not None and bool(profile.introduction or profile.logo_digest),
            Role.ACCOUNT,
        )
    return FirstStep(
        "Complete your company details",
        "Your company number or registered address stands in applications and contracts.",
        reverse("accounts:organisation"),
        "Complete",
        bool(organisation.company_number or organisation.registered_address),
        Role.ACCOUNT,
    )


def team_step(member: Member, now: datetime) -> FirstStep:
    """Colleagues, with the roles that they need."""
    has_team = team_of(member).order_by()[:2].count() > 1 or open_invitations_of(member).exists()
    return FirstStep(
        "Invite your team",
        "Roles say who sets up competitions, who decides on bids, who signs contracts.",
        reverse("accounts:team"),
        "Invite",
        has_team,
        Role.ACCOUNT,
    )
