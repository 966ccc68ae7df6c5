"""Rounds: the list, the workspace, and what is done to several competitions at once, shown first and then whole or not."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from competitions.enums import Phase
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.models import AuditEntry
from tests.competitions import files

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
