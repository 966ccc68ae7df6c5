"""What is kept of OpenADR: reports as they were sent, and subscriptions. Each action is on the organisation's log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import ApiClient, Member
from api.models import AdrReport, AdrSubscription
from contracts.models import Contract
from marketplace.audit.chain import record
from marketplace.deliveries.outward import BadAddress, NotTaken, check_address
from marketplace.errors import Refused

MOST_SUBSCRIPTIONS = 50


def reports_of(member: Member) -> QuerySet[AdrReport]:
    """A provider's own reports; an operator's are those on its contracts."""
    party = "contract__buyer" if member.is_so else "organisation"
    return AdrReport.objects.filter(**{party: member.organisation_id}).order_by("made_at", "pk")


def report_like(member: Member, digest: str) -> AdrReport | None:
    """The report that says just this already."""
    return AdrReport.objects.filter(organisation=member.organisation_id, digest=digest).first()


@transaction.atomic
def keep_report(
    *,
    by: Member,
    client: ApiClient,
    contract: Contract,
    dispatch_id: UUID | None,
    client_name: str,
    content: dict[str, Any],
    digest: str,
    now: datetime,
) -> AdrReport:
    """Keep a report whose contents were taken. Of two that say the same at once the first is kept."""
    made, is_new = AdrReport.objects.get_or_create(
        organisation_id=by.organisation_id,
        digest=digest,
        defaults={
            "client": client,
            "contract": contract,
            "dispatch_id": dispatch_id,
            "client_name": client_name,
            "content": content,
            "made_at": now,
            "changed_at": now,
        },
    )
    if is_new:
        _record(by, made, "report received", {"event": (None, content["eventID"])}, now)
    return made


@transaction.atomic
def change_report(
    *,
    by: Member,
    report: AdrReport,
    contract: Contract,
    dispatch_id: UUID | None,
    client_name: str,
    content: dict[str, Any],
    digest: str,
    now: datetime,
) -> AdrReport:
    """Keep what a report says now. Raises ``Refused`` where another one says just this."""
    if report_like(by, digest) is not None:
        raise Refused("Another report says just this already.")
    before = report.content["eventID"]
    report.contract, report.dispatch_id, report.client_name = contract, dispatch_id, client_name
    report.content, report.digest, report.changed_at = content, digest, now
    report.save()
    _record(by, report, "report changed", {"event": (before, content["eventID"])}, now)
    return report


@transaction.atomic
def remove_report(*, by: Member, report: AdrReport, now: datetime) -> None:
    """Take a report off the list; what it told stays."""
    _record(by, report, "report removed", {"event": (report.content["eventID"], None)}, now)
    report.delete()


def _record(
    by: Member, report: AdrReport, action: str, changes: dict[str, tuple[object, object]], now: datetime
) -> None:
    record(
        organisation_id=report.organisation_id,
        by=by,
        action=action,
        subject=report,
        changes=changes,
        now=now,
    )


def subscriptions_of(client: ApiClient) -> QuerySet[AdrSubscription]:
    """The subscriptions that a program made."""
    return AdrSubscription.objects.filter(client=client).order_by("made_at", "pk")


@transaction.atomic
def add_subscription(
    *, by: Member, client: ApiClient, told: dict[str, Any], now: datetime
) -> AdrSubscription:
    """Have a program told of changes. Raises ``Refused`` for an address that is not called, and for one too many."""
    _check_addresses(told["wanted"])
    if subscriptions_of(client).count() >= MOST_SUBSCRIPTIONS:
        raise Refused(f"A program has at most {MOST_SUBSCRIPTIONS} subscriptions.")
    made = AdrSubscription.objects.create(client=client, made_at=now, changed_at=now, **told)
    _record_subscription(by, made, "subscription added", (None, _addresses(made)), now)
    return made


@transaction.atomic
def change_subscription(
    *, by: Member, subscription: AdrSubscription, told: dict[str, Any], now: datetime
) -> AdrSubscription:
    """Have a program told of other changes, or elsewhere. Raises ``Refused`` for an address that is not called."""
    _check_addresses(told["wanted"])
    before = _addresses(subscription)
    for name, value in told.items():
        setattr(subscription, name, value)
    subscription.changed_at = now
    subscription.save()
    _record_subscription(by, subscription, "subscription changed", (before, _addresses(subscription)), now)
    return subscription


@transaction.atomic
def remove_subscription(*, by: Member, subscription: AdrSubscription, now: datetime) -> None:
    """Have a program told no more."""
    _record_subscription(by, subscription, "subscription removed", (_addresses(subscription), None), now)
    subscription.delete()


def _check_addresses(wanted: list[dict[str, Any]]) -> None:
    for url in {each["callbackUrl"] for each in wanted}:
        try:
            check_address(url)
        except (BadAddress, NotTaken) as error:
            raise Refused(str(error)) from None


def _addresses(of: AdrSubscription) -> str:
    return " ".join(sorted({each["callbackUrl"] for each in of.wanted}))


def _record_subscription(
    by: Member, of: AdrSubscription, action: str, addresses: tuple[object, object], now: datetime
) -> None:
    record(
        organisation_id=by.organisation_id,
        by=by,
        action=action,
        subject=of,
        changes={"addresses": addresses},
        now=now,
    )
