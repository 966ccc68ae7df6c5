"""Correcting the details of an organisation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import rules
from accounts.domain.vat import newest_treatment, note_treatment, told_treatment
from accounts.models import Member, Organisation
from marketplace.audit.chain import record

BY_PROVIDERS = (
    "name",
    "code",
    "registered_address",
    "vat_number",
    "contact_name",
    "contact_email",
    "contact_phone",
    "time_zone",
)
BY_OPERATORS = ("registered_address", "vat_number", "contact_name", "contact_email", "contact_phone")
"""An operator's name, code, region and zone are the platform's to change: windows and files stand on them."""


def details_to_edit(member: Member) -> tuple[str, ...]:
    """The fields that members with the Account role may change of their own organisation."""
    return BY_OPERATORS if member.is_so else BY_PROVIDERS


def change_details(*, by: Member, details: Mapping[str, Any], now: datetime) -> Organisation:
    """Change the organisation's own details; others than :func:`details_to_edit` are left. ``NotAllowed``
    without Account.

    ``vat_treatment`` and ``vat_from`` among the details say how a provider's sales are taxed, from which day on (without
    one: today in its zone).
    """
    rules.check_may_manage_team(by)
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update().get(pk=by.organisation_id)
        changes: dict[str, tuple[Any, Any]] = {}
        vat_before = newest_treatment(organisation)
        for name in details_to_edit(by):
            before = getattr(organisation, name)
            if name in details and details[name] != before:
                changes[name] = (before, details[name])
                setattr(organisation, name, details[name])
        if changes:
            organisation.save(update_fields=list(changes))
        if by.is_fsp:
            vat_after = told_treatment(
                str(details.get("vat_treatment", vat_before.kind)), organisation.vat_number
            )
            if vat_after != vat_before:
                from_day = details.get("vat_from") or now.astimezone(organisation.zone).date()
                note_treatment(organisation, vat_before, vat_after, from_day)
                changes["vat_treatment"] = (vat_before.kind, vat_after.kind)
                changes["vat_from"] = (None, from_day)
        if changes:
            record(
                organisation_id=organisation.pk,
                by=by,
                action="organisation details changed",
                subject=organisation,
                changes=changes,
                now=now,
            )
    return organisation
