"""Overrides: the operator's decision beats every criterion, is kept, told, and taken back without a trace of
harm."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.enums import Role
from marketplace import clock
from marketplace.audit.queries import entries_visible_to
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from qualification.domain.entries import entering
from qualification.domain.overrides import copying
from qualification.domain.overrides.deciding import Decided, override_assets
from qualification.domain.queries import assets_visible_to
from qualification.domain.verdicts import engine, freeze, standing
from qualification.models import Entry, Freeze, Override, OverridesCopied, Verdict
from tests.qualification import market
from tests.qualification.market import BIDDING_OPEN, CLOSE, DURING, OPEN, SECOND

pytestmark = pytest.mark.django_db
OUTSIDE = {"x": 5, "y": 5}
AFTER_CLOSE = CLOSE + timedelta(hours=1)


@pytest.fixture(autouse=True)
def during():
    with run_jobs_inline(), clock.set_to(DURING):
        yield


@pytest.fixture
def so():
    return market.member(market.operator())


@pytest.fixture
def fsp():
    return market.member(market.provider())


@pytest.fixture
def competition(so):
    return market.competition(so.organisation)


def decide(so, competition, asset, decision, reason="Checked on site."):
    return override_assets(
        by=so,
        competition=competition,
        decided=[Decided(asset.pk, decision, reason if decision else "")],
        now=clock.now(),
    )


def verdict(competition, asset):
    return Verdict.objects.filter(competition=competition, asset=asset).first()


def essence(competition):
    rows = Verdict.objects.filter(competition=competition).order_by("asset")
    return list(
        rows.values_list("asset", "in_buffer", "failed", "override", "eligible", "relevant_capacity_mw")
    )


def test_qualify_makes_an_asset_eligible_that_fails_and_keeps_the_automatic_result(so, fsp, competition):
    failing = market.asset(fsp.organisation, status="mothballed")
    engine.qualify(now=DURING)
    assert decide(so, competition, failing, "qualify") == 1
    found = verdict(competition, failing)
    assert (found.eligible, found.failed, found.override) == (True, ["status"], "qualify")
    assert standing.eligible_mw()[competition.pk, fsp.organisation_id] == Decimal("1")


def test_qualify_reaches_an_asset_outside_the_boundary_and_shows_it_to_the_operator(so, fsp, competition):
    far = market.asset(fsp.organisation, **OUTSIDE)
    engine.qualify(now=DURING)
    assert verdict(competition, far) is None
    assert far not in assets_visible_to(so, DURING)
    decide(so, competition, far, "qualify")
    found = verdict(competition, far)
    assert (found.eligible, found.failed, found.in_buffer) == (True, ["location"], False)
    assert far in assets_visible_to(so, DURING)


def test_an_override_gives_no_capacity_and_makes_no_entry(so, fsp, competition):
    useless = market.asset(fsp.organisation, generation_turn_up_mw="0", demand_turn_up_mw="2")
    engine.qualify(now=DURING)
    decide(so, competition, useless, "qualify")
    assert standing.eligible_mw()[competition.pk, fsp.organisation_id] == 0
    assert not Entry.objects.exists()
    with pytest.raises(Refused, match="have none of the capacity that is asked for here"):
        entering.enter(by=fsp, competition=competition, now=DURING)


def test_disqualify_beats_an_eligible_verdict_and_ends_an_entry_that_no_window_is_left_for(
    so, fsp, competition
):
    only = market.asset(fsp.organisation)
    engine.qualify(now=DURING)
    entering.enter(by=fsp, competition=competition, now=DURING)
    decide(so, competition, only, "disqualify", "It is out of order.")
    assert (verdict(competition, only).eligible, verdict(competition, only).failed) == (False, [])
    assert Entry.objects.get().state == "undecided"
    told = Notification.objects.get(kind="verdict_changed", user=fsp.user)
    assert "Eligible → Disqualified. The reason given: It is out of order." in " ".join(told.lines)
    assert Notification.objects.filter(kind="entry_lost", user=fsp.user).exists()


@pytest.mark.parametrize("place", [{}, OUTSIDE], ids=["inside", "outside"])
@pytest.mark.parametrize("decision", ["qualify", "disqualify"])
@pytest.mark.parametrize("frozen", [False, True], ids=["before the close", "after the close"])
def test_taking_an_override_back_restores_the_verdicts(so, fsp, competition, place, decision, frozen):
    market.asset(fsp.organisation)
    asset = market.asset(fsp.organisation, status="mothballed", **place)
    engine.qualify(now=DURING)
    at = AFTER_CLOSE if frozen else DURING
    with clock.set_to(at):
        freeze.freeze_due(at)
        before = essence(competition)
        decide(so, competition, asset, decision)
        assert essence(competition) != before
        decide(so, competition, asset, "")
        assert essence(competition) == before
    assert [each.decision for each in Override.objects.all()] == ["", decision]
    assert Override.objects.get(is_latest=True).decision == ""


def test_a_full_run_comes_to_what_the_override_left(so, fsp, competition):
    for place in ({}, OUTSIDE):
        decide(so, competition, market.asset(fsp.organisation, **place), "qualify")
        decide(so, competition, market.asset(fsp.organisation, **place), "disqualify")
    before = essence(competition)
    assert len(before) == 4
    engine.qualify(now=DURING)
    assert essence(competition) == before
    Verdict.objects.all().delete()
    engine.qualify(now=DURING)
    assert essence(competition) == before


def test_an_override_after_the_freeze_copies_the_asset_as_it_is_then(so, fsp, competition):
    far = market.asset(fsp.organisation, name="As it was", **OUTSIDE)
    with clock.set_to(AFTER_CLOSE):
        freeze.freeze_due(AFTER_CLOSE)
        type(far).objects.filter(pk=far.pk).update(name="As it is")
        decide(so, competition, far, "qualify")
    found = verdict(competition, far)
    assert (found.eligible, found.failed) == (True, ["location"])
    assert found.asset_as_frozen["name"] == "As it is"


def test_an_asset_uploaded_after_the_close_is_qualified_against_the_deadline(so, fsp, competition):
    with clock.set_to(AFTER_CLOSE):
        freeze.freeze_due(AFTER_CLOSE)
        late = market.asset(fsp.organisation, first_uploaded_at=AFTER_CLOSE)
        decide(so, competition, late, "qualify")
        assert (verdict(competition, late).failed, verdict(competition, late).eligible) == (
            ["deadline"],
            True,
        )
        decide(so, competition, late, "")
    assert verdict(competition, late) is None


def test_the_first_override_after_the_close_freezes_first(so, fsp, competition):
    asset = market.asset(fsp.organisation)
    engine.qualify(now=DURING)
    with clock.set_to(AFTER_CLOSE):
        decide(so, competition, asset, "disqualify")
    assert Freeze.objects.filter(competition=competition).exists()
    assert verdict(competition, asset).asset_as_frozen["ref"] == asset.ref


@pytest.mark.parametrize(
    ("at", "may"),
    [
        (OPEN - SECOND, False),
        (OPEN, True),
        (CLOSE, True),
        (BIDDING_OPEN - SECOND, True),
        (BIDDING_OPEN, False),
    ],
)
def test_overrides_are_given_from_qualification_open_until_bidding_opens(so, fsp, competition, at, may):
    asset = market.asset(fsp.organisation)
    engine.qualify(now=DURING)
    with clock.set_to(at):
        if may:
            assert decide(so, competition, asset, "disqualify") == 1
        else:
            with pytest.raises(Refused):
                decide(so, competition, asset, "disqualify")
    assert Override.objects.exists() == may
    assert verdict(competition, asset).eligible != may


def test_a_visibility_only_competition_takes_overrides_until_it_is_archived(so, fsp):
    shown = market.competition(
        so.organisation,
        competition_type="",
        bidding_open=None,
        bidding_close=None,
        archive_on=CLOSE + timedelta(days=60),
    )
    asset = market.asset(fsp.organisation)
    with clock.set_to(CLOSE + timedelta(days=60) - SECOND):
        assert decide(so, shown, asset, "disqualify") == 1
    with clock.set_to(CLOSE + timedelta(days=60)), pytest.raises(Refused, match="is archived"):
        decide(so, shown, asset, "")


def test_only_the_operators_own_procurement_members_override(so, fsp, competition):
    asset = market.asset(fsp.organisation)
    engine.qualify(now=DURING)
    others = (
        fsp,
        market.member(market.operator()),
        market.member(so.organisation, (Role.ACCOUNT, Role.BIDS, Role.CONTRACTS)),
    )
    for other in others:
        with pytest.raises(NotAllowed):
            decide(other, competition, asset, "disqualify")
    assert not Override.objects.exists()
    assert verdict(competition, asset).eligible


def test_an_override_needs_a_reason(so, fsp, competition):
    asset = market.asset(fsp.organisation)
    with pytest.raises(Refused, match="needs a reason"):
        decide(so, competition, asset, "qualify", "  ")
    assert not Override.objects.exists()


def test_the_same_decision_twice_is_once(so, fsp, competition):
    asset = market.asset(fsp.organisation)
    assert [decide(so, competition, asset, "qualify") for _ in range(2)] == [1, 0]
    assert decide(so, competition, asset, "qualify", "Another reason.") == 1
    assert Notification.objects.filter(kind="verdict_changed", user=fsp.user).count() == 2
    told = entries_visible_to(so).filter(action="verdict overridden").order_by("sequence")
    assert [each.changes["reason"] for each in told] == [
        ["", "Checked on site."],
        ["Checked on site.", "Another reason."],
    ]


def test_an_archived_asset_loses_its_verdict_and_finds_its_override_when_it_comes_back(so, fsp, competition):
    asset = market.asset(fsp.organisation, **OUTSIDE)
    decide(so, competition, asset, "qualify")
    type(asset).objects.filter(pk=asset.pk).update(status="archived")
    engine.qualify(asset_ids=[asset.pk], now=DURING)
    assert verdict(competition, asset) is None
    type(asset).objects.filter(pk=asset.pk).update(status="operational")
    engine.qualify(asset_ids=[asset.pk], now=DURING)
    assert verdict(competition, asset).eligible


def test_overrides_of_named_competitions_are_copied_once_when_qualification_opens(so, fsp):
    first, second = (market.competition(so.organisation) for _ in range(2))
    assets = [market.asset(fsp.organisation) for _ in range(4)]
    decide(so, first, assets[0], "disqualify", "Earlier")
    decide(so, first, assets[1], "qualify", "Stays")
    decide(so, first, assets[2], "qualify", "Own wins")
    decide(so, first, assets[3], "qualify", "Taken back")
    decide(so, first, assets[3], "")
    with clock.set_to(DURING + SECOND):
        decide(so, second, assets[0], "qualify", "Later")
    opens = DURING + timedelta(days=2)
    heir = market.competition(
        so.organisation, qualification_open=opens, duplicate_overrides_of=[first.ref.lower(), second.ref]
    )
    with clock.set_to(opens - SECOND):
        assert copying.copy_due(opens - SECOND) == 0
    with clock.set_to(opens):
        decide(so, heir, assets[2], "disqualify", "Mine")
        assert copying.copy_due(opens) == 2
        assert copying.copy_due(opens) == 0
    latest = Override.objects.filter(competition=heir, is_latest=True).order_by("asset__ref")
    assert {(each.asset_id, each.decision, each.reason, each.copied_from) for each in latest} == {
        (assets[0].pk, "qualify", "Later", second),
        (assets[1].pk, "qualify", "Stays", first),
        (assets[2].pk, "disqualify", "Mine", None),
    }
    assert OverridesCopied.objects.get(competition=heir).override_count == 2
    assert verdict(heir, assets[0]).override == "qualify"


def test_nothing_is_copied_once_bidding_has_opened_while_the_lock_was_waited_for(so, fsp):
    first = market.competition(so.organisation)
    decide(so, first, market.asset(fsp.organisation), "disqualify")
    heir = market.competition(so.organisation, duplicate_overrides_of=[first.ref])
    with clock.set_to(heir.bidding_open):
        assert list(copying.due(heir.bidding_open - SECOND)) == [heir]
        assert copying.copy_due(heir.bidding_open - SECOND) == 0
    assert not OverridesCopied.objects.exists()


def test_another_operators_overrides_are_not_copied(so, fsp):
    other = market.member(market.operator())
    theirs = market.competition(other.organisation)
    decide(other, theirs, market.asset(fsp.organisation), "disqualify")
    market.competition(so.organisation, duplicate_overrides_of=[theirs.ref])
    assert copying.copy_due(DURING) == 0
    assert Override.objects.count() == 1
