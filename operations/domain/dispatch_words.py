"""How a dispatch stands, in a word, a colour and a few words more; the same on desk, list, page and file."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from competitions.domain.payment import rounded
from contracts.models import Contract
from marketplace.dates import left_text, season_text, time_text
from marketplace.numbers import power_text
from marketplace.units import power_unit
from operations.domain.called import events_of, terms_of_contract
from operations.domain.profiles import Response
from operations.domain.recording import answer_terms
from operations.domain.standing import Phase, Standing, standing_at
from operations.models import Dispatch

ANSWERED = {Response.ACKNOWLEDGED: "", Response.LATE: "acknowledged late"}


@dataclass(frozen=True)
class Words:
    """The state of a dispatch: its word, the colour of its pill, what else to know, and the colour of its bar."""

    word: str
    colour: str
    more: str = ""
    bar: str = "slate"


def standing_of(dispatch: Dispatch, now: datetime) -> Standing:
    """How a dispatch stands, from its events and its contract's terms."""
    terms = terms_of_contract(dispatch.contract)
    return standing_at(events_of(dispatch), now, **answer_terms(terms))


def words_of(standing: Standing, zone: ZoneInfo) -> Words:
    """The words for how a dispatch stands."""
    if standing.stopped is not None:
        return _stopped(standing, zone)
    void = {
        Response.CANCELLED: Words("Cancelled", ""),
        Response.UNANSWERED_VOID: Words("Void", "", "not acknowledged in time"),
        Response.DECLINED_VOID: Words("Declined", "red", "so it is void", "red"),
        Response.DECLINED: Words("Declined", "red", "nothing is delivered", "red"),
    }
    if standing.response in void:
        return void[standing.response]
    if standing.response is None:
        return Words(
            "Waiting", "amber", f"answer due {clock_text(standing.due, zone, standing.now)}", "amber"
        )
    if standing.response is Response.UNANSWERED:
        told = {Phase.COMING: "it stands", Phase.RUNNING: "running"}.get(standing.phase, "over")
        return Words("No answer", "red" if standing.phase is not Phase.OVER else "", told, "amber")
    return _acknowledged(standing, zone)


def _acknowledged(standing: Standing, zone: ZoneInfo) -> Words:
    late = ANSWERED.get(standing.response, "") if standing.response else ""
    if standing.waiting:
        due = standing.answer_due
        assert due is not None
        return Words("Amended", "amber", f"answer due {clock_text(due, zone, standing.now)}", "green")
    end = standing.pieces[-1].end
    if standing.phase is Phase.COMING:
        starts = f"from {clock_text(standing.pieces[0].start, zone, standing.now)}"
        return Words("Acknowledged", "green", late or starts, "green")
    if standing.phase is Phase.RUNNING:
        return Words("Running", "blue", late or f"until {clock_text(end, zone, standing.now)}", "green")
    return Words("Over", "teal", late, "green")


def _stopped(standing: Standing, zone: ZoneInfo) -> Words:
    assert standing.stopped is not None
    at = f"at {clock_text(standing.stopped.at, zone, standing.now)}"
    if standing.is_stopped_in_emergency:
        return Words("Emergency stop", "red", at, "red")
    return Words("Stopped", "", at, "slate")


def left_words(until: datetime, now: datetime) -> str:
    """How long it takes until then, in words that also hold for the last minute; nothing when it has passed."""
    left = left_text(until, now)
    return "less than 1 min" if left == "0 min" else left


def clock_text(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """17:45 on the same local day, else 27 Nov, 17:45."""
    local = instant.astimezone(zone)
    is_today = local.date() == now.astimezone(zone).date()
    return time_text(local.time()) if is_today else season_text(instant, zone, now)


def span_text(start: datetime, end: datetime, zone: ZoneInfo, now: datetime) -> str:
    """17:45 to 19:30 on the day of ``now``, else with the day."""
    is_one_day = start.astimezone(zone).date() == end.astimezone(zone).date()
    until = time_text(end.astimezone(zone).time()) if is_one_day else season_text(end, zone, now)
    return f"{clock_text(start, zone, now)} to {until}"


def mw_text(mw: Fraction, contract: Contract) -> str:
    """An amount of power of a contract, with its unit."""
    return power_text(rounded(mw, 6), power_unit(contract.competition.power_type))
