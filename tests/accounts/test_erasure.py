"""A person who was erased is nowhere named, cannot sign in, and the audit log still holds."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.domain.erasure import erase_person
from accounts.domain.registration import PlatformAdmin
from accounts.domain.team import deactivate_member
from accounts.enums import Role
from accounts.models import Invitation, User
from marketplace.audit.models import AuditEntry
from marketplace.audit.verification import verify
from marketplace.errors import Refused
from tests.accounts import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def head():
    return people.provider()


@pytest.fixture
def leaver(head):
    """A colleague who invited somebody and was shut out since."""
    mate = people.teammate(head, Role.ACCOUNT)
    people.invited(mate, email="new@north.example", roles=())
    people.signed_in(mate)
    TOTP.activate(mate.user, generate_totp_secret())
    deactivate_member(by=head, member=mate, now=people.NOW)
    return mate.user


@pytest.fixture
def admin():
    return PlatformAdmin(User.objects.create_superuser("admin@platform.example", people.PASSWORD))


def test_nothing_of_the_login_names_the_person_any_more(leaver, admin):
    EmailAddress.objects.create(user=leaver, email=leaver.email, verified=True, primary=True)
    erase_person(by=admin, user=leaver, now=people.NOW)
    left = User.objects.get(pk=leaver.pk)
    assert left.email.endswith("@erased.invalid")
    assert (left.name, left.is_active, left.has_usable_password()) == ("", False, False)
    for model in (EmailAddress, UserSession):
        assert not model.objects.filter(user=leaver).exists()
    assert not left.authenticator_set.exists()


def test_the_log_shows_the_pseudonym_and_still_holds(leaver, head, admin):
    page = reverse("audit:entries")
    assert "mate@north.example of" in people.signed_in(head).get(page).content.decode()
    pseudonym = erase_person(by=admin, user=leaver, now=people.NOW).removesuffix("@erased.invalid")
    shown = people.signed_in(head).get(page).content.decode()
    assert f"{pseudonym} of" in shown
    assert "mate@north.example of" not in shown
    assert list(verify()) == []
    assert AuditEntry.objects.get(action="person erased").subject_label.startswith(pseudonym)


def test_an_invitation_of_the_person_keeps_no_address(head, leaver, admin):
    Invitation.objects.filter(email="new@north.example").update(email=leaver.email)
    erase_person(by=admin, user=leaver, now=people.NOW)
    assert Invitation.objects.get().email.endswith("@erased.invalid")


def test_who_still_belongs_to_a_team_is_not_erased_nor_anybody_twice_nor_by_themselves(head, leaver, admin):
    with pytest.raises(Refused, match="belongs to a team"):
        erase_person(by=admin, user=head.user, now=people.NOW)
    with pytest.raises(Refused, match="another platform admin"):
        erase_person(by=admin, user=admin.user, now=people.NOW)
    erase_person(by=admin, user=leaver, now=people.NOW)
    with pytest.raises(Refused, match="already"):
        erase_person(by=admin, user=leaver, now=people.NOW)


def test_the_command_asks_for_an_admin_and_records_them(leaver, admin, capsys):
    with pytest.raises(CommandError, match="no platform admin"):
        call_command("erase_person", leaver.email, "--by", leaver.email)
    call_command("erase_person", leaver.email, "--by", admin.email)
    assert "Erased." in capsys.readouterr().out
    assert AuditEntry.objects.get(action="person erased").actor_email == admin.email
