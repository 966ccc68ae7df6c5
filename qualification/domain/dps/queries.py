"""Who sees which DPSs and applications, and which providers are approved."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from accounts.models import Member
from competitions.models import PurchasingSystem
from qualification.enums import ApplicationState
from qualification.models import DpsApplication, DpsAttachment, DpsFramework, DpsQuestion


def applications_visible_to(member: Member | None) -> QuerySet[DpsApplication]:
    """A provider's own; an operator's those to its DPSs once they were submitted, never a draft."""
    applications = DpsApplication.objects.select_related(
        "purchasing_system__operator", "provider", "framework"
    )
    if member is None:
        return applications.none()
    if member.is_fsp:
        return applications.filter(provider=member.organisation_id)
    own = applications.filter(purchasing_system__operator=member.organisation_id)
    return own.exclude(state=ApplicationState.DRAFT)


def applications_with_counts(member: Member) -> QuerySet[DpsApplication]:
    """The same, each with the number of its attachments, newest submissions first."""
    counted = applications_visible_to(member).annotate(attachment_count=Count("attachments"))
    return counted.order_by("-submitted_at", "-created_at", "pk")


def attachments_visible_to(member: Member | None) -> QuerySet[DpsAttachment]:
    """The attachments of the applications that the member sees, oldest first, without their content."""
    seen = applications_visible_to(member).order_by().values("pk")
    found = DpsAttachment.objects.filter(application__in=seen).select_related("file", "application")
    return found.defer("file__content").order_by("added_at", "pk")


def systems_to_apply_to(member: Member) -> QuerySet[PurchasingSystem]:
    """For a provider: the DPSs of all operators that are open."""
    systems = PurchasingSystem.objects.select_related("operator").filter(is_open=True)
    return systems.order_by("operator__name", "reference") if member.is_fsp else systems.none()


def systems_to_set_up(member: Member) -> QuerySet[PurchasingSystem]:
    """For an operator: its own DPSs, open and closed."""
    systems = PurchasingSystem.objects.select_related("operator").filter(operator=member.organisation_id)
    return systems if member.is_so else systems.none()


def own_questions_of(member: Member) -> QuerySet[DpsQuestion]:
    """For an operator: the questions that it added to its DPSs, in order."""
    found = DpsQuestion.objects.select_related("purchasing_system__operator")
    return found.filter(purchasing_system__in=systems_to_set_up(member)).order_by("section", "place", "pk")


def frameworks_visible_to(member: Member | None) -> QuerySet[DpsFramework]:
    """The versions of framework agreements, newest first: of open DPSs everybody's to read, before applying
    too.

    Of a closed DPS its operator reads them, and providers do: their applications may have agreed to one.
    """
    found = DpsFramework.objects.select_related("purchasing_system__operator", "file").defer("file__content")
    is_open = Q(purchasing_system__is_open=True)
    if member is None:
        found = found.filter(is_open)
    elif member.is_so:
        found = found.filter(is_open | Q(purchasing_system__operator=member.organisation_id))
    return found.order_by("purchasing_system", "-version")


def earlier_application(application: DpsApplication) -> DpsApplication | None:
    """The company's application to the same DPS that was submitted last before this one."""
    others = (
        DpsApplication.objects.select_related("purchasing_system", "framework")
        .filter(purchasing_system=application.purchasing_system_id, provider=application.provider_id)
        .exclude(Q(pk=application.pk) | Q(submitted_at=None))
    )
    if application.submitted_at is not None:
        others = others.filter(submitted_at__lt=application.submitted_at)
    return others.order_by("-submitted_at", "pk").first()


@dataclass(frozen=True)
class Approval:
    """A provider's latest approval on a DPS, which holds until ``expires_at``, the end of ``expires_on``
    (None: for good)."""

    dps_id: uuid.UUID
    provider_id: uuid.UUID
    expires_at: datetime | None
    expires_on: date | None = None

    def holds(self, at: datetime) -> bool:
        return self.expires_at is None or at < self.expires_at


def approvals(dps_ids: Collection[uuid.UUID]) -> list[Approval]:
    """The latest approval of each provider on each of these DPSs, those revoked left out, expired ones not.

    A rejection never ends an earlier approval; a later approval takes the place of an earlier one. Of an
    approval and a revocation decided at the same instant the approval counts: a company is approved again
    only after the revocation.
    """
    if not dps_ids:
        return []
    once_approved = DpsApplication.objects.filter(
        purchasing_system__in=list(dps_ids), state__in=[ApplicationState.APPROVED, ApplicationState.REVOKED]
    )
    latest = once_approved.order_by("purchasing_system", "provider", "-decided_at", "state", "pk").distinct(
        "purchasing_system", "provider"
    )
    rows = latest.values_list("purchasing_system", "provider", "expires_at", "expires_on", "state")
    return [
        Approval(dps, provider, end, day)
        for dps, provider, end, day, state in rows
        if state == ApplicationState.APPROVED
    ]


def approved_providers(
    dps_ids: Collection[uuid.UUID], now: datetime
) -> dict[uuid.UUID, frozenset[uuid.UUID]]:
    """Which providers are approved on each of these DPSs at ``now``."""
    found: dict[uuid.UUID, set[uuid.UUID]] = {each: set() for each in dps_ids}
    for approval in approvals(dps_ids):
        if approval.holds(now):
            found[approval.dps_id].add(approval.provider_id)
    return {each: frozenset(providers) for each, providers in found.items()}


def is_latest_approval(application: DpsApplication) -> bool:
    """Whether no later approval of the company on the DPS has taken this one's place."""
    later = DpsApplication.objects.filter(
        purchasing_system=application.purchasing_system_id,
        provider=application.provider_id,
        state__in=[ApplicationState.APPROVED, ApplicationState.REVOKED],
        decided_at__gt=application.decided_at,
    )
    return not later.exists()


def applications_to_decide(member: Member) -> QuerySet[DpsApplication]:
    """For an operator: the applications that wait for its decision, the one that waits longest first."""
    if not member.is_so:
        return DpsApplication.objects.none()
    pending = applications_visible_to(member).filter(state=ApplicationState.PENDING)
    return pending.order_by("submitted_at", "pk")


def applications_to_submit(member: Member) -> QuerySet[DpsApplication]:
    """For a provider: the applications that it has begun and not submitted, to DPSs that take
    applications."""
    if not member.is_fsp:
        return DpsApplication.objects.none()
    own = applications_visible_to(member).filter(state=ApplicationState.DRAFT)
    return own.filter(purchasing_system__is_open=True).order_by("created_at", "pk")


def approvals_ending(member: Member, now: datetime, until: datetime) -> QuerySet[DpsApplication]:
    """For a provider: its approvals that end by then, those that a later one replaces among them."""
    if not member.is_fsp:
        return DpsApplication.objects.none()
    approved = applications_visible_to(member).filter(state=ApplicationState.APPROVED)
    return approved.filter(expires_at__gt=now, expires_at__lte=until).order_by("expires_at", "pk")


def approvals_that_end(member: Member, now: datetime, until: datetime) -> list[DpsApplication]:
    """For a provider: its approvals that end soon and for which it has not applied again, the first to end
    first."""
    found = [each for each in approvals_ending(member, now, until) if is_latest_approval(each)]
    own, begun = applications_visible_to(member), {ApplicationState.DRAFT, ApplicationState.PENDING}
    renewed = set(own.filter(state__in=begun).values_list("purchasing_system", flat=True)) if found else set()
    return [each for each in found if each.purchasing_system_id not in renewed]
