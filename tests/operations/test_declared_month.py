"""The worked month of declared availability, from what the parties did to what is paid."""

from copy import deepcopy
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction

import pytest

from contracts.models import Contract
from marketplace import clock
from marketplace.calendar import HolidayRule
from operations.domain.accepting import Accepted, answer
from operations.domain.missing import notify_unavailability
from operations.domain.occurrences import Window, accepted_hours
from operations.domain.promised import accepted_at
from operations.domain.promising import DayDeclared, declare_days
from operations.domain.told import promise_of
from operations.enums import UnavailabilityReason
from settlement.domain.lines import Contracted, LineKind, statement
from tests.operations import availability_scene as scenes
from tests.operations.availability_scene import LONDON, at

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def once(module_database):
    made = scenes.made()
    Contract.objects.update(first_day=date(2026, 6, 9), end_day=date(2026, 6, 11))
    made.first.refresh_from_db()
    return made


def test_accepted_availability_less_what_was_missing_is_paid(once):
    """9 June: 1 MW declared, 0.6 accepted, 0.2 from 18:00 on; 10 June: 0.6. £10 a MW and hour: 1.6 and 2.4 MWh."""
    scene = deepcopy(once)
    declared_at, answered_at, missed_at = at(1, 9, month=6), at(4, 9, month=6), at(9, 18, 5, month=6)
    with clock.set_to(declared_at):
        days = [
            DayDeclared(scene.first.pk, date(2026, 6, 9), Decimal(1)),
            DayDeclared(scene.first.pk, date(2026, 6, 10), Decimal("0.6")),
        ]
        declare_days(by=scene.north, days=days, now=declared_at)
    with clock.set_to(answered_at):
        taken = [
            Accepted(scene.first.pk, at(day, 16, month=6), at(day, 20, month=6), Decimal("0.6"))
            for day in (9, 10)
        ]
        answer(by=scene.buyer, stretches=taken, now=answered_at)
    with clock.set_to(missed_at):
        notify_unavailability(
            by=scene.north,
            contract_id=scene.first.pk,
            start=at(9, 18, month=6),
            end=at(9, 20, month=6),
            mw=Decimal("0.2"),
            reason=UnavailabilityReason.OUTAGE,
            now=missed_at,
        )
    now = datetime(2026, 7, 1, tzinfo=LONDON)
    promise = promise_of(scene.first, date(2026, 6, 9), date(2026, 6, 10))
    accepted = accepted_at(promise.occurrences, promise.rules, promise.told, now)
    missing = promise.told.unavailable
    hours = [
        accepted_hours(each, promise.rules.mode, promise.rules.capacity_mw, accepted, missing)
        for each in promise.occurrences
    ]
    assert hours == [Fraction(8, 5), Fraction(12, 5)]
    contract = Contracted(
        id="C",
        seller="North",
        capacity_mw=promise.rules.capacity_mw,
        sigma=1,
        units=(),
        window=Window(
            date(2026, 6, 9), date(2026, 6, 10), frozenset(range(7)), time(16), time(20), HolidayRule.IGNORE
        ),
        availability_price=Fraction(scene.first.availability_price),
        utilisation_price=None,
        service_fee=None,
        terms=promise.terms,
        accepted=accepted,
        unavailable=missing,
    )
    made = statement(contract, date(2026, 6, 1), [], frozenset(), LONDON)
    paid = [(each.quantity, each.amount) for each in made.lines if each.kind is LineKind.AVAILABILITY]
    assert paid == [(Fraction(8, 5), Decimal("16.00")), (Fraction(12, 5), Decimal("24.00"))]
