"""Terms have versions: whoever accepted an earlier one only is asked again, and it is stored who accepted
what when."""

import re

import pytest
from django.urls import reverse

from accounts.domain import terms
from accounts.domain.clients import ClientTerms, create_client
from accounts.domain.terms import accept_terms, terms_due
from accounts.domain.tokens import acting_client, issue_token
from accounts.enums import Role, Scope, TermsKind
from accounts.models import TermsAcceptance
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed
from tests.accounts import people

pytestmark = pytest.mark.django_db
NEW = {TermsKind.USER: "2027-01", TermsKind.SERVICE: "2027-01"}


@pytest.fixture
def head():
    """An Account holder who accepted the terms of before."""
    head = people.provider()
    for kind, company in ((TermsKind.USER, None), (TermsKind.SERVICE, head.organisation)):
        TermsAcceptance.objects.create(
            kind=kind, version="2026-11", user=head.user, organisation=company, accepted_at=people.NOW
        )
    return head


@pytest.fixture
def mate(head):
    mate = people.teammate(head, Role.BIDS)
    TermsAcceptance.objects.create(
        kind=TermsKind.USER, version="2026-11", user=mate.user, accepted_at=people.NOW
    )
    return mate


def accept(client, url):
    """Accept what the page shows, by what the page sends back."""
    shown = client.get(url).content.decode()
    return client.post(url, {"read": re.findall(r'name="read" value="([^"]+)"', shown)})


def test_a_version_that_came_since_the_page_was_made_is_not_accepted_unread(head, monkeypatch):
    monkeypatch.setattr(terms, "TERMS_VERSIONS", NEW)
    client = people.signed_in(head)
    url = reverse("accounts:terms_accept")
    old = re.findall(r'name="read" value="([^"]+)"', client.get(url).content.decode())
    newer = NEW | {TermsKind.SERVICE: "2027-02"}
    monkeypatch.setattr(terms, "TERMS_VERSIONS", newer)
    assert "version 2027-02" in client.post(url, {"read": old}).content.decode()
    assert terms_due(head.user) == ["service"]
    client.post(url)
    assert terms_due(head.user) == ["service"]


def test_nobody_is_asked_while_the_terms_stay_as_they_are(head, mate):
    assert terms_due(head.user) == terms_due(mate.user) == []
    assert people.signed_in(head).get(reverse("qualification:assets")).status_code == 200


def test_new_terms_are_accepted_before_anything_else_also_in_a_session_begun_before(head, monkeypatch):
    client = people.signed_in(head)
    page = reverse("qualification:assets")
    assert client.get(page).status_code == 200
    monkeypatch.setattr(terms, "TERMS_VERSIONS", NEW)
    led = client.get(page)
    assert led.url == f"{reverse('accounts:terms_accept')}?next=%2Fqualification%2Fassets%2F"
    assert client.post(reverse("accounts:team_invite"), {"email": "x@y.example"}).status_code == 302
    shown = client.get(led.url).content.decode()
    assert "version 2027-01" in shown
    assert accept(client, led.url).url == page
    assert client.get(page).status_code == 200
    stored = TermsAcceptance.objects.filter(version="2027-01")
    assert {(each.kind, each.organisation) for each in stored} == {
        ("user", None),
        ("service", head.organisation),
    }
    assert (
        AuditEntry.objects.filter(organisation_id=head.organisation_id, action="terms accepted").count() == 2
    )


def test_who_may_not_accept_for_the_company_is_told_who_can(head, mate, monkeypatch):
    monkeypatch.setattr(terms, "TERMS_VERSIONS", NEW)
    client = people.signed_in(mate)
    url = reverse("accounts:terms_accept")
    shown = accept(client, url).content.decode()
    assert head.email in shown
    assert terms_due(mate.user) == ["service"]
    with pytest.raises(NotAllowed):
        accept_terms(user=mate.user, kinds=["service"], now=people.NOW)
    accept_terms(user=head.user, kinds=["user", "service"], now=people.NOW)
    assert client.get(url).url == "/"
    assert client.get(reverse("bidding:list")).status_code == 200


def test_accepting_twice_is_stored_once(head, monkeypatch):
    monkeypatch.setattr(terms, "TERMS_VERSIONS", NEW)
    for _ in range(2):
        accept_terms(user=head.user, kinds=["user"], now=people.NOW)
    assert TermsAcceptance.objects.filter(kind="user", version="2027-01").count() == 1


def test_the_way_on_leads_nowhere_else(head, monkeypatch):
    monkeypatch.setattr(terms, "TERMS_VERSIONS", NEW)
    client = people.signed_in(head)
    for number, elsewhere in enumerate(
        ("https://evil.example/", "//evil.example/", "9" * 50, "accounts:home")
    ):
        monkeypatch.setattr(terms, "TERMS_VERSIONS", dict.fromkeys(TermsKind, f"2027-0{number}"))
        assert accept(client, f"{reverse('accounts:terms_accept')}?next={elsewhere}").url == "/"


def test_a_program_acts_again_once_somebody_accepted_the_new_service_terms_for_its_company(head, monkeypatch):
    made = create_client(
        by=head, terms=ClientTerms("Robot", (Role.BIDS,), (Scope.BIDS_READ,)), now=people.NOW
    )
    token = issue_token(client_id=made.client.pk, secret=made.text, address="192.0.2.1", now=people.NOW).text
    monkeypatch.setattr(terms, "TERMS_VERSIONS", NEW)
    with pytest.raises(NotAllowed, match="has to accept the present service terms"):
        acting_client(token, address="192.0.2.1", now=people.NOW)
    accept_terms(user=head.user, kinds=["user", "service"], now=people.NOW)
    assert acting_client(token, address="192.0.2.1", now=people.NOW).client == made.client
