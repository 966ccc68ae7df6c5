"""Messages to one's organisation: in the order of their numbers, which leave no gap; read again from any of them."""

import threading
import time
from typing import Any

from django.conf import settings
from ninja import Query, Router
from pydantic import Field

from accounts.enums import Role, Scope
from api.auth import Declared
from api.operations import reads
from api.requests import ProgramRequest
from api.shapes import Instant, Shown, Told
from marketplace import clock
from operations.domain.messages import messages_of, note_fetched
from operations.enums import MessageKind
from operations.models import Message

router = Router(tags=["Messages"])
LONGEST_WAIT = 30
PAUSE_SECONDS = 0.5
MOST_NUMBER = 2**63 - 1
_waiting = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 4))
"""How many of a process's threads wait for a message; who finds none free is answered at once."""


class MessageShape(Shown):
    """One message: by its id exactly once, by its number in order."""

    id: str
    number: int
    kind: MessageKind
    at: Instant
    dispatch_id: str | None
    body: dict[str, Any]


class Messages(Shown):
    """Messages in their order; ask again after ``last``."""

    items: list[MessageShape]
    last: int = Field(description="The number to send as `after` the next time.")


class MessagesAsked(Told):
    """After which number, how many, and how long to wait for the first."""

    after: int = Field(0, ge=0, le=MOST_NUMBER)
    limit: int = Field(100, ge=1, le=500)
    wait: int = Field(
        0, ge=0, le=LONGEST_WAIT, description="Seconds; the answer comes as soon as there is a message."
    )


@reads(router, "/messages", Declared(Scope.DISPATCH_READ, role=Role.OPERATIONS), returns=Messages)
def messages(request: ProgramRequest, asked: Query[MessagesAsked]) -> Messages:
    """The messages that follow a number, waiting for one where there is none yet."""
    found = _found(request, asked)
    if not found and asked.wait and _waiting.acquire(blocking=False):
        try:
            found = _waited_for(request, asked)
        finally:
            _waiting.release()
    note_fetched(request.member, found, clock.now())
    return Messages(
        items=[_shape(each) for each in found],
        last=found[-1].number if found else asked.after,
    )


def _waited_for(request: ProgramRequest, asked: MessagesAsked) -> list[Message]:
    until = time.monotonic() + asked.wait
    while time.monotonic() < until:
        time.sleep(PAUSE_SECONDS)
        found = _found(request, asked)
        if found:
            return found
    return []


def _found(request: ProgramRequest, asked: MessagesAsked) -> list[Message]:
    return list(messages_of(request.member, asked.after)[: asked.limit])


def _shape(of: Message) -> MessageShape:
    return MessageShape(
        id=str(of.pk),
        number=of.number,
        kind=MessageKind(of.kind),
        at=of.at,
        dispatch_id=str(of.dispatch_id) if of.dispatch_id else None,
        body=of.body,
    )
