"""Giving several assets a status at once: what is refused, what is recorded, and what bids and contracts
hold."""

import pytest
from django.urls import reverse

from accounts.enums import Role
from competitions.enums import AssetStatus
from marketplace import clock
from marketplace.audit.queries import entries_visible_to
from marketplace.errors import NotAllowed
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.assets.statuses import HELD, NO_DATE, change_status, refusal_of
from qualification.domain.verdicts import engine, requalification
from qualification.models import Asset, Verdict
from qualification.signals import assets_in_use
from tests.qualification import market
from tests.qualification.market import DURING, FIRST_DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    with run_jobs_inline(), clock.set_to(DURING):
        yield market.member(market.provider())


def change(member, assets, to):
    return change_status(by=member, asset_ids=[each.pk for each in assets], to=AssetStatus(to), now=DURING)


def statuses():
    return dict(Asset.objects.values_list("ref", "status"))


@pytest.mark.parametrize(
    ("to", "date", "is_held", "sentence"),
    [
        ("in_development", None, False, NO_DATE),
        ("in_development", FIRST_DAY, True, ""),
        ("archived", None, True, HELD),
        ("archived", None, False, ""),
        ("mothballed", None, True, ""),
        ("operational", None, True, ""),
    ],
)
def test_which_status_an_asset_can_have(member, to, date, is_held, sentence):
    asset = market.an_asset(member.organisation, operational_date=date)
    assert refusal_of(asset, AssetStatus(to), is_held=is_held) == sentence


def test_an_archived_asset_leaves_every_competition_and_comes_back(member):
    market.competition(market.operator())
    asset = market.asset(member.organisation)
    engine.qualify(now=DURING)
    assert Verdict.objects.count() == 1
    for to, verdicts in (("archived", 0), ("operational", 1)):
        change(member, [asset], to)
        requalification.work_off(DURING)
        assert Verdict.objects.count() == verdicts
    log = entries_visible_to(member).filter(subject_type="qualification.asset").order_by("sequence")
    assert [each.changes["status"] for each in log] == [
        ["operational", "archived"],
        ["archived", "operational"],
    ]


def test_each_asset_succeeds_or_fails_by_itself_and_what_has_the_status_is_left_alone(member):
    held, free = market.asset(member.organisation, ref="HELD"), market.asset(member.organisation, ref="FREE")
    gone = market.asset(member.organisation, ref="GONE", status="archived")

    def holding(sender, asset_ids, **signal):
        return {held.pk} & set(asset_ids)

    assets_in_use.connect(holding)
    try:
        outcomes = change(member, [held, free, gone], "archived")
    finally:
        assets_in_use.disconnect(holding)
    assert [(each.asset.ref, each.refusal) for each in outcomes] == [("FREE", ""), ("HELD", HELD)]
    assert statuses() == {"HELD": "operational", "FREE": "archived", "GONE": "archived"}
    assert entries_visible_to(member).count() == 1


def test_nobody_changes_another_companys_assets_or_without_the_role(member):
    other = market.asset(market.provider())
    assert change(member, [other], "archived") == []
    own = market.asset(member.organisation)
    with pytest.raises(NotAllowed):
        change(market.member(member.organisation, (Role.BIDS,)), [own], "archived")
    assert set(statuses().values()) == {"operational"}


def test_the_page_says_what_would_change_then_changes_it_and_hides_the_archived_until_asked_for(
    member, client
):
    one, two = market.asset(member.organisation), market.asset(member.organisation)
    client.force_login(member.user)

    def sent(**data):
        return client.post(reverse("qualification:change_status"), data, follow=True)

    page = sent(status="archived", assets=[one.pk])
    assert f"Make 1 asset {AssetStatus.ARCHIVED.label.lower()}" in page.content.decode()
    assert set(statuses().values()) == {"operational"}
    answer = sent(status="archived", assets=[one.pk], confirmed="yes")
    assert "1 asset changed to Archived." in answer.content.decode()
    assert [each.asset for each in answer.context["listing"].records] == [two]
    shown = client.get(reverse("qualification:assets"), {"status": "archived"})
    assert [each.asset for each in shown.context["listing"].records] == [one]
    assert NO_DATE in sent(status="in_development", assets=[two.pk]).content.decode()
    answer = sent(status="in_development", assets=[two.pk], confirmed="yes")
    assert f"{two.ref}: {NO_DATE}" in answer.content.decode()
    assert sent(status="archived", confirmed="yes").context["listing"].records
    assert statuses() == {one.ref: "archived", two.ref: "operational"}


def test_all_that_match_change_unless_there_are_others_by_now(member, client):
    for number in range(3):
        market.asset(member.organisation, ref=f"BAT-{number}")
    market.asset(member.organisation, ref="GEN-1")
    client.force_login(member.user)
    sent = {"status": "mothballed", "every": "1", "matching": "q=bat", "confirmed": "yes"}
    client.post(reverse("qualification:change_status"), sent | {"count": "2"})
    assert set(statuses().values()) == {"operational"}
    client.post(reverse("qualification:change_status"), sent | {"count": "3"})
    assert [ref for ref, status in statuses().items() if status == "mothballed"] == [
        "BAT-0",
        "BAT-1",
        "BAT-2",
    ]
