"""The steps of a requested profile: as intervals say them, and where they differ from what was asked before."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from api.openadr.programs import SETPOINT
from api.openadr.shapes import EventTold, Interval, exact
from api.problems import of_request
from competitions.enums import NeedDirection
from contracts.models import Contract
from operations.domain.stepping import Step

KW = 1000
MINUTE = timedelta(minutes=1)
MOST_STEPS = 12
"""Each step after the first is an amendment of its own, that people of the provider are told of."""
TOO_MANY = f"A dispatch changes its setpoint at most {MOST_STEPS - 1} times."
NO_SETPOINT = f"Each interval has a payload {SETPOINT} with one number: the change of consumption in kW."
NO_TIME = "Name the start and the length of each interval, in the intervals or once for the event."
NOT_JOINED = "The intervals follow each other without a gap."
GONE_BY = "What differs lies in the past: name what is asked for from now on."
WRONG_WAY = "This contract is for {}: the setpoint is {} than 0."


def steps_of(body: EventTold, contract: Contract) -> list[Step]:
    """The steps of a request, of those that ask for the same one. Raises :class:`Problem` for what is no profile of the
    contract."""
    usual, found = body.interval_period, []
    cursor = usual.start if usual is not None else None
    for each in body.intervals or []:
        own = each.interval_period
        start = own.start if own is not None and own.start is not None else cursor
        length = own.duration if own is not None and own.duration is not None else None
        if length is None:
            length = usual.duration if usual is not None and usual.duration is not None else body.duration
        if start is None or length is None or length <= timedelta(0):
            raise of_request("body_invalid", NO_TIME)
        cursor = start + length
        found.append(Step(start, cursor, _mw_of(each, contract)))
    if not found:
        raise of_request("body_invalid", NO_SETPOINT)
    found.sort(key=lambda step: step.start)
    if any(before.end != after.start for before, after in pairwise(found)):
        raise of_request("body_invalid", NOT_JOINED)
    joined = _joined(found)
    if len(joined) > MOST_STEPS:
        raise of_request("body_invalid", TOO_MANY)
    return joined


def _mw_of(interval: Interval, contract: Contract) -> Decimal:
    values = [payload.values for payload in interval.payloads if payload.type == SETPOINT]
    kw = exact(values[0][0]) if len(values) == 1 and len(values[0]) == 1 else None
    if kw is None:
        raise of_request("body_invalid", NO_SETPOINT)
    mw = kw / KW * sign_of(contract)
    if mw <= 0:
        is_deficit = contract.competition.need_direction == NeedDirection.DEFICIT
        words = ("less consumption", "less") if is_deficit else ("more consumption", "more")
        raise of_request("body_invalid", WRONG_WAY.format(*words))
    return mw


def _joined(steps: list[Step]) -> list[Step]:
    found: list[Step] = []
    for each in steps:
        if found and found[-1].mw == each.mw:
            found[-1] = Step(found[-1].start, each.end, each.mw)
        else:
            found.append(each)
    return found


def sign_of(contract: Contract) -> int:
    """−1 where what is delivered is less consumption."""
    return -1 if contract.competition.need_direction == NeedDirection.DEFICIT else 1


def exact_mw(mw: Fraction) -> Decimal:
    """MW of a profile have six decimals at most."""
    return Decimal(mw.numerator) / Decimal(mw.denominator)


def steps_that_differ(present: Sequence[Step], asked: Sequence[Step], now: datetime) -> list[Step]:
    """What is asked for from where it differs from the present profile, or from the next minute if that has gone; one that is
    only shorter, from its last step on. Raises :class:`Problem` where that is all over."""
    differs = _first_difference(present, asked)
    if differs is None:
        return []
    since = asked[-1].start if differs == asked[-1].end else differs
    if since <= now:
        since = now.replace(second=0, microsecond=0) + MINUTE
    found = [Step(max(each.start, since), each.end, each.mw) for each in asked if each.end > since]
    if not found:
        raise of_request("body_invalid", GONE_BY)
    return found


def _first_difference(present: Sequence[Step], asked: Sequence[Step]) -> datetime | None:
    edges = sorted({edge for each in (*present, *asked) for edge in (each.start, each.end)})
    return next((edge for edge in edges if _mw_at(present, edge) != _mw_at(asked, edge)), None)


def _mw_at(steps: Sequence[Step], instant: datetime) -> Decimal | None:
    return next((each.mw for each in steps if each.start <= instant < each.end), None)
