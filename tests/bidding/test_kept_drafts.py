"""What a member types for a ballot is kept until it is placed: for that member alone, on any device."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from bidding.domain.ballots.kept_drafts import draft_for, drafts_of, keep_draft
from bidding.domain.gate.closing import ensure_closed
from bidding.models import Ballot, BallotDraft
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from tests.bidding.market import AFTER, BIDDING, at, market
from tests.qualification import market as base
from tests.support.ballots import place
from tests.support.bidding_pages import get, post, sent, text_of
from tests.support.sealed_pages import page_bytes

pytestmark = pytest.mark.django_db
FIELDS = [("label", "7"), ("choice", "all")]


def typed(page, number=0):
    return page.context["form"].rows[number].texts["capacity"]


def keep(here, member=None, ballot=None, fields=FIELDS, now=BIDDING):
    return keep_draft(
        by=member or here.north, competition=here.competition, ballot=ballot, fields=fields, now=now
    )


def test_what_is_typed_comes_back_on_another_device(client):
    here = market()
    answer = post(client, here.north, "draft_new", sent(here, (0, "1.2x", "90")), here.competition.pk)
    assert answer.json() == {
        "saved": f"{BIDDING.astimezone(here.north.organisation.zone):%H:%M:%S}",
        "at": BIDDING.isoformat(),
    }
    page = get(Client(), here.north, "new", here.competition.pk)
    assert typed(page) == "1.2x"
    assert "This is your draft of" in text_of(page)
    assert not Ballot.objects.exists()
    assert not AuditEntry.objects.filter(subject_type__startswith="bidding").exists()


def test_checking_keeps_what_was_sent_and_placing_it_ends_the_draft(client):
    here = market()
    data = sent(here, (0, "1.2", "90"))
    post(client, here.north, "check_new", data, here.competition.pk)
    assert typed(get(client, here.north, "new", here.competition.pk)) == "1.2"
    post(client, here.north, "place_new", data, here.competition.pk)
    assert Ballot.objects.count() == 1
    assert not BallotDraft.objects.exists()


def test_what_was_refused_is_still_kept(client):
    here = market()
    post(
        client,
        here.north,
        "place_new",
        sent(here, (0, "1.2", "90")) | {"label": "x" * 99},
        here.competition.pk,
    )
    post(client, here.north, "check_new", sent(here, (0, "9999", "90")), here.competition.pk)
    assert typed(get(client, here.north, "new", here.competition.pk)) == "9999"


def test_a_draft_is_discarded_by_its_button_and_an_explicit_start_leaves_it_aside(client):
    here = market()
    data = sent(here, (0, "1.2", "90"))
    keep(here, fields=[(name, data[name]) for name in data if name != "assets"])
    client.force_login(here.north.user)
    with at(BIDDING):
        anew = client.get(reverse("bidding:new", args=[here.competition.pk]) + "?fill=limits")
    assert typed(anew) != "1.2"
    page = post(client, here.north, "draft_new", {"discard": "1"}, here.competition.pk)
    assert "The draft is discarded" in text_of(page)
    assert not BallotDraft.objects.exists()


def test_a_change_of_a_ballot_has_a_draft_of_its_own_and_stays_a_change_of_the_version_it_was_typed_on(
    client,
):
    here = market()
    ballot = place(here).ballot
    seen = get(client, here.north, "edit", ballot.pk).context["seen"]
    data = sent(here, (0, "0.7", "95"), label=ballot.label) | {"seen": seen}
    post(client, here.north, "draft", data, here.competition.pk, ballot.pk)
    assert draft_for(here.north, here.competition, None) is None
    Ballot.objects.filter(pk=ballot.pk).update(changed_at=BIDDING + timedelta(minutes=3))
    page = get(client, here.north, "edit", ballot.pk)
    assert (typed(page), page.context["seen"]) == ("0.7", seen)
    checked = post(client, here.north, "check", data, here.competition.pk, ballot.pk)
    assert "was changed" in text_of(checked)


def test_nobody_but_the_member_who_types_sees_that_there_is_a_draft(client):
    here = market()
    place(here)
    colleague = base.member(here.north.organisation)
    before = {
        each: page_bytes(client, each, here.competition) for each in (here.buyer, here.south, colleague)
    }
    keep(here, fields=[*FIELDS, ("row-0-capacity", "1.234")])
    for each, pages in before.items():
        assert page_bytes(client, each, here.competition) == pages
        assert not drafts_of(each).exists()
    here.north.is_seen_by_admin = True
    assert not drafts_of(here.north).exists()
    with pytest.raises(NotAllowed):
        keep(here)


def test_two_members_of_a_company_keep_one_draft_each():
    here = market()
    colleague = base.member(here.north.organisation)
    keep(here, fields=[("label", "mine")])
    keep(here, colleague, fields=[("label", "hers")])
    keep(here, fields=[("label", "mine again")])
    assert [each.fields for each in drafts_of(here.north)] == [[["label", "mine again"]]]
    with pytest.raises(IntegrityError), transaction.atomic():
        BallotDraft.objects.create(
            member=here.north, competition=here.competition, fields=[], saved_at=BIDDING
        )


def test_a_draft_is_kept_only_while_bidding_is_open_and_the_close_removes_it(client):
    here = market()
    keep(here)
    with pytest.raises(Refused, match="has closed"):
        keep(here, now=AFTER)
    answer = post(client, here.north, "draft_new", {"label": "1"}, here.competition.pk, now=AFTER)
    assert (answer.status_code, "has closed" in answer.json()["refused"]) == (409, True)
    with at(AFTER):
        ensure_closed(here.competition, AFTER)
    assert not BallotDraft.objects.exists()


def test_only_the_fields_of_the_form_are_kept(client):
    here = market()
    data = sent(here, (0, "1", "90")) | {"csrfmiddlewaretoken": "x", "picked": "y", "version": "3"}
    post(client, here.north, "draft_new", data, here.competition.pk)
    names = {name for name, _ in BallotDraft.objects.get().fields}
    assert names <= {"label", "choice", "assets"} | {name for name in names if name.startswith("row-0-")}
