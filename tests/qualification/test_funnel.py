"""From listed to eligible: each asset counted once, at the first criterion that it fails."""

from datetime import timedelta

import numpy as np
import pytest
import shapely
from django.urls import reverse

from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.facts.places import kilometres_to
from qualification.domain.verdicts import engine, freeze, funnel
from qualification.enums import OverrideDecision
from qualification.models import Verdict
from tests.qualification import market
from tests.qualification.market import CLOSE, DURING

HALF_HOUR = timedelta(minutes=30)
LATE = HALF_HOUR + timedelta(seconds=1)


@pytest.fixture
def scene(db):
    with run_jobs_inline(), clock.set_to(DURING):
        so, fsp = market.member(market.operator()), market.member(market.provider())
        competition = market.competition(so.organisation, maximum_response_time=HALF_HOUR)
        market.asset(fsp.organisation, response_time=HALF_HOUR)
        market.asset(fsp.organisation, response_time=LATE)
        market.asset(fsp.organisation, response_time=LATE, status="mothballed")
        market.asset(fsp.organisation, x=5, response_time=LATE)
        market.asset(fsp.organisation, x=6, response_time=HALF_HOUR)
        market.asset(market.provider(), response_time=LATE)
        engine.qualify(now=DURING)
        yield so, fsp, competition


def steps(found):
    return [(step.code, step.out, step.stay) for step in found.steps]


def test_an_asset_counts_at_the_first_criterion_that_it_fails_and_of_the_own_company_only(scene):
    _, fsp, competition = scene
    found = funnel.funnel_of(fsp, competition, DURING)
    assert steps(found) == [("location", 2, 3), ("status", 1, 2), ("response_time", 1, 1)]
    assert (found.listed, found.eligible, found.outside, found.inside_and_failing) == (5, 1, 2, 2)
    assert "Capacity" in found.passed_by_all
    assert sum(step.out_mw for step in found.steps) + found.eligible_mw == found.listed_mw


def test_an_operator_counts_what_lies_in_its_boundary_whoever_lists_it(scene):
    so, _, competition = scene
    found = funnel.funnel_of(so, competition, DURING)
    assert (found.listed, found.eligible) == (4, 1)
    assert steps(found) == [("status", 1, 3), ("response_time", 2, 1)]


def test_what_the_operator_decided_beats_the_criteria(scene):
    _, fsp, competition = scene
    eligible = Verdict.objects.filter(competition=competition, asset__provider=fsp.organisation)
    eligible.filter(failed=[]).update(override=OverrideDecision.DISQUALIFY)
    eligible.filter(failed=["response_time"]).update(override=OverrideDecision.QUALIFY)
    found = funnel.funnel_of(fsp, competition, DURING)
    assert steps(found) == [("location", 2, 3), ("status", 1, 2), ("disqualified", 1, 1)]
    assert found.eligible == 1


def test_a_criterion_opens_to_its_reasons_and_a_group_to_its_assets(scene, client):
    _, fsp, competition = scene
    [group] = funnel.reason_groups(fsp, competition, "response_time", DURING)
    assert (group.reason, group.count) == (
        "Its response time of 30 min 1 s is above the maximum of 30 min.",
        1,
    )
    assert group.remedy == "A response time of at most 30 min."
    client.force_login(fsp.user)
    url = reverse("qualification:why", args=[competition.pk])
    page = client.get(url, {"open": "response_time", "group": group.key})
    assert [line.asset.pk for line in page.context["listing"].records] == list(group.asset_ids)
    assert "1 of your 5 assets is eligible" in page.content.decode()
    assert "1 of 1" not in page.content.decode()


def test_assets_with_another_value_are_another_group_and_those_with_the_same_one(scene):
    _, fsp, competition = scene
    for late in (LATE, 2 * HALF_HOUR):
        market.asset(fsp.organisation, response_time=late)
    engine.qualify(now=DURING)
    groups = funnel.reason_groups(fsp, competition, "response_time", DURING)
    assert [(each.reason, each.count) for each in groups] == [
        ("Its response time of 30 min 1 s is above the maximum of 30 min.", 2),
        ("Its response time of 1 h is above the maximum of 30 min.", 1),
    ]


def test_assets_outside_are_grouped_by_their_distance(scene):
    _, fsp, competition = scene
    groups = funnel.reason_groups(fsp, competition, "location", DURING)
    assert [(each.reason, each.count) for each in groups] == [("More than 20 km away", 2)]


def test_what_fails_one_criterion_only_is_quickly_won(scene):
    _, fsp, competition = scene
    quick = funnel.quickest(fsp, competition, DURING)
    assert [(each.code, each.count) for each in quick] == [("response_time", 1)]


def test_after_the_close_nothing_promises_to_make_an_asset_pass(scene):
    _, fsp, competition = scene
    with clock.set_to(CLOSE):
        freeze.freeze_due(CLOSE)
        [group] = funnel.reason_groups(fsp, competition, "response_time", CLOSE)
        assert (group.reason, group.remedy) == (
            "Response time: failed when qualification closed",
            "",
        )


def test_the_map_shows_eligible_failing_and_outside_in_three_looks(scene, client):
    _, fsp, competition = scene
    client.force_login(fsp.user)
    told = client.get(reverse("qualification:why_map", args=[competition.pk])).json()
    looks = [each["properties"]["look"] for each in told["features"]]
    assert looks[0] == "chosen"
    assert (looks.count("good"), looks.count("waiting")) == (1, 2)


def test_kilometres_are_those_on_the_ground():
    box = shapely.box(-1.6, 55.0, -1.5, 55.1)
    away = kilometres_to(box, np.array([-1.55, -1.4, -1.55]), np.array([55.05, 55.05, 55.2]))
    assert away == pytest.approx([0, 6.37, 11.12], abs=0.05)
    assert np.isnan(kilometres_to(shapely.Polygon(), np.array([0.0]), np.array([0.0]))).all()
