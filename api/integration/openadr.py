"""What subscriptions of OpenADR are told of: dispatches as events and contracts as programs by the programs of both parties,
competitions as programs by whoever sees them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.dispatch import receiver

from api.doors import Told
from api.models import AdrNotice, AdrSubscription
from api.openadr import notices
from api.openadr.events import of_dispatch
from api.openadr.programs import competitions_seen, of_competition, of_contract
from competitions.domain.setting_up.changes import FieldChange, public_changes
from competitions.models import Competition
from competitions.signals import competition_cancelled, competition_edited, competitions_published
from contracts.enums import ContractStatus
from contracts.models import Contract
from contracts.signals import contracts_moved
from marketplace import states
from marketplace.deliveries import channels
from marketplace.deliveries.enums import DeliveryState
from marketplace.notifications.enums import MAIL_TRANSITIONS
from operations.domain.dispatch_queries import dispatches_of
from operations.domain.ways import Went, register_way
from operations.enums import MessageKind
from operations.models import Dispatch, Message
from operations.signals import messages_written

states.register(
    states.Machine("api.AdrNotice", "state", DeliveryState, DeliveryState.WAITING, MAIL_TRANSITIONS)
)
channels.register(notices.Notices, channels.WEBHOOKS)

PUBLICATION = "publish_on"
"""What changes with it is told once the publication has come."""
OPERATIONS: Mapping[str, str] = {
    MessageKind.DISPATCH_ISSUED: "CREATE",
    MessageKind.DISPATCH_AMENDED: "UPDATE",
    MessageKind.DISPATCH_STOPPED: "UPDATE",
    MessageKind.DISPATCH_EMERGENCY_STOPPED: "UPDATE",
    MessageKind.DISPATCH_CANCELLED: "DELETE",
}


@receiver(messages_written, dispatch_uid="api.openadr_of_messages")
def tell_of_messages(sender: Any, messages: Sequence[Message], now: datetime, **signal: Any) -> None:
    """Each change of a dispatch as the change of an event, of a dispatch in order."""
    events = _Events([each.dispatch for each in messages if each.dispatch is not None], now)
    changes = []
    for each in messages:
        operation, dispatch = OPERATIONS.get(each.kind), each.dispatch
        if operation is None or dispatch is None:
            continue
        parties = {each.receiver_id} | (set() if dispatch.is_own_test else {dispatch.operator_id})
        changes += [
            notices.Change(
                party,
                "EVENT",
                operation,
                dispatch.contract_id,
                partial(events.as_seen, dispatch.pk),
                key=str(each.pk),
                at=now,
                thread=str(dispatch.pk),
                is_urgent=each.kind == MessageKind.DISPATCH_EMERGENCY_STOPPED,
                worth_until=dispatch.end,
            )
            for party in sorted(parties)
        ]
    notices.tell_all(changes)


@receiver(contracts_moved, dispatch_uid="api.openadr_of_contracts")
def tell_of_contracts(sender: Any, contracts: Sequence[Contract], now: datetime, **signal: Any) -> None:
    """A contract's award as a program that is made, its other states as changes of it."""
    notices.tell_all(
        [
            notices.Change(
                party,
                "PROGRAM",
                "CREATE" if contract.status == ContractStatus.AWARDED else "UPDATE",
                contract.pk,
                partial(_program_as_seen, contract),
                key=f"{contract.pk} {contract.status}",
                at=now,
                thread=str(contract.pk),
            )
            for contract in contracts
            for party in (contract.seller_id, contract.buyer_id)
        ]
    )


def _program_as_seen(contract: Contract, to: AdrSubscription) -> Told:
    """The contract as a program: both parties' programs see all of it."""
    return of_contract(contract)


@receiver(competitions_published, dispatch_uid="api.openadr_of_publications")
def tell_of_publications(
    sender: Any, competitions: Sequence[Competition], now: datetime, **signal: Any
) -> None:
    """A competition's publication as a program that is made."""
    _tell_of_competitions(competitions, "CREATE", "published", now)


@receiver(competition_edited, dispatch_uid="api.openadr_of_changes")
def tell_of_changes(
    sender: Any, competition: Competition, changes: Collection[FieldChange], now: datetime, **signal: Any
) -> None:
    """What everybody may read and changes once it is published, as a change of the program."""
    keys = {key for key, *_ in public_changes(changes, now)}
    if keys and PUBLICATION not in keys and competition.is_published(now):
        _tell_of_competitions([competition], "UPDATE", f"changed {now.isoformat()}", now)


@receiver(competition_cancelled, dispatch_uid="api.openadr_of_cancellations")
def tell_of_cancellations(sender: Any, competition: Competition, now: datetime, **signal: Any) -> None:
    """A cancellation as a change of the program: it stays to be read, with its status."""
    if competition.is_published(now):
        _tell_of_competitions([competition], "UPDATE", "cancelled", now)


def _tell_of_competitions(
    competitions: Sequence[Competition], operation: str, what: str, now: datetime
) -> None:
    """To every program that wants to hear of programs and sees the competition."""
    seen = _Competitions(competitions, now)
    notices.tell_all(
        [
            notices.Change(
                organisation,
                "PROGRAM",
                operation,
                competition.pk,
                partial(seen.as_seen, competition.pk),
                key=f"{competition.pk} {what}",
                at=now,
                thread=str(competition.pk),
            )
            for organisation in notices.subscribed_to("PROGRAM")
            for competition in competitions
        ]
    )


class _Competitions:
    """Competitions as programs, as each subscriber sees them: read once a program, and only if it wants to be told."""

    def __init__(self, competitions: Sequence[Competition], now: datetime) -> None:
        self.ids, self.now = {each.pk for each in competitions}, now
        self.seen: dict[str, dict[UUID, Competition]] = {}

    def as_seen(self, competition_id: UUID, to: AdrSubscription) -> Told | None:
        """The competition as a program; None where the subscriber's program sees no such competition."""
        client = to.client
        if client.pk not in self.seen:
            own = competitions_seen(client.member, client.scopes, self.now).filter(pk__in=self.ids)
            self.seen[client.pk] = {each.pk: each for each in own}
        found = self.seen[client.pk].get(competition_id)
        return of_competition(found, self.now) if found is not None else None


class _Events:
    """Dispatches as events, as each subscriber sees them: read once a member, and only if one wants to be told."""

    def __init__(self, dispatches: Sequence[Dispatch], now: datetime) -> None:
        self.ids, self.now = {each.pk for each in dispatches}, now
        self.seen: dict[int, dict[UUID, Dispatch]] = {}

    def as_seen(self, dispatch_id: UUID, to: AdrSubscription) -> Told | None:
        """The dispatch as an event; None where the subscriber's member sees no such dispatch."""
        member = to.client.member
        if member.pk not in self.seen:
            self.seen[member.pk] = {each.pk: each for each in dispatches_of(member).filter(pk__in=self.ids)}
        found = self.seen[member.pk].get(dispatch_id)
        return of_dispatch(found, self.now) if found is not None else None


def _went(messages: Collection[Message]) -> Iterator[Went]:
    """How messages, all to one receiver, went to the addresses of its own subscriptions."""
    of, receivers = {str(each.pk): each.pk for each in messages}, {each.receiver_id for each in messages}
    rows = AdrNotice.objects.filter(subscription__client__member__organisation__in=receivers, key__in=of)
    for row in rows.defer("body", "token").order_by("place"):
        state = DeliveryState(row.state)
        failed = row.attempts - (state == DeliveryState.SENDING)
        yield Went(of[row.key], "OpenADR", state, row.sent_at, failed)


register_way(_went)
