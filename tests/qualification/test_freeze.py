"""Verdicts freeze at qualification close, with the data as at the close, whether or not a job has run."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections, transaction

from competitions.models import Competition
from marketplace import clock
from marketplace.audit.queries import entries_visible_to
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.assets.saving import Saved, save_assets
from qualification.domain.entries import entering
from qualification.domain.facts import data
from qualification.domain.verdicts import engine, freeze, requalification
from qualification.domain.verdicts.explanations import lines_for
from qualification.domain.verdicts.standing import qualified_assets
from qualification.models import Asset, Freeze, Requalification, Verdict
from tests.qualification import market
from tests.qualification.market import BIDDING_OPEN, CLOSE, DURING, SECOND


def values(competition):
    return dict(Verdict.objects.filter(competition=competition).values_list("asset__ref", "failed"))


def edit(member, asset, **changes):
    """The asset changed by the very action of the upload, at the clock's time."""
    asset = Asset.objects.select_related("asset_type").get(pk=asset.pk)
    for name, value in changes.items():
        setattr(asset, name, value)
    save_assets(
        by=member,
        assets=[Saved(asset, False, {name: (None, each) for name, each in changes.items()})],
        now=clock.now(),
    )


@pytest.fixture
def member(db):
    with run_jobs_inline():
        yield market.member(market.provider())


@pytest.mark.django_db
class TestOneAfterTheOther:
    def test_before_the_close_nothing_freezes(self, member):
        competition = market.competition(market.operator())
        market.asset(member.organisation)
        with clock.set_to(CLOSE - SECOND):
            assert freeze.ensure_frozen(competition, CLOSE - SECOND) is None
            assert freeze.freeze_due(CLOSE - SECOND) == []
        assert not Freeze.objects.exists()

    def test_at_the_close_verdicts_are_made_and_fixed_though_no_job_has_run(self, member):
        competition = market.competition(market.operator())
        asset = market.asset(
            member.organisation, voltage_kv=Decimal("0.4"), response_time=timedelta(minutes=5)
        )
        with clock.set_to(CLOSE):
            made = freeze.ensure_frozen(competition, CLOSE)
            assert freeze.ensure_frozen(competition, CLOSE) == made
        assert (made.frozen_at, made.verdict_count) == (CLOSE, 1)
        frozen = Verdict.objects.get().asset_as_frozen
        assert data.thaw(frozen) == data.values_of(
            Asset.objects.select_related("asset_type").get(pk=asset.pk)
        )

    def test_an_edit_after_the_close_freezes_first_with_the_data_before_it(self, member):
        competition = market.competition(market.operator())
        asset = market.asset(member.organisation)
        with clock.set_to(CLOSE):
            edit(member, asset, voltage_kv=Decimal(66), generation_turn_up_mw=Decimal(9))
            requalification.work_off(CLOSE)
        verdict = Verdict.objects.get(competition=competition)
        assert (verdict.failed, verdict.relevant_capacity_mw) == ([], 1)
        assert (verdict.asset_as_frozen["voltage_kv"], verdict.asset_as_frozen["generation_turn_up_mw"]) == (
            "11",
            "1",
        )

    def test_an_edit_just_before_the_close_counts_though_its_job_never_ran(self, member):
        competition = market.competition(market.operator(), maximum_voltage_kv=33)
        asset = market.asset(member.organisation)
        engine.qualify(now=DURING)
        with clock.set_to(CLOSE - SECOND):
            edit(member, asset, voltage_kv=Decimal(66))
        with clock.set_to(CLOSE):
            freeze.ensure_frozen(competition, CLOSE)
        assert values(competition) == {asset.ref: ["voltage"]}

    def test_an_asset_first_uploaded_after_the_close_is_not_among_the_frozen(self, member):
        competition = market.competition(market.operator())
        with clock.set_to(CLOSE):
            late = market.an_asset(member.organisation)
            save_assets(by=member, assets=[Saved(late, True)], now=CLOSE)
            requalification.work_off(CLOSE)
        assert values(competition) == {}
        assert Freeze.objects.get().verdict_count == 0

    def test_what_was_frozen_tells_what_it_passed_and_what_came_later_tells_nothing(self, member):
        competition = market.competition(market.operator(), maximum_voltage_kv=33)
        asset = market.asset(member.organisation)
        with clock.set_to(CLOSE):
            freeze.ensure_frozen(competition, CLOSE)
            late = market.an_asset(member.organisation)
            save_assets(by=member, assets=[Saved(late, True)], now=CLOSE)
            requalification.work_off(CLOSE)
            frozen, after = lines_for(competition, [asset, late], CLOSE)
        assert "voltage" in frozen.passed
        assert after.passed == ()

    def test_nothing_that_follows_moves_a_frozen_verdict(self, member):
        competition = market.competition(market.operator())
        asset = market.asset(member.organisation)
        with clock.set_to(CLOSE):
            freeze.freeze_due(CLOSE)
            before = Verdict.objects.values().get()
            edit(member, asset, status="archived")
            market.put_boundary(competition, market.shapely.box(5, 5, 6, 6))
            requalification.request_for_competitions([competition.pk], CLOSE)
            requalification.work_off(CLOSE)
            engine.qualify(now=DURING)
        assert Verdict.objects.values().get() == before

    def test_freezing_is_audited_once_in_the_operators_log(self, member):
        competition = market.competition(market.operator())
        with clock.set_to(CLOSE):
            freeze.freeze_due(CLOSE)
            freeze.freeze_due(CLOSE)
        found = [each.action for each in entries_visible_to(market.member(competition.operator))]
        assert found.count("qualification frozen") == 1

    def test_drafts_and_cancelled_competitions_do_not_freeze(self, member):
        operator = market.operator()
        market.competition(operator, cancelled_at=DURING)
        with clock.set_to(CLOSE):
            assert freeze.freeze_due(CLOSE) == []

    def test_only_entered_eligible_assets_may_be_bid_once_bidding_opens(self, member):
        competition = market.competition(market.operator(), maximum_voltage_kv=33)
        good = market.asset(member.organisation, maximum_run_time=timedelta(hours=2))
        market.asset(member.organisation, voltage_kv=66)
        engine.qualify(now=DURING)
        with clock.set_to(DURING):
            entering.enter(by=member, competition=competition, now=DURING)
        with clock.set_to(BIDDING_OPEN):
            freeze.freeze_due(BIDDING_OPEN)
            edit(member, good, maximum_run_time=timedelta(hours=9))
        assert qualified_assets(competition, member.organisation, BIDDING_OPEN - SECOND) == []
        [one] = qualified_assets(competition, member.organisation, BIDDING_OPEN)
        assert (one.asset_id, one.relevant_capacity_mw, one.maximum_run_time) == (
            good.pk,
            1,
            timedelta(hours=2),
        )
        assert qualified_assets(competition, market.provider(), BIDDING_OPEN) == []


