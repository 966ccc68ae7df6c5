"""What a provider sees first of its dispatches: what must be answered, what runs, what comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Member
from operations import rules
from operations.domain.dispatch_queries import (
    dispatches_ahead,
    emergency_stops_to_acknowledge,
)
from operations.domain.dispatch_words import Words, clock_text, left_words, standing_of, words_of
from operations.domain.profiles import VOID, Response
from operations.domain.series import minute_of
from operations.domain.standing import Phase, Standing
from operations.models import Dispatch, Message
from operations.presenters.dispatch_page import Amendment, amendments_of, asked_text

MOST_COMING = 20
AHEAD = timedelta(days=7)


@dataclass(frozen=True)
class Own:
    """A dispatch as its provider sees it."""

    dispatch: Dispatch
    standing: Standing
    words: Words
    asked: str
    due: str
    due_left: str
    amendments: Sequence[Amendment]
    can_answer: bool

    @property
    def is_first_answer(self) -> bool:
        """Whether the dispatch itself waits, not an amendment of it."""
        return self.standing.response is None


@dataclass(frozen=True)
class ProviderDesk:
    """The provider's page."""

    stops: Sequence[Message]
    to_answer: Sequence[Own]
    running: Sequence[Own]
    coming: Sequence[Own]
    more_coming: int
    title: str
    alarm: str
    digest: str


def provider_desk_of(member: Member, now: datetime) -> ProviderDesk:
    """What waits, runs and comes for the member's organisation."""
    own = [_own(member, each, now) for each in dispatches_ahead(member, now, now + AHEAD)]
    own = [each for each in own if each.standing.response not in VOID]
    to_answer = sorted(
        (each for each in own if each.standing.must_be_answered or _may_answer_late(each)),
        key=lambda each: (each.standing.answer_due or each.dispatch.start, each.dispatch.ref),
    )
    running = [each for each in own if each.standing.phase is Phase.RUNNING and each not in to_answer]
    coming = [each for each in own if each.standing.phase is Phase.COMING and each not in to_answer]
    stops = list(emergency_stops_to_acknowledge(member))
    alarms = [str(each.pk) for each in stops] + [
        f"{each.dispatch.pk}.{len(each.dispatch.events.all())}" for each in to_answer
    ]
    return ProviderDesk(
        stops=stops,
        to_answer=to_answer,
        running=running,
        coming=coming[:MOST_COMING],
        more_coming=max(0, len(coming) - MOST_COMING),
        title=_title(len(stops), len(to_answer), len(running)),
        alarm=" ".join(alarms),
        digest=f"{'-'.join(alarms)}-{[each.words.word for each in own]}-{minute_of(now)}",
    )


def _own(member: Member, dispatch: Dispatch, now: datetime) -> Own:
    standing = standing_of(dispatch, now)
    zone = dispatch.contract.buyer.zone
    due = standing.answer_due
    return Own(
        dispatch=dispatch,
        standing=standing,
        words=words_of(standing, zone),
        asked=asked_text(dispatch, standing),
        due=clock_text(due, zone, now) if due is not None else "",
        due_left=left_words(due, now) if due is not None else "",
        amendments=amendments_of(dispatch, standing),
        can_answer=rules.can_answer(member, dispatch.contract),
    )


def _may_answer_late(own: Own) -> bool:
    return own.standing.response is Response.UNANSWERED


def _title(stops: int, to_answer: int, running: int) -> str:
    if stops:
        return "Emergency stop: stop delivering now"
    if to_answer:
        return f"{to_answer} dispatch{'es wait' if to_answer > 1 else ' waits'} for your answer"
    if running:
        return f"{running} dispatch{'es run' if running > 1 else ' runs'}; nothing waits for your answer"
    return "No dispatch waits for your answer"
