"""Who is approved on a DPS, when; and what that does to verdicts, before and after qualification closes."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from marketplace.jobs.publishing import run_jobs_inline
from qualification import tasks
from qualification.domain.dps import decisions
from qualification.domain.dps.queries import approved_providers
from qualification.domain.verdicts import freeze, requalification
from qualification.domain.verdicts.explanations import lines_of
from qualification.enums import ApplicationState, AssetStanding, CapacityType
from qualification.models import PlannedAsset, PlannedVerdict, Requalification, Verdict
from tests.accounts.people import signed_in
from tests.qualification import dps, market
from tests.qualification.dps import NOW

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + HOUR


@pytest.fixture
def of():
    """The scene with a competition that names the DPS, one that does not, and an asset in both."""
    with run_jobs_inline(), clock.set_to(NOW):
        of = dps.scene()
        of.bound = market.competition(of.buyer.organisation, purchasing_system=of.system)
        of.free = market.competition(of.buyer.organisation)
        of.asset = market.asset(of.seller.organisation)
        requalification.request_for_competitions([of.bound.pk, of.free.pk], NOW)
        requalification.work_off(NOW)
        yield of


def is_approved(of, at) -> bool:
    return of.seller.organisation_id in approved_providers([of.system.pk], at)[of.system.pk]


def failed_in(competition) -> list:
    return Verdict.objects.get(competition=competition).failed


def worked_off(at) -> None:
    with clock.set_to(at):
        requalification.work_off(at)


@pytest.mark.parametrize("state", ApplicationState)
def test_only_an_approved_application_approves(of, state):
    dps.in_state(of, state)
    assert is_approved(of, LATER) is (state == ApplicationState.APPROVED)


def test_a_rejection_never_ends_an_earlier_approval(of):
    dps.approved(of)
    dps.rejected(of, LATER)
    assert is_approved(of, LATER + DAY)


def test_a_revocation_ends_it_and_a_new_approval_begins_another(of):
    dps.revoke(of, dps.approved(of), LATER)
    assert not is_approved(of, LATER)
    dps.approved(of, now=LATER + HOUR)
    assert is_approved(of, LATER + HOUR)


def test_an_approval_at_the_very_instant_of_a_revocation_counts(of):
    for _ in range(8):
        dps.revoke(of, dps.approved(of, now=LATER), LATER)
        assert not is_approved(of, LATER)
    dps.approved(of, now=LATER)
    assert is_approved(of, LATER)


def test_only_the_latest_approval_is_revoked(of):
    first = dps.approved(of)
    dps.approved(of, now=LATER)
    with pytest.raises(Refused, match="A later approval has taken this one's place"):
        dps.revoke(of, first, LATER + HOUR)
    assert is_approved(of, LATER + HOUR)


def test_a_reason_is_given_in_at_most_two_thousand_characters(of):
    application = dps.submitted(of)
    for reason, sentence in ((" ", "needs a reason"), ("a" * 2001, "at most 2,000 characters")):
        with pytest.raises(Refused, match=sentence):
            decisions.reject_application(by=of.buyer, application=application, reason=reason, now=NOW)
    decisions.reject_application(by=of.buyer, application=application, reason="a" * 2000, now=NOW)
    application.refresh_from_db()
    assert application.state == ApplicationState.REJECTED


def test_an_approval_whose_place_was_taken_does_not_come_back(of):
    dps.approved(of)
    second = dps.approved(of, now=LATER, expires_on=LATER.date())
    assert not is_approved(of, LATER + DAY)
    dps.revoke(of, second, LATER + HOUR)
    assert not is_approved(of, LATER + HOUR)


def test_an_approval_ends_with_the_last_microsecond_of_its_day_in_the_operators_zone(of):
    dps.approved(of, expires_on=date(2026, 7, 1))
    end = datetime.fromisoformat("2026-07-02T00:00:00+01:00")
    assert is_approved(of, end - timedelta(microseconds=1))
    assert not is_approved(of, end)


def test_approval_of_one_company_says_nothing_of_another_nor_of_another_dps(of):
    dps.approved(of)
    other = dps.system_of(of.buyer, "flex_2026")
    rival = market.provider()
    found = approved_providers([of.system.pk, other.pk], LATER)
    assert rival.pk not in found[of.system.pk]
    assert found[other.pk] == frozenset()


def test_decisions_change_the_verdicts_of_the_competitions_that_name_the_dps(of):
    assert (failed_in(of.bound), failed_in(of.free)) == (["dps"], [])
    application = dps.approved(of)
    assert {each.competition_id for each in Requalification.objects.all()} == {of.bound.pk}
    worked_off(LATER)
    assert (failed_in(of.bound), failed_in(of.free)) == ([], [])
    dps.revoke(of, application, LATER)
    worked_off(LATER)
    assert failed_in(of.bound) == ["dps"]


def test_a_planned_asset_needs_the_approval_too(of):
    planned = PlannedAsset.objects.create(
        provider=of.seller.organisation,
        competition=of.bound,
        ref="P1",
        name="Planned",
        asset_type=market.asset_type(),
        voltage_kv=Decimal(11),
        capacity_type=CapacityType.GENERATION_TURN_UP,
        capacity_mw=Decimal(1),
        first_uploaded_at=NOW,
        changed_at=NOW,
    )
    requalification.request_for_competitions([of.bound.pk], NOW)
    worked_off(NOW)
    assert PlannedVerdict.objects.get(planned_asset=planned).failed == ["dps"]
    dps.approved(of)
    worked_off(LATER)
    assert PlannedVerdict.objects.get(planned_asset=planned).failed == []


def test_an_approval_that_ends_is_noticed_once_and_judged_anew(of):
    application = dps.approved(of, expires_on=NOW.date())
    worked_off(LATER)
    assert failed_in(of.bound) == []
    with clock.set_to(application.expires_at - timedelta(microseconds=1)):
        assert tasks.expire_approvals() == 0
    with clock.set_to(application.expires_at):
        assert [tasks.expire_approvals(), tasks.expire_approvals()] == [1, 0]
        requalification.work_off(clock.now())
    assert failed_in(of.bound) == ["dps"]
    entries = AuditEntry.objects.filter(action="DPS approval expired")
    assert {each.organisation_id for each in entries} == {of.buyer.organisation_id, of.seller.organisation_id}


def test_frozen_verdicts_stay_whatever_is_decided_after_the_close(of):
    application = dps.approved(of)
    worked_off(LATER)
    after = market.CLOSE + HOUR
    dps.revoke(of, application, after)
    worked_off(after)
    assert freeze.Freeze.objects.filter(competition=of.bound).exists()
    assert failed_in(of.bound) == []


def test_an_approval_after_the_close_comes_too_late_even_before_any_job_has_run(of):
    dps.approved(of, now=market.CLOSE + HOUR)
    worked_off(market.CLOSE + HOUR)
    assert failed_in(of.bound) == ["dps"]


def test_an_approval_that_held_at_the_close_counts_though_it_ended_before_the_freeze(of):
    application = dps.approved(of, expires_on=market.CLOSE.date())
    assert application.expires_at > market.CLOSE
    worked_off(application.expires_at + HOUR)
    assert failed_in(of.bound) == []


def test_an_approval_that_ended_before_the_close_does_not_count(of):
    dps.approved(of, expires_on=market.CLOSE.date() - DAY)
    worked_off(market.CLOSE + HOUR)
    assert failed_in(of.bound) == ["dps"]


def test_both_sides_read_why_in_words(of):
    [line] = lines_of(of.asset, [of.bound], NOW)
    assert line.standing == AssetStanding.NOT_ELIGIBLE
    assert line.reasons == (("dps", "Its company is not approved in the company qualification flex_2025."),)
    page = signed_in(of.seller).get(f"/qualification/assets/{of.asset.pk}/")
    assert b"Its company is not approved in the company qualification flex_2025." in page.content
    page = signed_in(of.seller).get(f"/competitions/{of.bound.ref}/")
    assert (
        b"not approved in the company qualification flex_2025, so none of your assets is eligible here"
        in page.content
    )


def test_nothing_is_asked_for_when_no_competition_names_the_dps(of):
    of.bound.purchasing_system = None
    of.bound.save()
    dps.approved(of)
    assert not Requalification.objects.exists()
    assert decisions.expire_due(LATER + 9 * DAY) == 0
