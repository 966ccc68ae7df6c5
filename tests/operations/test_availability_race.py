"""Two people at once about the same availability, with connections of their own and the database's clock."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from contracts.models import Contract
from marketplace import clock
from marketplace.errors import Refused
from operations.domain.accepting import Accepted, Answer, answer, answer_waiting
from operations.domain.called import occurrences_of
from operations.domain.declaring import deadlines_of
from operations.domain.messages import messages_of
from operations.domain.promising import DayDeclared, declare_days
from operations.domain.told import promise_of
from operations.models import AvailabilityAnswer, AvailabilityDeclaration
from tests.bidding.market import at
from tests.operations import availability_scene as scenes

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 4


def at_once(*actions):
    """Start all together; what each returned or raised."""
    barrier = threading.Barrier(len(actions))
    outcomes = [None] * len(actions)

    def run(place, action):
        try:
            barrier.wait()
            outcomes[place] = action()
        except Exception as error:
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(actions)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    return outcomes


@pytest.fixture
def scene(transactional_db):
    """The contracts are declared a day ahead and serve by the real clock, tomorrow's day locked and not yet answered."""
    made = scenes.made(cycle="day_ahead", lock={"time": "00:00"}, answer={"time": "24:00"})
    today = clock.now().date()
    Contract.objects.update(first_day=today, end_day=today + timedelta(days=9))
    made.first.refresh_from_db()
    made.second.refresh_from_db()
    made.tomorrow = today + timedelta(days=1)
    made.later = today + timedelta(days=5)
    return made


def test_of_several_declarations_at_once_all_are_kept_and_the_last_holds(scene):
    def declaring(mw):
        days = [DayDeclared(scene.first.pk, scene.later, Decimal(mw))]
        return lambda: declare_days(by=scene.north, days=days, now=clock.now())

    assert at_once(*(declaring(f"0.{number + 1}") for number in range(MANY))) == [1] * MANY
    last = AvailabilityDeclaration.objects.order_by("-id").first()
    [(_, [piece])] = promise_of(scene.first, scene.later, scene.later).pieces(clock.now())
    assert piece.declared == Decimal(last.mw)
    assert AvailabilityDeclaration.objects.count() == MANY


def test_of_several_answers_at_once_none_lowers_another_and_messages_stay_gapless(scene):
    service = next(each for each in occurrences_of(scene.first) if each.day == scene.tomorrow)

    def answering(mw):
        told = [Accepted(scene.first.pk, service.start, service.end, Decimal(mw))]
        return lambda: answer(by=scene.buyer, stretches=told, now=clock.now())

    everything = [
        lambda: answer_waiting(by=scene.buyer, what=Answer.REQUIRED, now=clock.now()) for _ in range(2)
    ]
    outcomes = at_once(answering("0.5"), answering("0.7"), *everything)
    assert all(isinstance(each, int | Refused) for each in outcomes), outcomes
    stored = [each.mw for each in AvailabilityAnswer.objects.filter(contract=scene.first).order_by("id")]
    assert stored == sorted(stored)
    for member in (scene.north, scene.south):
        numbers = [each.number for each in messages_of(member)]
        assert numbers == list(range(1, len(numbers) + 1))
    accepted = sum(
        piece.accepted
        for contract in (scene.first, scene.second)
        for _, own in promise_of(contract, scene.tomorrow, scene.tomorrow).pieces(clock.now())
        for piece in own
    )
    assert accepted >= 2


def test_a_declaration_that_waited_past_the_lock_is_refused(scene):
    """Whoever waits for the contract reads the clock when it has it, not when the page was sent."""
    zone = scene.first.buyer.zone
    lock = deadlines_of(
        scene.later, promise_of(scene.first, scene.later, scene.later).rules.declaration, zone
    ).lock
    days = [DayDeclared(scene.first.pk, scene.later, Decimal("0.5"))]
    with at(lock), pytest.raises(Refused, match="were locked"):
        declare_days(by=scene.north, days=days, now=lock - timedelta(seconds=1))
    assert not AvailabilityDeclaration.objects.exists()
