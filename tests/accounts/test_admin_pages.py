"""What platform admins may do with organisations and members, and what stays out of their sight."""

import pytest
from django.urls import reverse

from accounts.models import LoginMail, Member, User
from marketplace.audit.models import AuditEntry
from tests.accounts import people
from tests.support.log import actor_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return people.signed_in(User.objects.create_superuser("admin@platform.example", people.PASSWORD))


def page_of(member):
    return reverse("admin:accounts_member_change", args=[member.pk])


def test_an_admin_gives_a_role_and_the_organisation_can_read_who_did(admin):
    head = people.provider()
    mate = people.teammate(head, "procurement")
    admin.post(page_of(mate), {"roles": ["procurement", "account"], "is_active": "on"})
    assert Member.objects.get(pk=mate.pk).roles == ["procurement", "account"]
    entry = AuditEntry.objects.get(organisation_id=head.organisation_id)
    assert (actor_of(entry), entry.action) == ("admin@platform.example", "changed by a platform admin")
    assert set(entry.changes) == {"roles"}
    shown = people.signed_in(head).get(reverse("audit:entries")).content.decode()
    assert "changed by a platform admin" in shown.lower()


@pytest.mark.parametrize("form", [{"roles": ["bids"], "is_active": "on"}, {"roles": ["account"]}])
def test_an_admin_can_not_leave_an_organisation_without_a_holder_of_account(admin, form):
    head = people.provider()
    page = admin.post(page_of(head), form)
    assert "Somebody active must hold the role Account" in page.content.decode()
    after = Member.objects.get(pk=head.pk)
    assert (after.is_active, after.roles) == (True, head.roles)
    assert not AuditEntry.objects.exists()


def test_an_admin_gives_more_seats_and_that_is_recorded(admin):
    head = people.operator()
    url = reverse("admin:accounts_organisation_change", args=[head.organisation_id])
    form = admin.get(url).context["adminform"].form
    admin.post(
        url, {name: "" if value is None else value for name, value in form.initial.items()} | {"seats": "20"}
    )
    head.organisation.refresh_from_db()
    assert head.organisation.seats == 20
    entry = AuditEntry.objects.get(organisation_id=head.organisation_id)
    assert entry.changes == {"seats": ["8", "20"]}


def test_admins_sign_in_where_everybody_does(client):
    people.operator()
    answer = client.get(reverse("admin:index"), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))
    User.objects.create_superuser("admin@platform.example", people.PASSWORD)
    form = {"login": "admin@platform.example", "password": people.PASSWORD, "next": reverse("admin:index")}
    assert client.post(reverse("account_login"), form).headers["Location"] == reverse("admin:index")
    assert client.get(reverse("admin:index")).status_code == 200


def test_support_finds_mails_about_logins_that_were_given_up_but_never_what_they_said(admin):
    secret = {"lines": ["Line of the mail"], "link": "http://localhost/secret/", "link_title": "Open it"}
    row = LoginMail.objects.create(
        to="a@b.example",
        title="Choose a new password",
        created_at=people.NOW,
        error="550 no such mailbox",
        **secret,
    )
    pages = [
        reverse("admin:accounts_loginmail_changelist"),
        reverse("admin:accounts_loginmail_change", args=[row.pk]),
    ]
    for page in pages:
        shown = admin.get(page).content.decode()
        assert "a@b.example" in shown
        assert "550 no such mailbox" in shown
        assert not [text for text in ("Line of the mail", "secret", "Open it") if text in shown]
    admin.post(pages[1], {"to": "me@elsewhere.example"})
    row.refresh_from_db()
    assert row.to == "a@b.example"
