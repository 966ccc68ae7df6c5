"""Tests that a provider starts for itself, to see that dispatches reach it by every channel and can be answered.

A test goes the way of a dispatch under one of the provider's contracts, is marked TEST wherever it is shown, and has no
effect: nothing is to be delivered, the operator is told nothing, and no figure counts it (see ``Dispatch.objects``).
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from contracts.domain.queries import contracts_of
from contracts.models import Contract
from marketplace import clock
from marketplace.dates import moment_text
from marketplace.errors import Refused
from operations import rules
from operations.domain.called import terms_of_contract
from operations.domain.dispatch_queries import dispatches_of
from operations.domain.recording import locked_contract, make_ref, record_event
from operations.enums import DispatchKind, DispatchState, EventKind
from operations.models import Dispatch

SHORTEST_NOTICE, LONGEST_NOTICE = timedelta(minutes=5), timedelta(hours=1)
LASTS = timedelta(minutes=30)


def contracts_to_try(member: Member) -> QuerySet[Contract]:
    """For a provider: its contracts under which a test may be started."""
    return (
        contracts_of(member)
        .filter(status__in=rules.CAN_RUN, seller=member.organisation_id)
        .exclude(terms=None)
        .select_related("competition", "buyer", "seller")
        .order_by("competition__ref", "period_name", "window_name", "id")
    )


def own_tests_of(member: Member) -> QuerySet[Dispatch]:
    """The tests that the member's organisation started, the last start first; an operator has none."""
    return dispatches_of(member).filter(kind=DispatchKind.OWN_TEST)


@transaction.atomic
def start_own_test(*, by: Member, contract_id: UUID, now: datetime) -> Dispatch:
    """Send the provider a dispatch that is a TEST: the contract's capacity for half an hour, after the time to answer.

    Of a contract one test is on at a time. Raises ``Refused`` and ``NotAllowed``.
    """
    contract = locked_contract(by, contract_id)
    rules.check_may_answer(by, contract)
    instant = clock.now()
    if contract.status not in rules.CAN_RUN:
        raise Refused("Only a contract that is awarded or signed can be tried.")
    terms = terms_of_contract(contract)
    _check_none_is_on(contract, instant)
    notice = timedelta(minutes=terms.acknowledge_minutes)
    start = instant + min(max(notice, SHORTEST_NOTICE), LONGEST_NOTICE)
    dispatch = Dispatch.with_own_tests.create(
        operator=contract.buyer,
        contract=contract,
        ref=make_ref(contract.buyer, instant, "TEST"),
        kind=DispatchKind.OWN_TEST,
        mw=contract.capacity_mw,
        start=start,
        end=start + LASTS,
        holds_its_time=False,
        issued_at=instant,
        issued_by_id=by.user_id,
    )
    record_event(
        dispatch,
        contract,
        EventKind.ISSUE,
        by,
        instant,
        changes={"contract": (None, str(contract.pk)), "ref": (None, dispatch.ref)},
        start=dispatch.start,
        end=dispatch.end,
        mw=dispatch.mw,
    )
    return dispatch


def _check_none_is_on(contract: Contract, now: datetime) -> None:
    own = Dispatch.with_own_tests.filter(contract=contract, kind=DispatchKind.OWN_TEST)
    known = own.filter(end__gt=now).exclude(state=DispatchState.DECLINED).first()
    if known is not None:
        until = moment_text(known.end, contract.buyer.zone)
        raise Refused(f"The test {known.ref} of this contract is on until {until}; wait for its end.")
