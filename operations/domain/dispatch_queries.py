"""Whose dispatches are whose."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from accounts.models import Member
from competitions.models import Boundary
from contracts.domain.queries import contracts_of
from contracts.models import Contract
from marketplace.notifications.models import Notification
from operations import rules
from operations.domain.dispatch_notifications import DISPATCH, EMERGENCY, key_of
from operations.domain.recording import seen_by
from operations.enums import DispatchKind, DispatchState, EventKind, MessageKind
from operations.models import Dispatch, DispatchEvent, Message, MessageCounter

LOADED = (
    "operator",
    "contract__buyer",
    "contract__seller",
    "contract__competition",
    "contract__bid__window",
    "contract__terms_version__record",
)


def dispatches_of(member: Member) -> QuerySet[Dispatch]:
    """The dispatches of the member's organisation's contracts, with their events, last start first.

    A provider's have the tests of its channels among them.
    """
    events = DispatchEvent.objects.order_by("place")
    return (
        seen_by(member)
        .select_related(*LOADED)
        .prefetch_related(Prefetch("events", queryset=events))
        .order_by("-start", "ref", "id")
    )


def dispatches_not_over(member: Member, now: datetime) -> QuerySet[Dispatch]:
    """Those that still run or come, first start first. One that turned out to have no effect may be among them."""
    return dispatches_of(member).filter(end__gt=now).order_by("start", "ref", "id")


def dispatches_ahead(member: Member, now: datetime, until: datetime) -> QuerySet[Dispatch]:
    """Those that run, begin before ``until`` or may wait for an answer, first start first."""
    return dispatches_not_over(member, now).filter(Q(start__lt=until) | _may_wait())


def dispatches_that_may_wait(member: Member, now: datetime) -> QuerySet[Dispatch]:
    """Those not over that nobody has answered yet, or that were amended; the others wait for nothing."""
    return dispatches_not_over(member, now).filter(_may_wait())


def _may_wait() -> Q:
    amended = DispatchEvent.objects.filter(dispatch=OuterRef("pk"), kind=EventKind.AMEND)
    return Q(state=DispatchState.ISSUED) | Q(Exists(amended))


def dispatches_between(member: Member, start: datetime, end: datetime) -> QuerySet[Dispatch]:
    """Those that touch the time from start to end, in order of start."""
    return dispatches_of(member).filter(start__lt=end, end__gte=start).order_by("start", "ref", "id")


def contracts_to_call(member: Member) -> QuerySet[Contract]:
    """For an operator: its contracts that can be dispatched, with what their limits need."""
    return (
        contracts_of(member)
        .filter(status__in=rules.CAN_RUN, buyer=member.organisation_id)
        .exclude(terms=None)
        .select_related("competition", "buyer", "seller", "bid__window", "terms_version__record")
        .order_by("competition__ref", "period_name", "window_name", "seller__name", "id")
    )


def time_held(contracts: Collection[UUID]) -> dict[UUID, list[Dispatch]]:
    """The dispatches that hold their time, by contract."""
    found: dict[UUID, list[Dispatch]] = {}
    for each in Dispatch.objects.filter(contract__in=contracts, holds_its_time=True).order_by("start"):
        found.setdefault(each.contract_id, []).append(each)
    return found


def dispatch_messages(member: Member, dispatch: Dispatch) -> QuerySet[Message]:
    """The messages of a dispatch that the member's organisation sent or received, with their receipts."""
    party = Q(dispatch__operator=member.organisation_id) | Q(receiver=member.organisation_id)
    return Message.objects.filter(party, dispatch=dispatch).prefetch_related("receipts").order_by("number")


def mails_of(messages: Collection[Message]) -> dict[str, list[Notification]]:
    """The notifications that carry these messages, all to one receiver, by the message's key."""
    found: dict[str, list[Notification]] = {}
    if messages:
        receiver = next(iter(messages)).receiver_id
        told = Notification.objects.filter(
            user__member__organisation=receiver,
            kind__in=[DISPATCH.code, EMERGENCY.code],
            key__in=[key_of(each) for each in messages],
        )
        for each in told.order_by("created_at", "pk"):
            found.setdefault(each.key, []).append(each)
    return found


def emergency_stops_to_acknowledge(member: Member) -> QuerySet[Message]:
    """The emergency stops that nobody of the member's organisation has acknowledged, first one first."""
    return (
        Message.objects.filter(receiver=member.organisation_id, kind=MessageKind.DISPATCH_EMERGENCY_STOPPED)
        .exclude(receipts__kind="acknowledged")
        .select_related("dispatch__contract__competition", "dispatch__contract__buyer")
        .order_by("number")
    )


def last_number(member: Member) -> int:
    """The number of the last message to the member's organisation; 0 before the first."""
    found = MessageCounter.objects.filter(receiver=member.organisation_id).values_list("last", flat=True)
    return found.first() or 0


def last_event_of(member: Member) -> int:
    """Which event of the member's organisation's dispatches was recorded last; 0 for none."""
    party = (
        Q(dispatch__operator=member.organisation_id) & ~Q(dispatch__kind=DispatchKind.OWN_TEST)
        if member.is_so
        else Q(dispatch__contract__seller=member.organisation_id)
    )
    return DispatchEvent.objects.filter(party).order_by("-pk").values_list("pk", flat=True).first() or 0


def names_of(member: Member, user_ids: Collection[int]) -> dict[int, str]:
    """The names of people of the member's own organisation; of the other party's nobody is named."""
    own = Member.objects.filter(user__in=user_ids, organisation=member.organisation_id)
    return {each.user_id: str(each.user) for each in own.select_related("user")}


def areas_of_competitions(competitions: Collection[UUID]) -> dict[UUID, list[str]]:
    """The refs of the areas that bound these competitions."""
    found: dict[UUID, list[str]] = {}
    named = Boundary.objects.filter(competition__in=competitions, area__isnull=False)
    for competition_id, reference in named.order_by("area__reference").values_list(
        "competition", "area__reference"
    ):
        found.setdefault(competition_id, []).append(reference)
    return found


def with_news_since(dispatches: QuerySet[Dispatch], instant: datetime) -> QuerySet[Dispatch]:
    """Those of the dispatches to which something happened at the instant or after it."""
    return dispatches.filter(Exists(DispatchEvent.objects.filter(dispatch=OuterRef("pk"), at__gte=instant)))
