"""Rounds: the list, the workspace, and what is done to several competitions at once, shown first and then
whole or not."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from competitions.domain.rounds import rename_round, service_days
from competitions.enums import Phase
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from tests.competitions import files
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
ROUND = "Winter 2026/27"
BEFORE = datetime(2025, 12, 1, tzinfo=UTC)


@pytest.fixture
def buyer(db):
    return files.buyer_of_three()


@pytest.fixture
def signed_in(client, buyer):
    Competition.objects.filter(ref__in=["C1", "C2"]).update(round_name=ROUND)
    Competition.objects.update(publish_on=files.PUBLISHED)
    client.force_login(buyer.user)
    return client


def keys(*refs):
    return [
        str(pk)
        for pk in Competition.objects.filter(ref__in=refs).order_by("ref").values_list("pk", flat=True)
    ]


def test_the_map_of_a_round_and_the_pages_of_a_competition_ask_no_more_of_more(
    signed_in,
):
    made = Competition.objects.get(ref="C1")
    window = made.windows.select_related("period").first()
    Competition.objects.exclude(ref="C1").update(round_name="")
    with clock.set_to(BEFORE):
        addresses = (
            reverse("competitions:round_map", args=[ROUND]),
            reverse("competitions:typed_header", args=[made.pk]),
        )
        few = {address: _questions(signed_in, address) for address in addresses}
        for number in range(40):
            window.pk, window.name, window._state.adding = uuid4(), f"More {number}", True
            window.save(force_insert=True)
        Competition.objects.filter(ref="C2").update(round_name=ROUND)
        for address, before in few.items():
            assert _questions(signed_in, address) <= before, address


def _questions(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as asked_of_it:
        assert client.get(address).status_code == 200
    return len(asked_of_it)


def asked(client, verb, *refs, now=BEFORE, **query):
    with clock.set_to(now):
        return client.get(
            reverse("competitions:change_many"),
            {"verb": verb, "competitions": keys(*refs), "round": ROUND} | query,
        )


def done(client, page, verb, now=BEFORE, **data):
    seen = {f"seen-{each.competition.pk}": each.seen for each in page.context["can"]}
    chosen = [str(each.competition.pk) for each in page.context["can"]]
    with clock.set_to(now):
        return client.post(
            reverse("competitions:change_many"),
            {"verb": verb, "competitions": chosen, "round": ROUND} | seen | data,
        )


def test_a_round_has_a_page_with_all_its_competitions_and_is_counted(signed_in):
    with clock.set_to(datetime(2026, 1, 22, tzinfo=UTC)):
        listed = signed_in.get(reverse("competitions:rounds"))
        page = signed_in.get(reverse("competitions:round", args=[ROUND]))
    assert [(each.name, each.number, each.live) for each in listed.context["rounds"]] == [(ROUND, 2, 2)]
    assert {row.competition.ref for row in page.context["page"].rows} == {"C1", "C2"}
    assert "sealed" in page.content.decode()
    assert signed_in.get(reverse("competitions:round", args=["Another"])).status_code == 404


def test_publishing_several_says_what_providers_will_see_and_leaves_out_what_is_published(signed_in):
    now = files.PUBLISHED.replace(year=files.PUBLISHED.year - 1)
    Competition.objects.filter(ref="C2").update(publish_on=now)
    page = asked(signed_in, "publish", "C1", "C2", now=now)
    assert [each.competition.ref for each in page.context["can"]] == ["C1"]
    assert [each.refusal for each in page.context["cannot"]] == ["Only a draft can be published."]
    assert page.context["sentences"] == ["This makes 1 competition visible to providers: at once."]
    done(signed_in, page, "publish", now=now)
    assert Competition.objects.get(ref="C1").phase(now) is Phase.ANNOUNCED


def test_dates_move_as_shown_or_not_at_all(signed_in):
    before = dict(Competition.objects.values_list("ref", "bidding_close"))
    page = asked(signed_in, "move", "C1", "C2", days="7")
    assert {each.competition.ref for each in page.context["can"]} == {"C1", "C2"}
    Competition.objects.filter(ref="C2").update(name="Renamed meanwhile")
    done(signed_in, page, "move", days="7")
    assert dict(Competition.objects.values_list("ref", "bidding_close")) == before
    page = asked(signed_in, "move", "C1", "C2", days="7")
    done(signed_in, page, "move", days="7")
    after = dict(Competition.objects.values_list("ref", "bidding_close"))
    assert {ref: (after[ref] - before[ref]).days for ref in before} == {"C1": 7, "C2": 7, "C3": 0}


def test_several_are_cancelled_with_one_reason_each_in_the_audit_log(signed_in):
    page = asked(signed_in, "cancel", "C1", "C2")
    done(signed_in, page, "cancel", reason="Not needed")
    cancelled = Competition.objects.exclude(cancelled_at=None)
    assert set(cancelled.values_list("ref", "cancellation_reason")) == {
        ("C1", "Not needed"),
        ("C2", "Not needed"),
    }
    assert AuditEntry.objects.filter(action="competition cancelled").count() == 2


def test_the_chosen_are_downloaded_as_a_competition_file(signed_in):
    answer = asked(signed_in, "download", "C1")
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer.content[:2] == b"PK"


DUPLICATED = {"find": "C", "replacement": "D", "days": "364", "round_wanted": "Winter 2027/28"}


def test_several_are_duplicated_as_shown_each_under_a_ref_of_its_own_and_in_the_round_named(signed_in):
    page = asked(signed_in, "duplicate", "C1", "C2", **DUPLICATED)
    told = {
        each.competition.ref: {name: (old, new) for name, old, new in each.fields}
        for each in page.context["can"]
    }
    assert told["C1"]["Ref"] == ("C1", "D1")
    assert page.context["sentences"][0].startswith("This makes 2 competitions visible to providers")
    before = {each.ref: each.bidding_close for each in Competition.objects.all()}
    done(signed_in, page, "duplicate", **DUPLICATED)
    made = Competition.objects.filter(ref__in=["D1", "D2"])
    assert {each.round_name for each in made} == {"Winter 2027/28"}
    assert {(each.bidding_close - before[each.ref.replace("D", "C")]).days for each in made} == {364}
    assert set(Competition.objects.filter(ref__in=["C1", "C2"]).values_list("round_name", flat=True)) == {
        ROUND
    }


def test_what_has_no_ref_of_its_own_is_not_duplicated_and_nothing_is_when_one_changed(signed_in):
    page = asked(signed_in, "duplicate", "C1", "C2", **DUPLICATED | {"find": "C1", "replacement": "C3"})
    assert {each.competition.ref: each.refusal for each in page.context["cannot"]} == {
        "C1": "The ref “C3” is taken on this platform. Choose another.",
        "C2": "Its ref has no “C1” to replace, and a new competition needs a ref of its own.",
    }
    page = asked(signed_in, "duplicate", "C1", "C2", **DUPLICATED)
    Competition.objects.filter(ref="C2").update(name="Renamed meanwhile")
    done(signed_in, page, "duplicate", **DUPLICATED)
    assert not Competition.objects.filter(ref__startswith="D").exists()


def renamed(client, wanted, name=ROUND):
    return client.post(reverse("competitions:round_rename", args=[name]), {"name": wanted})


def test_a_round_is_renamed_with_an_entry_in_the_audit_log_for_each_competition(signed_in):
    answer = renamed(signed_in, " Winter  2026 to 2027 ")
    assert answer.headers["Location"] == reverse("competitions:round", args=["Winter 2026 to 2027"])
    named = Competition.objects.exclude(round_name="")
    assert set(named.values_list("ref", "round_name")) == {
        ("C1", "Winter 2026 to 2027"),
        ("C2", "Winter 2026 to 2027"),
    }
    entries = AuditEntry.objects.filter(action="round renamed")
    assert [each.changes["round_name"] for each in entries] == [[ROUND, "Winter 2026 to 2027"]] * 2
    assert renamed(signed_in, "Anything", name="No such round").status_code == 404


def test_a_round_takes_no_name_of_another_and_changes_its_own_ones_case(signed_in):
    Competition.objects.filter(ref="C3").update(round_name="Spring")
    refused = renamed(signed_in, "SPRING")
    assert refused.status_code == 422
    assert "You have a round “Spring” already." in refused.content.decode()
    assert set(Competition.objects.values_list("round_name", flat=True)) == {ROUND, "Spring"}
    renamed(signed_in, ROUND.upper())
    assert Competition.objects.filter(round_name=ROUND.upper()).count() == 2


def test_a_round_has_a_name_of_up_to_sixty_characters_and_keeps_one_that_is_the_same(signed_in, buyer):
    def rename(wanted, name=ROUND):
        return rename_round(by=buyer, name=name, wanted=wanted, now=BEFORE)

    for wanted, sentence in ((" ", "Write the name"), ("a" * 61, "at most 60 characters; this one has 61")):
        with pytest.raises(Refused, match=sentence):
            rename(wanted)
    with pytest.raises(Refused, match="no round “Gone” any more"):
        rename("New", name="Gone")
    assert rename(ROUND) == 2
    assert not AuditEntry.objects.filter(action="round renamed").exists()
    assert rename("a" * 60) == 2


def test_the_days_of_service_are_those_of_all_periods_in_the_operators_zone(signed_in, buyer):
    competition = Competition.objects.get(ref="C1")
    periods = competition.periods.order_by("first_day")
    first, last = service_days(competition)
    assert (first.date(), last.date()) == (periods[0].first_day, max(each.last_day for each in periods))
    assert (f"{first:%H:%M}", f"{last:%H:%M}", first.tzinfo) == ("00:00", "23:59", competition.operator.zone)
    competition.periods.all().delete()
    assert service_days(Competition.objects.get(pk=competition.pk)) is None


def test_the_foot_of_the_workspace_sums_its_columns(signed_in):
    Competition.objects.filter(ref="C1").update(maximum_budget=1000)
    Competition.objects.filter(ref="C2").update(maximum_budget=None)
    page = signed_in.get(reverse("competitions:round", args=[ROUND])).context["page"]
    assert page.budget == 1000
    assert Decimal(page.totals[0].text) == sum(row.required_mw for row in page.rows)


def test_a_provider_downloads_the_ticked_competitions_that_it_may_see(client, signed_in):
    client.force_login(base.member(base.provider("North")).user)
    now = files.PUBLISHED.replace(year=files.PUBLISHED.year - 1)
    url = reverse("competitions:download_many")
    with clock.set_to(now):
        hidden = client.post(url, {"competitions": keys("C1")})
    assert hidden.status_code == 302
    with clock.set_to(datetime(2026, 1, 22, tzinfo=UTC)):
        answer = client.post(url, {"competitions": [*keys("C1", "C2"), "nonsense"]})
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer.content[:2] == b"PK"