def in_thread(function):
    """Run ``function`` on a connection of its own; the thread, started. What it raises is in ``.error``."""

    def run():
        try:
            function()
        except BaseException as error:
            thread.error = error
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.error = None
    thread.start()
    return thread


def finished(*threads):
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
        assert thread.error is None


@pytest.mark.django_db(transaction=True)
class TestAtTheSameTime:
    @pytest.fixture
    def member(self, transactional_db):
        with run_jobs_inline():
            yield market.member(market.provider())

    def test_a_freeze_waits_for_an_edit_that_was_in_time(self, member):
        competition = market.competition(market.operator(), maximum_voltage_kv=33)
        asset = market.asset(member.organisation)
        written, go_on = threading.Event(), threading.Event()

        def slow_edit():
            with run_jobs_inline(), clock.set_to(CLOSE - SECOND), transaction.atomic():
                edit(member, asset, voltage_kv=Decimal(66))
                written.set()
                assert go_on.wait(20)

        def freezing():
            with clock.set_to(CLOSE):
                freeze.ensure_frozen(competition, CLOSE)

        editor = in_thread(slow_edit)
        assert written.wait(20)
        freezer = in_thread(freezing)
        freezer.join(0.5)
        assert freezer.is_alive()
        go_on.set()
        finished(editor, freezer)
        assert values(competition) == {asset.ref: ["voltage"]}

    def test_edits_after_the_close_by_several_at_once_freeze_once_and_all_are_kept(self, member):
        competition = market.competition(market.operator())
        mine = [market.asset(member.organisation) for _ in range(6)]

        def one(asset):
            def run():
                with run_jobs_inline(), clock.set_to(CLOSE):
                    edit(member, asset, voltage_kv=Decimal(66))

            return run

        finished(*[in_thread(one(asset)) for asset in mine])
        assert Freeze.objects.get().verdict_count == 6
        frozen = Verdict.objects.filter(competition=competition).values_list(
            "asset_as_frozen__voltage_kv", flat=True
        )
        assert set(frozen) == {"11"}
        assert set(Asset.objects.values_list("voltage_kv", flat=True)) == {66}

    def test_two_workers_at_once_end_where_one_does(self, member):
        operator = market.operator()
        for edge in range(1, 9):
            market.competition(operator, market.shapely.box(0, 0, edge / 8, 1))
        for place in range(200):
            market.asset(member.organisation, place / 200, 0.5)
        for competition in Competition.objects.all():
            requalification.request_for_competitions([competition.pk], DURING)
        for asset in Asset.objects.all():
            requalification.request_for_assets(member.organisation_id, [asset.pk], DURING)
        finished(*[in_thread(lambda: requalification.work_off(DURING)) for _ in range(4)])
        both = set(Verdict.objects.values_list("competition", "asset", "in_buffer", "relevant_capacity_mw"))
        assert not Requalification.objects.exists()
        assert engine.qualify(now=DURING) == set()
        assert len(both) == Verdict.objects.count() > 800

    def test_a_worker_that_dies_leaves_its_requests_for_another(self, member, monkeypatch):
        market.competition(market.operator())
        asset = market.asset(member.organisation)
        requalification.request_for_assets(member.organisation_id, [asset.pk], DURING)

        class Died(Exception):
            pass

        def dying(**given):
            raise Died

        with monkeypatch.context() as patched:
            patched.setattr("qualification.domain.verdicts.engine.verdicts_changed.send", dying)
            with pytest.raises(Died):
                requalification.work_off(DURING)
        assert (Requalification.objects.count(), Verdict.objects.count()) == (1, 0)
        assert requalification.work_off(DURING) == 1
        assert Verdict.objects.count() == 1
