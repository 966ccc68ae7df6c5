"""What each kind of member finds on the pages of assets and entries."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.enums import Role
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.assets.saving import Saved, save_assets
from qualification.domain.verdicts import engine, freeze
from qualification.enums import EntryState
from qualification.models import Asset, Entry, Requalification
from qualification.presenters import panels
from tests.qualification import market
from tests.qualification.market import BIDDING_OPEN, DURING

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def during_qualification():
    with clock.set_to(DURING), run_jobs_inline():
        yield


@pytest.fixture
def operator():
    return market.member(market.operator())


@pytest.fixture
def provider():
    return market.member(market.provider("North"))


@pytest.fixture
def rival():
    return market.member(market.provider("South"))


def get(client, member, name, *args, **query):
    client.force_login(member.user)
    return client.get(reverse(f"qualification:{name}", args=args), query)


def post(client, member, name, *args, **data):
    client.force_login(member.user)
    return client.post(reverse(f"qualification:{name}", args=args), data, follow=True)


def test_a_provider_lists_and_finds_its_own_assets_only(client, provider, rival):
    own, other = (
        market.asset(provider.organisation, name="Mine"),
        market.asset(rival.organisation, name="Theirs"),
    )
    answer = get(client, provider, "assets")
    assert [each.asset for each in answer.context["listing"].records] == [own]
    assert list(get(client, provider, "assets", q="theirs").context["listing"].records) == []
    assert list(get(client, provider, "assets", status="mothballed").context["listing"].records) == []
    points = get(client, provider, "assets_geojson").json()["features"]
    assert [each["properties"]["title"] for each in points] == [own.ref]
    assert other.ref not in answer.content.decode()


def test_nobody_opens_an_asset_of_another_provider(client, provider, rival):
    asset = market.asset(provider.organisation)
    assert get(client, rival, "asset", asset.pk).status_code == 404
    assert get(client, rival, "asset_verdicts", asset.pk).status_code == 404


def test_an_operator_sees_an_asset_only_within_one_of_its_published_competitions(client, operator, provider):
    asset = market.asset(provider.organisation)
    stranger = market.member(market.operator())
    draft = market.competition(
        stranger.organisation,
        publish_on=DURING + timedelta(hours=1),
        qualification_open=DURING + timedelta(hours=1),
    )
    market.competition(operator.organisation)
    engine.qualify(now=DURING)
    assert get(client, operator, "asset", asset.pk).context["asset"] == asset
    assert get(client, stranger, "asset", asset.pk).status_code == 404
    assert get(client, stranger, "competition_assets", draft.pk).status_code == 404


def test_the_asset_page_says_why_in_every_live_competition(client, operator, provider):
    asset = market.asset(provider.organisation)
    good = market.competition(operator.organisation, ref="GOOD")
    high = market.competition(operator.organisation, ref="HIGH", minimum_voltage_kv=33)
    far = market.competition(operator.organisation, market.shapely.box(5, 5, 6, 6), ref="FAR")
    engine.qualify(now=DURING)
    lines = get(client, provider, "asset", asset.pk).context["listing"].records
    told = {line.competition: (line.standing, [reason for _, reason in line.reasons]) for line in lines}
    assert told == {
        good: ("eligible", []),
        high: ("not_eligible", ["Its voltage of 11 kV is below the minimum of 33 kV."]),
        far: ("not_eligible", ["It lies outside the boundary."]),
    }


def test_the_verdicts_refresh_only_when_they_changed(client, operator, provider):
    asset = market.asset(provider.organisation)
    market.competition(operator.organisation)
    engine.qualify(now=DURING)
    seen = get(client, provider, "asset", asset.pk).context["digest"]
    assert get(client, provider, "asset_verdicts", asset.pk, seen=seen).status_code == 204
    Asset.objects.filter(pk=asset.pk).update(generation_turn_up_mw=0, reactive_export_mvar=1)
    engine.qualify(now=DURING)
    fresh = get(client, provider, "asset_verdicts", asset.pk, seen=seen)
    assert "It offers none of the capacity that is bought" in fresh.content.decode()


def test_after_the_close_the_page_tells_the_frozen_verdict(client, operator, provider):
    asset = market.asset(provider.organisation)
    market.competition(operator.organisation, maximum_voltage_kv=6)
    with clock.set_to(BIDDING_OPEN):
        freeze.freeze_due(BIDDING_OPEN)
        Asset.objects.filter(pk=asset.pk).update(voltage_kv="0.4")
        [line] = get(client, provider, "asset", asset.pk).context["listing"].records
    assert [reason for _, reason in line.reasons] == ["Its voltage of 11 kV is above the maximum of 6 kV."]


def test_a_provider_enters_withdraws_and_answers_in_bulk(client, operator, provider):
    market.asset(provider.organisation)
    first, second = (market.competition(operator.organisation) for _ in range(2))
    engine.qualify(now=DURING)
    post(client, provider, "enter", first.pk)
    assert states(provider) == {first: "entered"}
    post(client, provider, "withdraw", first.pk)
    assert states(provider) == {first: "withdrawn"}
    post(client, provider, "answer_many", answer="enter", competitions=[str(first.pk), str(second.pk)])
    assert states(provider) == {first: "entered", second: "entered"}


def states(member):
    return {each.competition: each.state for each in Entry.objects.filter(provider=member.organisation)}


def test_who_lacks_the_role_answers_nothing(client, operator):
    market.competition(operator.organisation)
    reader = market.member(market.provider(), (Role.BIDS,))
    market.asset(reader.organisation)
    [competition] = operator.organisation.competitions.all()
    engine.qualify(now=DURING)
    assert post(client, reader, "enter", competition.pk).status_code == 403
    assert get(client, reader, "upload").status_code == 403
    assert states(reader) == {}


def test_the_operator_sees_who_entered_with_how_much_and_why_assets_fail(client, operator, provider, rival):
    competition = market.competition(operator.organisation, maximum_voltage_kv=11)
    good = market.asset(provider.organisation)
    bad = market.asset(rival.organisation, voltage_kv=33)
    engine.qualify(now=DURING)
    post(client, provider, "enter", competition.pk)
    context = get(client, operator, "competition_assets", competition.pk).context
    assert [(row.provider.name, row.state, row.eligible_mw) for row in context["entrants"]] == [
        ("North", EntryState.ENTERED, 1), ("South", "not_applicable", 0)
    ]  # fmt: skip
    told = {line.asset: [reason for _, reason in line.reasons] for line, *_ in context["listing"].records}
    assert told == {good: [], bad: ["Its voltage of 33 kV is above the maximum of 11 kV."]}
    only = (
        get(client, operator, "competition_assets", competition.pk, failed="voltage")
        .context["listing"]
        .records
    )
    assert [line.asset for line, *_ in only] == [bad]
    assert get(client, provider, "competition_assets", competition.pk).status_code == 404


@pytest.mark.parametrize("page", ["assets", "entries", "competition_assets", "asset"])
def test_the_number_of_queries_does_not_grow_with_the_rows(client, operator, provider, page):
    asset, competition = market.asset(provider.organisation), market.competition(operator.organisation)
    engine.qualify(now=DURING)
    args = {"competition_assets": [competition.pk], "asset": [asset.pk]}.get(page, [])
    member = operator if page == "competition_assets" else provider

    def count():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client.force_login(member.user)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(f"qualification:{page}", args=args))
        return len(captured)

    count()  # what the navigation keeps for a minute is kept from here on
    one = count()
    for _ in range(2):
        market.asset(provider.organisation)
        market.asset(market.provider())
        market.competition(operator.organisation)
    engine.qualify(now=DURING)
    assert count() == one


def test_the_history_tells_who_changed_what(client, provider):
    asset = market.asset(provider.organisation)
    changed = Asset.objects.get(pk=asset.pk)
    changed.voltage_kv = 33
    save_assets(by=provider, assets=[Saved(changed, False, {"voltage_kv": (11, 33)})], now=DURING)
    [step] = get(client, provider, "asset", asset.pk).context["history"]
    assert (step.who, step.action, step.changes) == (
        provider.email,
        "asset changed",
        [("Voltage Level (kV)", "11", "33")],
    )


def test_a_long_history_has_a_page_of_its_own_for_its_provider(client, operator, provider, rival):
    asset = market.asset(provider.organisation)
    market.competition(operator.organisation)
    engine.qualify(now=DURING)
    for voltage in range(12, 24):
        asset.voltage_kv = voltage
        changes = {"voltage_kv": (voltage - 1, voltage)}
        save_assets(by=provider, assets=[Saved(asset, False, changes)], now=DURING)
    page = get(client, provider, "asset", asset.pk)
    assert len(page.context["history"]) == 10
    assert "The whole history" in page.content.decode()
    whole = get(client, provider, "asset_history", asset.pk).context["history"]
    assert [step.changes[0] for step in whole] == [
        ("Voltage Level (kV)", str(voltage - 1), str(voltage)) for voltage in range(23, 11, -1)
    ]
    assert get(client, rival, "asset_history", asset.pk).status_code == 404
    assert get(client, operator, "asset_history", asset.pk).context["history"] == []


def test_the_competitions_page_leads_on(client, operator, provider):
    competition = market.competition(operator.organisation)
    market.asset(provider.organisation)
    engine.qualify(now=DURING)
    assert "1 MW. Your answer: undecided." in panels.competition_link(provider, competition, DURING).text
    assert str(competition.pk) in panels.competition_link(operator, competition, DURING).url
    assert panels.competition_link(market.member(market.operator()), competition, DURING) is None
    assert panels.competition_link(None, competition, DURING) is None


def test_a_provider_learns_nothing_of_a_draft(client, operator, provider):
    asset = market.asset(provider.organisation)
    later = DURING + timedelta(days=1)
    draft = market.competition(
        operator.organisation, ref="SECRET", publish_on=later, qualification_open=later
    )
    engine.qualify(now=DURING)
    Requalification.objects.create(competition=draft, requested_at=DURING)
    listed, shown, answers = (
        get(client, provider, "assets"),
        get(client, provider, "asset", asset.pk),
        get(client, provider, "entries"),
    )
    assert listed.context["eligible_in"] == 0
    assert (shown.context["listing"].records, shown.context["is_pending"]) == ([], False)
    for page in (listed, shown, answers):
        assert "SECRET" not in page.content.decode()
    assert post(client, provider, "enter", draft.pk).status_code == 404


def test_a_meter_listed_by_two_providers_is_a_clash_that_names_the_other_to_operators_only(
    client, operator, provider, rival
):
    competition = market.competition(operator.organisation)
    mine = market.asset(provider.organisation, import_meter_id="1200023305967")
    assert get(client, provider, "asset", mine.pk).context["clash"] is None
    theirs = market.asset(rival.organisation, export_meter_id="1200023305967")
    market.asset(rival.organisation, import_meter_id="1200023305967", status="archived")
    engine.qualify(now=DURING)
    page = get(client, provider, "asset", mine.pk).content.decode()
    assert "also listed by another provider" in page
    assert rival.organisation.name not in page
    shown = get(client, operator, "asset", mine.pk).content.decode()
    assert "also listed by another provider" not in shown
    assert rival.organisation.name in shown
    rows = get(client, operator, "competition_assets", competition.pk).context["listing"].records
    assert {line.asset: others for line, others, _ in rows} == {
        mine: (rival.organisation.name,),
        theirs: (provider.organisation.name,),
    }
