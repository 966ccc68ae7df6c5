"""What people are told when: each event to the right people, once; what comes by itself at its exact
instant."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Member, Organisation
from bidding.domain import scheduled_notifications as bidding_timed
from bidding.domain.ballots.submitting import submit_ballot, withdraw_ballot
from bidding.domain.gate.closing import ensure_closed
from competitions.domain.setting_up.saving import cancel_competition
from competitions.models import Competition
from contracts.domain.lifecycle import sign_contract, withdraw_contract
from contracts.models import Contract
from marketplace import clock
from marketplace.deliveries.engine import deliver_due
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.jobs.notifications import LONG, notify_processed
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from marketplace.notifications.queries import notifications_for_admins
from qualification.domain import notifications
from qualification.domain import scheduled_notifications as qualification_timed
from qualification.domain.verdicts import engine, freeze, requalification
from qualification.enums import EntryState
from qualification.models import Entry
from tests.bidding.market import AFTER, BIDDING, CLOSE, at, bid, enter, market
from tests.competitions import files
from tests.contracts.scene import confirmed
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
PUBLISHED = base.OPEN - DAY


def told(kind, user=None):
    rows = Notification.objects.filter(kind=kind)
    return list((rows.filter(user=user) if user else rows).order_by("user", "created_at"))


def notify_due(now):
    """What the beat asks for, twice, since it may."""
    with clock.set_to(now):
        for _ in range(2):
            qualification_timed.notify_due(now)
            bidding_timed.notify_due(now)


def judged(**fields):
    """A competition with the assets of two providers judged in it; nobody has entered."""
    buyer = base.operator()
    competition = base.competition(buyer, **fields)
    providers = [base.member(base.provider(name)) for name in ("North", "South")]
    for provider in providers:
        base.asset(provider.organisation, generation_turn_up_mw=Decimal(2))
    engine.qualify(now=PUBLISHED)
    return base.member(buyer), competition, *providers


class TestPublished:
    def test_providers_with_assets_in_reach_are_told_at_the_instant_and_once(self):
        _, competition, north, south = judged()
        away = base.member(base.provider("Away"))
        base.asset(away.organisation, x=50)
        notify_due(PUBLISHED - SECOND)
        assert told("competition_published") == []
        notify_due(PUBLISHED)
        notify_due(PUBLISHED + DAY)
        assert [each.user for each in told("competition_published")] == [north.user, south.user]
        said = told("competition_published", north.user)[0]
        assert said.link == f"/competitions/{competition.ref}/"
        assert said.lines[1] == "Assets of yours within its boundary: 1; 1 eligible as they stand, with 2 MW."
        assert said.lines[2].startswith("Qualification closes on 19 January 2026, 17:00 GMT.")

    def test_the_close_is_written_in_the_companys_zone_and_the_operators(self):
        _, _, north, _ = judged()
        Organisation.objects.filter(pk=north.organisation_id).update(time_zone="Europe/Berlin")
        notify_due(PUBLISHED)
        said = told("competition_published", north.user)[0]
        assert "19 January 2026, 18:00 CET (19 January 2026, 17:00 GMT)" in said.lines[2]

    def test_only_who_holds_the_role_is_told(self):
        _, _, north, _ = judged()
        bidder = base.member(north.organisation, roles=("bids",))
        left = base.member(north.organisation)
        left.is_active = False
        left.save()
        notify_due(PUBLISHED)
        assert told("competition_published", bidder.user) == []
        assert told("competition_published", left.user) == []

    def test_it_waits_until_the_assets_are_judged(self):
        _, competition, north, _ = judged()
        requalification.request_for_competitions([competition.pk], PUBLISHED)
        notify_due(PUBLISHED)
        assert told("competition_published") == []
        requalification.work_off(PUBLISHED)
        notify_due(PUBLISHED)
        assert len(told("competition_published", north.user)) == 1

    def test_after_an_outage_it_is_told_late_but_not_after_it_helps(self):
        _, _, north, _ = judged()
        notify_due(PUBLISHED + 7 * DAY)
        assert told("competition_published") == []
        notify_due(PUBLISHED + 7 * DAY - SECOND)
        assert len(told("competition_published", north.user)) == 1

    def test_nobody_is_told_of_one_that_can_no_longer_be_entered(self):
        _, competition, *_ = judged()
        Competition.objects.filter(pk=competition.pk).update(qualification_close=base.OPEN + DAY)
        notify_due(base.OPEN + DAY)
        assert told("competition_published") == []

    def test_a_round_published_at_once_is_one_letter_to_each(self):
        _, first, north, _ = judged()
        rest = [base.competition(first.operator) for _ in range(34)]
        engine.qualify(now=PUBLISHED)
        notify_due(PUBLISHED)
        (said,) = told("competition_published", north.user)
        assert said.title == "35 competitions are published in reach of your assets"
        assert len(said.lines) == 31
        assert said.lines[-1] == "And 5 more."
        named = [
            each for each in [first, *rest] if any(line.startswith(f"{each.ref} ") for line in said.lines)
        ]
        assert len(named) == 30
        assert said.link == "/qualification/entries/"

    def test_one_that_can_not_be_told_does_not_keep_back_the_others(self, monkeypatch):
        _, first, north, _ = judged()
        other = base.competition(first.operator)
        engine.qualify(now=PUBLISHED)
        tells = notifications.notify_published

        def broken(competitions, now):
            if other in competitions:
                raise RuntimeError("a mistake in the words of one")
            tells(competitions, now)

        monkeypatch.setattr(notifications, "notify_published", broken)
        notify_due(PUBLISHED)
        (said,) = told("competition_published", north.user)
        assert said.title.startswith(first.ref)
        monkeypatch.undo()
        notify_due(PUBLISHED)
        assert len(told("competition_published", north.user)) == 2

    def test_many_providers_take_as_many_queries_as_few(self, django_assert_max_num_queries):
        judged()
        with django_assert_max_num_queries(20) as few:
            qualification_timed.notify_due(PUBLISHED)
        judged()
        for _ in range(5):
            base.asset(base.member(base.provider()).organisation)
        engine.qualify(now=PUBLISHED)
        Notification.objects.all().delete()
        with django_assert_max_num_queries(len(few.captured_queries)):
            qualification_timed.notify_due(PUBLISHED)
        assert Notification.objects.count() == 9


class TestQualificationClosing:
    BEFORE = base.CLOSE - timedelta(days=3)

    def test_who_has_not_answered_is_reminded_three_days_before_and_once(self):
        _, competition, north, south = judged()
        enter(competition, south.organisation)
        notify_due(self.BEFORE - SECOND)
        assert told("qualification_closing") == []
        notify_due(self.BEFORE)
        notify_due(self.BEFORE + DAY)
        (said,) = told("qualification_closing")
        assert (said.user, said.link) == (north.user, "/qualification/entries/")
        assert said.title == f"Qualification of {competition.ref} closes on 19 January 2026, 17:00 GMT"

    @pytest.mark.parametrize("state", [EntryState.ENTERED, EntryState.WITHDRAWN])
    def test_who_answered_is_left_alone(self, state):
        _, competition, north, south = judged()
        for each in (north, south):
            Entry.objects.create(
                competition=competition, provider=each.organisation, state=state, changed_at=base.DURING
            )
        notify_due(self.BEFORE)
        assert told("qualification_closing") == []

    def test_whose_assets_reach_no_window_is_left_alone(self):
        judged(minimum_mw=("5",))
        notify_due(self.BEFORE)
        assert told("qualification_closing") == []

    def test_never_after_the_close_nor_for_one_cancelled_and_an_unsent_mail_lapses(self):
        _, competition, *_ = judged()
        notify_due(base.CLOSE)
        assert told("qualification_closing") == []
        notify_due(base.CLOSE - SECOND)
        assert len(told("qualification_closing")) == 2
        with clock.set_to(base.CLOSE):
            assert deliver_due() == 0
        Notification.objects.all().delete()
        Competition.objects.filter(pk=competition.pk).update(
            qualification_close=base.CLOSE + SECOND, cancelled_at=PUBLISHED
        )
        notify_due(base.CLOSE)
        assert told("qualification_closing") == []

    def test_a_close_that_moved_is_another_reminder(self):
        _, competition, north, _ = judged()
        notify_due(self.BEFORE)
        Competition.objects.filter(pk=competition.pk).update(qualification_close=base.CLOSE + DAY)
        notify_due(self.BEFORE)
        assert len(told("qualification_closing", north.user)) == 1
        notify_due(self.BEFORE + DAY)
        assert len(told("qualification_closing", north.user)) == 2

    def test_a_call_shorter_than_the_reminder_has_none(self):
        _, competition, *_ = judged()
        Competition.objects.filter(pk=competition.pk).update(qualification_open=self.BEFORE + SECOND)
        notify_due(base.CLOSE - SECOND)
        assert told("qualification_closing") == []


class TestChanges:
    def scene(self):
        """A competition from a file, with an asset of a provider in its area."""
        buyer = files.operator()
        files.draw_area(buyer)
        files.upload(buyer, files.competition())
        provider = base.member(base.provider())
        base.asset(provider.organisation, x=-3.05, y=55.95)
        engine.qualify(now=files.DRAFT)
        return buyer, provider

    def test_a_change_tells_before_and_after_and_a_draft_tells_nobody(self):
        buyer, provider = self.scene()
        files.upload(buyer, files.header_only(**{"Competition Name": "Morning peak"}), files.DRAFT)
        assert told("competition_changed") == []
        change = {"Competition Name": "<b>Night</b>", "Bidding Close": "24/01/2026 17:00"}
        files.upload(buyer, files.header_only(**change), files.PUBLISHED)
        files.upload(buyer, files.header_only(**change), files.PUBLISHED)
        (said,) = told("competition_changed", provider.user)
        assert said.lines[1:] == [
            "Competition Name: Morning peak → <b>Night</b>",
            "Bidding Close: 23 January 2026, 17:00 GMT → 24 January 2026, 17:00 GMT",
        ]
        assert told("competition_changed", buyer.user) == []

    def test_what_an_operator_would_spend_is_told_to_no_provider(self):
        buyer, provider = self.scene()
        budget = {"Minimum Budget (£)": 1000, "Maximum Budget (£)": 98765}
        report = files.upload(buyer, files.header_only(**budget), files.PUBLISHED)
        assert (report.updated, told("competition_changed")) == (1, [])
        more = {"Maximum Budget (£)": 98766, "Competition Name": "Morning peak"}
        files.upload(buyer, files.header_only(**more), files.PUBLISHED)
        (said,) = told("competition_changed", provider.user)
        assert said.lines[1:] == ["Competition Name: Evening peak → Morning peak"]

    def test_a_draft_is_named_to_no_provider(self):
        buyer, provider = self.scene()
        files.upload(buyer, files.competition("OPEN"))
        files.upload(buyer, files.competition("DRAFT", header={"Publish On": "04/01/2026 09:00"}))
        overrides = "Duplicate Asset Overrides"
        report = files.upload(buyer, files.header_only(**{overrides: "DRAFT"}), files.PUBLISHED)
        assert (report.updated, told("competition_changed")) == (1, [])
        files.upload(buyer, files.header_only(**{overrides: "OPEN, DRAFT"}), files.PUBLISHED)
        (said,) = told("competition_changed", provider.user)
        assert said.lines[1:] == [f"{overrides}: nothing → OPEN"]

    def test_a_replaced_area_is_a_change(self):
        buyer, provider = self.scene()
        with clock.set_to(files.PUBLISHED):
            files.draw_area(buyer, west=-3.11)
        (said,) = told("competition_changed", provider.user)
        assert "a new shape of an area" in said.lines[1]

    def test_cancelling_tells_the_reason(self):
        buyer, provider = self.scene()
        with clock.set_to(files.PUBLISHED):
            cancel_competition(
                by=buyer, competition=files.stored(), reason="The cable was reinforced.", now=files.PUBLISHED
            )
        (said,) = told("competition_cancelled", provider.user)
        assert said.lines[1] == "The reason given: The cable was reinforced."

    def test_a_cancelled_draft_tells_nobody(self):
        buyer, _ = self.scene()
        with clock.set_to(files.DRAFT):
            cancel_competition(by=buyer, competition=files.stored(), reason="Wrong zone.", now=files.DRAFT)
        assert told("competition_cancelled") == []

    def test_what_an_operator_decides_about_assets_is_told_to_their_provider_alone(self):
        _, competition, north, south = judged()
        asset = north.organisation.assets.get()
        for _ in range(2):
            notifications.notify_verdicts_changed(
                competition, [(asset, "Not eligible", "Eligible", "Seen on site.")], key="o1", now=base.DURING
            )
        (said,) = told("verdict_changed", north.user)
        assert said.lines[1:] == [f"{asset.ref}: Not eligible → Eligible. The reason given: Seen on site."]
        assert told("verdict_changed", south.user) == []

    def test_an_entry_whose_last_window_is_lost_is_told(self):
        _, competition, north, _ = judged(minimum_mw=("1.5",))
        enter(competition, north.organisation)
        north.organisation.assets.update(generation_turn_up_mw=Decimal(1))
        for _ in range(2):
            engine.qualify(competition_ids=[competition.pk], now=base.DURING)
        (said,) = told("entry_lost", north.user)
        assert said.title == f"You no longer take part in {competition.ref}"
        assert Entry.objects.get().state == EntryState.UNDECIDED


class TestBidding:
    BEFORE = CLOSE - DAY

    def test_at_the_close_of_qualification_the_operator_reads_who_entered(self):
        buyer, competition, north, _ = judged()
        enter(competition, north.organisation)
        with clock.set_to(base.CLOSE):
            assert told("qualification_closed") == []
            freeze.ensure_frozen(competition, base.CLOSE)
        notify_due(base.CLOSE)
        (said,) = told("qualification_closed")
        assert (said.user, said.link) == (buyer.user, f"/qualification/competitions/{competition.pk}/")
        assert said.lines == [
            f"1 provider has entered {competition.ref} {competition.name}: North.",
            "Their eligible assets have 2 MW together.",
        ]

    def test_at_the_opening_who_entered_is_told_with_which_assets(self):
        here = market()
        notify_due(base.BIDDING_OPEN - SECOND)
        assert told("bidding_open") == []
        notify_due(base.BIDDING_OPEN)
        notify_due(BIDDING)
        assert {each.user for each in told("bidding_open")} == {here.north.user, here.south.user}
        said = told("bidding_open", here.north.user)[0]
        assert said.lines[1] == "3 assets of yours are qualified, with 6 MW together: N1, N2, N3."
        assert said.link == f"/bidding/competitions/{here.competition.pk}/"

    def test_who_did_not_enter_is_not_told(self):
        here = market()
        Entry.objects.filter(provider=here.south.organisation).delete()
        notify_due(base.BIDDING_OPEN)
        assert told("bidding_open", here.south.user) == []

    def submit(self, here, member):
        with at(BIDDING):
            submit_ballot(
                by=member,
                competition=here.competition,
                label="1",
                asset_ids=None,
                bids=[bid(here.windows[0])],
                now=BIDDING,
            )

    def test_24_hours_before_the_close_who_submitted_nothing_is_reminded_under_the_seal(self):
        here = market()
        self.submit(here, here.north)
        notify_due(self.BEFORE - SECOND)
        assert told("bidding_closing") == []
        notify_due(self.BEFORE)
        notify_due(CLOSE - SECOND)
        (said,) = told("bidding_closing")
        assert (said.user, said.sealed_under) == (here.south.user, here.competition.pk)
        assert said not in notifications_for_admins()
        with at(AFTER):
            ensure_closed(here.competition, AFTER)
        assert said in notifications_for_admins()

    def test_reminders_of_several_competitions_are_one_letter_that_no_admin_ever_sees(self):
        here, there = market(), market()
        Entry.objects.filter(competition=there.competition, provider=there.south.organisation).delete()
        base.asset(here.south.organisation, ref="X")
        engine.qualify(now=base.DURING)
        enter(there.competition, here.south.organisation)
        notify_due(self.BEFORE)
        (said,) = told("bidding_closing", here.south.user)
        assert said.title == "Bidding closes soon in 2 competitions in which you have submitted nothing"
        with at(AFTER):
            ensure_closed(here.competition, AFTER)
            ensure_closed(there.competition, AFTER)
        assert said not in notifications_for_admins()

    def test_a_withdrawn_ballot_is_nothing_submitted(self):
        here = market()
        self.submit(here, here.north)
        with at(BIDDING):
            withdraw_ballot(by=here.north, competition=here.competition, label="1", now=BIDDING)
        notify_due(self.BEFORE)
        assert len(told("bidding_closing", here.north.user)) == 1

    def test_after_the_close_nobody_is_reminded(self):
        market()
        notify_due(CLOSE)
        assert told("bidding_closing") == told("bidding_open") == []

    def test_nothing_that_others_can_see_differs_with_bids_and_without(self):
        """Before the close: rows of others, the number of mails that admins see, and what the beat's tasks
        return."""
        seen = []
        for bids in (False, True):
            here = market()
            with clock.set_to(base.CLOSE):
                freeze.freeze_due(base.CLOSE)  # by beat, or by the first bid if beat is down
            outsiders = Notification.objects.exclude(user=here.north.user)
            before = outsiders.count(), notifications_for_admins().count()
            if bids:
                self.submit(here, here.north)
            with clock.set_to(self.BEFORE):
                counts = qualification_timed.notify_due(self.BEFORE), bidding_timed.notify_due(self.BEFORE)
            seen.append(
                (counts, outsiders.count() - before[0], notifications_for_admins().count() - before[1])
            )
        assert seen[0] == seen[1]

    def test_the_operator_learns_the_number_of_bids_when_the_gate_is_closed_and_not_before(self):
        here = market()
        self.submit(here, here.north)
        with at(CLOSE - SECOND):
            ensure_closed(here.competition, CLOSE - SECOND)
        notify_due(CLOSE - SECOND)
        notify_due(CLOSE)
        assert told("bidding_closed") == []
        with at(CLOSE):
            ensure_closed(here.competition, CLOSE)
        notify_due(CLOSE)
        (said,) = told("bidding_closed")
        assert said.user == here.buyer.user
        assert said.title == f"Bidding in {here.competition.ref} has closed: 1 bid"

    def test_results_and_contracts_are_told_to_each_of_their_own(self):
        here = confirmed()
        north, south = (told("results_confirmed", each.user)[0].lines for each in (here.north, here.south))
        assert north[1:] == [
            "Accepted: 1 bid, 1 MW summed over them.",
            "Rejected: 1 bid, 2 MW summed over them (price too high).",
        ]
        assert south[1:] == ["Accepted: 1 bid, 3 MW summed over them.", "Rejected: no bid."]
        (offer,) = told("contract_status", here.north.user)
        contract = Contract.objects.get(seller=here.north.organisation)
        assert offer.title == f"You are awarded 1 contract in {here.competition.ref}"
        assert f"£{contract.expected_cost:,.2f}" in offer.lines[0]
        assert len(told("results_confirmed")) == 2

    def test_the_seller_is_told_when_a_contract_is_signed_and_withdrawn(self):
        here = confirmed()
        contract = Contract.objects.get(seller=here.north.organisation)
        with clock.set_to(AFTER + DAY):
            sign_contract(by=here.buyer, contract=contract, now=AFTER + DAY)
            withdraw_contract(by=here.buyer, contract=contract, reason="Not needed.", now=AFTER + DAY)
        said = {each.title: each for each in told("contract_status", here.north.user)}
        assert f"Your contract in {here.competition.ref} is signed" in said
        withdrawn = said[f"Your contract in {here.competition.ref} is withdrawn"]
        assert withdrawn.lines[-1] == "The reason given: Not needed."
        assert withdrawn.link == f"/contracts/{contract.pk}/"
        assert len(told("contract_status", here.south.user)) == 1, "its own award alone"


class TestFiles:
    def job(self, by, kind="competitions.areas", **fields):
        with run_jobs_inline():
            return Job.objects.create(
                kind=kind,
                title="Assets",
                organisation_id=by.organisation_id,
                requested_by_id=by.user_id,
                requested_by_email=by.email,
                params={},
                created_at=base.DURING,
                **fields,
            )

    def test_who_waited_long_for_a_file_is_told_and_who_did_not_is_not(self):
        by = base.member(base.operator())
        job = self.job(by)
        notify_processed(job, State.CHECKED, base.DURING + LONG - SECOND)
        assert told("file_processed") == []
        for _ in range(2):
            notify_processed(job, State.CHECKED, base.DURING + LONG)
        (said,) = told("file_processed", by.user)
        assert (said.title, said.link) == (
            "Assets is checked and waits for you to apply it",
            f"/jobs/{job.pk}/",
        )

    def test_who_may_no_longer_open_the_file_is_told_nothing_of_it(self):
        by = base.member(base.operator())
        job = self.job(by)
        Member.objects.filter(pk=by.pk).update(roles=["bids"])
        notify_processed(job, State.DONE, base.DURING + LONG)
        Member.objects.filter(pk=by.pk).update(roles=["procurement"], is_active=False)
        notify_processed(job, State.DONE, base.DURING + LONG)
        assert told("file_processed") == []

    def test_a_sealed_file_is_told_under_its_seal(self):
        by = base.member(base.provider())
        job = self.job(by, "bidding.bids", sealed_under=by.organisation_id)
        notify_processed(job, State.REFUSED, base.DURING + LONG, "A bid is missing.")
        assert told("file_processed", by.user)[0].sealed_under == by.organisation_id
        assert not notifications_for_admins().exists()
