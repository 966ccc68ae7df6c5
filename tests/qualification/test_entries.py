"""Entering competitions: when, with what, and what becomes of an entry whose capacity is lost."""

import itertools

import pytest

from accounts.enums import Role
from marketplace import clock
from marketplace.audit.queries import entries_visible_to
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.entries import entering
from qualification.domain.verdicts import engine
from qualification.domain.verdicts.standing import applicability
from qualification.enums import ENTRY_TRANSITIONS, EntryState
from qualification.models import Asset, Entry
from tests.qualification import market
from tests.qualification.market import CLOSE, DURING, OPEN, SECOND

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    with run_jobs_inline(), clock.set_to(DURING):
        yield market.member(market.provider())


@pytest.fixture
def competition(member):
    made = market.competition(market.operator(), minimum_mw=("2", "3"))
    for _ in range(2):
        market.asset(member.organisation)
    engine.qualify(now=DURING)
    return made


def state(member, competition):
    found = Entry.objects.filter(provider=member.organisation, competition=competition).first()
    return found.state if found else None


def test_a_window_applies_when_the_eligible_assets_reach_its_minimum(member, competition):
    first, second = competition.windows.order_by("position")
    assert applicability(competition, member.organisation) == {first.pk: True, second.pk: False}
    market.asset(member.organisation)
    engine.qualify(now=DURING)
    assert applicability(competition, member.organisation) == {first.pk: True, second.pk: True}


def test_who_reaches_no_window_can_not_enter(member, competition):
    Asset.objects.filter(provider=member.organisation).update(generation_turn_up_mw="0.999999")
    engine.qualify(now=DURING)
    with pytest.raises(Refused, match=r"0\.000002 MW short of the smallest minimum aggregate size"):
        entering.enter(by=member, competition=competition, now=DURING)
    assert not Entry.objects.exists()


def test_a_window_without_a_minimum_still_needs_some_capacity(member):
    free = market.competition(market.operator(), minimum_mw=("0",))
    assert list(applicability(free, member.organisation).values()) == [False]
    with pytest.raises(Refused):
        entering.enter(by=member, competition=free, now=DURING)


@pytest.mark.parametrize(
    ("at", "may"), [(OPEN - SECOND, False), (OPEN, True), (CLOSE - SECOND, True), (CLOSE, False)]
)
def test_entries_change_from_the_opening_until_just_before_the_close(member, competition, at, may):
    with clock.set_to(at):
        if may:
            entering.enter(by=member, competition=competition, now=at)
        else:
            with pytest.raises(Refused):
                entering.enter(by=member, competition=competition, now=DURING)
    assert state(member, competition) == ("entered" if may else None)


def test_entering_twice_is_once_and_each_step_is_audited(member, competition):
    for _ in range(2):
        entering.enter(by=member, competition=competition, now=DURING)
    entering.withdraw(by=member, competition=competition, now=DURING)
    actions = [each.action for each in entries_visible_to(member).order_by("sequence")]
    assert actions == ["competition entered", "entry withdrawn"]
    assert state(member, competition) == "withdrawn"


def test_only_the_role_procurement_of_a_provider_enters(member, competition):
    for other in (market.member(member.organisation, (Role.BIDS,)), market.member(competition.operator)):
        with pytest.raises(NotAllowed):
            entering.enter(by=other, competition=competition, now=DURING)
    assert not Entry.objects.exists()


def test_an_entry_whose_last_window_is_lost_falls_back_to_undecided(member, competition):
    entering.enter(by=member, competition=competition, now=DURING)
    one = Asset.objects.filter(provider=member.organisation).first()
    Asset.objects.filter(pk=one.pk).update(status="mothballed")
    engine.qualify(asset_ids=[one.pk], now=DURING)
    assert state(member, competition) == "undecided"


def test_an_entry_that_keeps_a_window_stays(member, competition):
    market.asset(member.organisation)
    engine.qualify(now=DURING)
    entering.enter(by=member, competition=competition, now=DURING)
    one = Asset.objects.filter(provider=member.organisation).first()
    Asset.objects.filter(pk=one.pk).update(status="mothballed")
    engine.qualify(asset_ids=[one.pk], now=DURING)
    assert state(member, competition) == "entered"


def test_in_bulk_each_competition_succeeds_or_fails_by_itself(member, competition):
    large = market.competition(market.operator(), minimum_mw=("50",))
    engine.qualify(now=DURING)
    outcomes = entering.enter_many(by=member, competitions=[large, competition], now=DURING)
    assert [(each.competition, bool(each.refusal)) for each in outcomes] == [
        (large, True),
        (competition, False),
    ]
    assert (state(member, large), state(member, competition)) == (None, "entered")


@pytest.mark.parametrize(("source", "to"), list(itertools.permutations(EntryState, 2)))
def test_only_the_steps_of_the_table_are_taken(member, competition, source, to):
    entry = Entry.objects.create(
        competition=competition, provider=member.organisation, state=source, changed_at=OPEN
    )
    if to in ENTRY_TRANSITIONS[source]:
        entering.set_state(entry, to, by=member, now=DURING)
        assert (state(member, competition), entries_visible_to(member).count()) == (to, 1)
    else:
        with pytest.raises(Refused):
            entering.set_state(entry, to, by=member, now=DURING)
        assert (state(member, competition), entries_visible_to(member).count()) == (source, 0)
