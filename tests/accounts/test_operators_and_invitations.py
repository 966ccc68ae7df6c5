"""A platform admin makes an operator; its people come by invitation."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.domain.registration import invitation_token
from accounts.enums import OrganisationKind, Role, TermsKind
from accounts.models import Invitation, Member, Organisation, TermsAcceptance, User
from marketplace import clock
from marketplace.audit.models import AuditEntry
from tests.accounts import people
from tests.accounts.people import NOW, PASSWORD, WEEK

pytestmark = pytest.mark.django_db
OPERATOR = {
    "name": "Highland Networks",
    "code": "HIGH",
    "country": "GB",
    "holiday_region": "SCT",
    "time_zone": "Europe/London",
    "currency": "GBP",
    "contact_email": "flex@highland.example",
    "seats": "8",
    "first_users": "ann@highland.example\nben@highland.example",
}


@pytest.fixture
def admin():
    return people.signed_in(User.objects.create_superuser("admin@platform.example", PASSWORD))


def added(admin, **changes):
    with clock.set_to(NOW):
        return admin.post(reverse("admin:accounts_organisation_add"), OPERATOR | changes)


def test_an_admin_makes_an_operator_whose_first_person_joins_with_every_role(admin):
    assert added(admin).status_code == 302
    organisation = Organisation.objects.get(code="HIGH")
    assert organisation.kind == OrganisationKind.SYSTEM_OPERATOR
    assert sorted(address for message in people.delivered() for address in message.to) == [
        "ann@highland.example",
        "ben@highland.example",
    ]
    visitor = Client()
    link = people.link_in_mail("ann@highland.example")
    with clock.set_to(NOW):
        assert "ann@highland.example" in visitor.get(link).content.decode()
    assert people.joins(visitor, link).headers["Location"] == reverse("accounts:home")
    member = Member.objects.get(user__email="ann@highland.example")
    assert member.organisation == organisation
    assert set(member.roles) == set(Role.values)
    assert visitor.get(reverse("competitions:areas")).status_code == 200
    actions = AuditEntry.objects.filter(organisation_id=organisation.pk).order_by("sequence")
    assert [entry.action for entry in actions] == [
        "organisation registered",
        "member invited",
        "member invited",
        "invitation accepted",
    ]
    again = Client()
    signed_in = again.post(reverse("account_login"), {"login": "ann@highland.example", "password": PASSWORD})
    assert signed_in.headers["Location"] == "/"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"first_users": ""}, "first_users"),
        ({"first_users": "not an address"}, "first_users"),
        ({"code": "low"}, "code"),
        ({"code": "X"}, "code"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"holiday_region": "ATLANTIS"}, "holiday_region"),
        ({"country": "XX", "holiday_region": ""}, "holiday_region"),
    ],
)
def test_an_operator_that_breaks_a_rule_is_not_made(admin, changes, field):
    page = added(admin, **changes)
    assert set(page.context["adminform"].form.errors) == {field}
    assert not Organisation.objects.exists()
    assert people.delivered() == []


def test_a_code_is_taken_once(admin):
    added(admin)
    page = added(admin, name="Another")
    assert set(page.context["adminform"].form.errors) == {"code"}
    assert Organisation.objects.count() == 1


def test_who_joins_accepts_the_user_terms_in_their_version(admin):
    added(admin)
    people.joins(Client(), people.link_in_mail("ann@highland.example"))
    accepted = TermsAcceptance.objects.get()
    assert (accepted.kind, accepted.user.email, accepted.accepted_at) == (
        TermsKind.USER,
        "ann@highland.example",
        NOW,
    )
    assert accepted.version


def link_of(invitation):
    return reverse("accounts:invitation", args=[invitation_token(invitation)])


def test_a_link_works_once():
    invitation = people.invited(people.operator())
    people.joins(Client(), link_of(invitation))
    page = people.joins(Client(), link_of(invitation), name="Thief")
    assert (page.status_code, "used already" in page.content.decode()) == (409, True)
    assert not User.objects.filter(name="Thief").exists()


def test_a_link_works_for_seven_days_and_not_a_moment_longer():
    by = people.operator()
    late, in_time = people.invited(by, "late@operator.example"), people.invited(by, "early@operator.example")
    page = people.joins(Client(), link_of(late), at=NOW + WEEK)
    assert "has expired" in page.content.decode()
    people.joins(Client(), link_of(in_time), at=NOW + WEEK - people.timedelta(seconds=1))
    assert set(Member.objects.exclude(pk=by.pk).values_list("user__email", flat=True)) == {
        "early@operator.example"
    }


def test_a_withdrawn_link_lets_nobody_in():
    by = people.operator()
    invitation = people.invited(by)
    link = link_of(invitation)
    answer = people.signed_in(by).post(reverse("accounts:invitation_withdraw", args=[invitation.pk]))
    assert answer.headers["Location"] == reverse("accounts:team")
    assert "was withdrawn" in people.joins(Client(), link).content.decode()
    assert Member.objects.count() == 1


def test_sending_again_mails_a_new_link_and_ends_the_old_one():
    by = people.operator()
    invitation = people.invited(by)
    old = link_of(invitation)
    with clock.set_to(NOW + WEEK):
        people.signed_in(by).post(reverse("accounts:invitation_send_again", args=[invitation.pk]))
    new = people.link_in_mail(invitation.email)
    assert "newest email" in people.joins(Client(), old, at=NOW + WEEK).content.decode()
    assert Member.objects.count() == 1
    people.joins(Client(), new, at=NOW + WEEK)
    assert Member.objects.get(user__email=invitation.email).roles == ["procurement"]


@pytest.mark.parametrize(
    "change", [lambda token: token[:-3] + "abc", lambda token: token[:-5], lambda token: "x" + token]
)
def test_a_forged_or_cut_link_lets_nobody_in(change):
    token = invitation_token(people.invited(people.operator()))
    page = people.joins(Client(), reverse("accounts:invitation", args=[change(token)]))
    assert (page.status_code, "not complete" in page.content.decode()) == (409, True)
    assert Member.objects.count() == 1


def test_a_weak_password_is_refused_beside_its_field():
    invitation = people.invited(people.operator())
    page = people.joins(Client(), link_of(invitation), password="password1234")
    text = page.content.decode()
    assert 'aria-invalid="true"' in text
    assert 'id="id_password_error"' in text
    assert not User.objects.filter(email=invitation.email).exists()


def test_somebody_of_another_organisation_can_not_join_a_second_one():
    invitation = people.invited(people.operator(), people.provider().email)
    page = people.joins(people.signed_in(User.objects.get(email=invitation.email)), link_of(invitation))
    assert "already belongs to an organisation" in page.content.decode()
    assert Invitation.objects.get().accepted_at is None


def test_an_invitation_is_not_accepted_with_the_login_of_somebody_else():
    by = people.operator()
    invitation = people.invited(by)
    User.objects.create_user(invitation.email, PASSWORD)
    stranger = User.objects.create_user("stranger@elsewhere.example", PASSWORD)
    page = people.joins(people.signed_in(stranger), link_of(invitation))
    assert "sign in with it" in page.content.decode()
    assert Member.objects.count() == 1


def test_a_link_in_a_mail_names_this_site_whatever_host_the_request_claims():
    by = people.operator()
    client, form = people.signed_in(by), {"email": "new@operator.example", "roles": ["procurement"]}
    refused = client.post(reverse("accounts:team_invite"), form, headers={"Host": "evil.example"})
    assert refused.status_code == 400
    assert people.delivered() == []
    client.post(reverse("accounts:team_invite"), form, headers={"X-Forwarded-Host": "evil.example"})
    assert "evil.example" not in people.delivered()[0].body
    assert people.link_in_mail("new@operator.example").startswith("/invitation/")
