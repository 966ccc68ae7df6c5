"""An address that took nothing for a day is called no more; who looks after it is told, and who dispatches by it."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse

from accounts.domain.organisation_notifications import (
    OrganisationMessage,
    Words,
    notify_each_organisation,
    notify_organisations,
)
from accounts.enums import Role
from accounts.models import Organisation
from api.enums import WebhookKind
from api.models import WebhookEndpoint
from api.webhooks.kinds_of_notification import PROVIDERS_WEBHOOK_OFF, WEBHOOK_OFF
from contracts.models import Contract
from marketplace.audit.chain import record
from operations.domain.units import STANDING

AGAIN = (
    "Switch it on again on its page, and replay what waited then; what happens meanwhile is not kept for it."
)
OFF = "It did not take what was sent for more than a day."
CALLS = {
    WebhookKind.DISPATCH_ISSUED,
    WebhookKind.DISPATCH_AMENDED,
    WebhookKind.DISPATCH_STOPPED,
    WebhookKind.DISPATCH_CANCELLED,
}


@transaction.atomic
def switch_off(endpoint: WebhookEndpoint, now: datetime) -> None:
    """Call an address no more that took nothing for a day, and tell who looks after programs, and the operators that
    dispatch its organisation; once."""
    if not WebhookEndpoint.objects.filter(pk=endpoint.pk, is_on=True).update(is_on=False, why_off=OFF):
        return
    record(
        organisation_id=endpoint.organisation_id,
        by=None,
        action="webhook switched off",
        subject=endpoint,
        changes={"why": (None, OFF)},
        now=now,
    )
    key = f"webhook off {endpoint.pk} {now.isoformat()}"
    notify_each_organisation(
        WEBHOOK_OFF.code,
        [endpoint.organisation_id],
        [Role.ACCOUNT],
        lambda to: OrganisationMessage(
            "A webhook was switched off",
            [
                f"{endpoint.url} took nothing that was sent for more than a day.",
                AGAIN,
            ],
            reverse("api:programs"),
            key,
        ),
        now=now,
    )
    if CALLS & set(endpoint.kinds):
        _tell_who_dispatches(endpoint, key, now)


def _tell_who_dispatches(endpoint: WebhookEndpoint, key: str, now: datetime) -> None:
    """Tell the buyers under whose contracts the organisation can be called; never the address."""
    callable_now = Contract.objects.filter(
        seller=endpoint.organisation_id, status__in=STANDING, end_day__gte=now.date()
    )
    buyers = set(callable_now.order_by().values_list("buyer", flat=True))
    provider = endpoint.organisation.name

    def say(to: Organisation) -> Words:
        return f"A webhook of {provider} was switched off", [
            f"It told a program of {provider} of your dispatches, and took nothing for more than a day.",
            "Dispatches still reach its pages, its mails and what else it has; see on each how it was told.",
        ]

    notify_organisations(
        PROVIDERS_WEBHOOK_OFF.code,
        sorted(buyers),
        [Role.OPERATIONS],
        say,
        link=reverse("operations:dispatches"),
        key=key,
        now=now,
    )
