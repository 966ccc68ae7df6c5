"""What qualification shows on a competition's page and on an operator's public page."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member, Organisation
from accounts.presenters.profile_parts import ProfileLine, ProfilePart
from competitions.models import Competition
from competitions.presenters.links import CompetitionLink
from marketplace.units import power_unit
from marketplace.web.templatetags.marketplace import megawatts
from qualification.domain.dps.queries import (
    approved_providers,
    frameworks_visible_to,
)
from qualification.domain.queries import entry_states
from qualification.domain.verdicts.standing import applicable, eligible_mw, why_not_applicable
from qualification.enums import EntryState
from qualification.models import DpsFramework


def competition_link(
    member: Member | None, competition: Competition, now: datetime
) -> CompetitionLink | None:
    """On a competition's page: a provider's eligible capacity and answer, an operator's qualified assets."""
    if member is None or not member.holds(Role.PROCUREMENT):
        return None
    if member.is_so:
        if member.organisation_id != competition.operator_id or not competition.is_published(now):
            return None
        url = reverse("qualification:competition_assets", args=[competition.pk])
        return CompetitionLink("Which assets qualify, and who has entered.", "Assets and entries", url)
    own = eligible_mw(competition_ids=[competition.pk], provider_ids=[member.organisation_id])
    states = entry_states(member.organisation_id, [competition.pk])
    state = EntryState(states.get(competition.pk, EntryState.UNDECIDED))
    text = f"Your eligible capacity here: {megawatts(sum(own.values(), Decimal(0)), competition.power_type)}."
    if state == EntryState.UNDECIDED and not applicable(own):
        why = why_not_applicable(competition, member.organisation).sentence(
            power_unit(competition.power_type)
        )
        text = f"{text} Not applicable to you: {why[0].lower()}{why[1:]}"
    else:
        text = f"{text} Your answer: {state.label.lower()}."
    return CompetitionLink(text, "Entries", reverse("qualification:entries"))


def dps_link(member: Member | None, competition: Competition, now: datetime) -> CompetitionLink | None:
    """On the page of a competition that names a DPS: whether the provider's company is approved on it."""
    system = competition.purchasing_system
    if system is None or member is None or not member.is_fsp or not member.holds(Role.PROCUREMENT):
        return None
    url = reverse("qualification:dps_systems")
    if member.organisation_id in approved_providers([system.pk], now)[system.pk]:
        return CompetitionLink(
            f"Your company is approved in the company qualification {system.reference}.",
            "Company qualification",
            url,
        )
    text = (
        f"Your company is not approved in the company qualification {system.reference}, "
        "so none of your assets is eligible here."
    )
    return CompetitionLink(text, "Company qualification", url)


def framework_parts(operator: Organisation, now: datetime) -> list[ProfilePart]:
    """For everyone: the framework agreements of the operator's open DPSs, to read before a company
    registers."""
    newest: dict[UUID, DpsFramework] = {}
    for each in frameworks_visible_to(None).filter(purchasing_system__operator=operator):
        newest.setdefault(each.purchasing_system_id, each)
    lines = [
        ProfileLine(
            f"{each.purchasing_system.name}: framework agreement",
            reverse("qualification:dps_framework", args=[each.pk]),
            f"version {each.version}",
        )
        for each in newest.values()
    ]
    return [ProfilePart("Company qualification", lines, "")] if lines else []
