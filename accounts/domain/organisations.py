"""Correcting the details of an organisation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import rules
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
    without Account."""
    rules.check_may_manage_team(by)
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update().get(pk=by.organisation_id)
        changes = {}
        for name in details_to_edit(by):
            before = getattr(organisation, name)
            if name in details and details[name] != before:
                changes[name] = (before, details[name])
                setattr(organisation, name, details[name])
        if changes:
            organisation.save(update_fields=list(changes))
            record(
                organisation_id=organisation.pk,
                by=by,
                action="organisation details changed",
                subject=organisation,
                changes=changes,
                now=now,
            )
    return organisation
