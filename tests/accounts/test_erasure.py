"""A person who was erased is nowhere named, cannot sign in, and the audit log still holds."""

import json

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
from accounts.models import Invitation, Member, User
from marketplace.audit.canonical import COVERED
from marketplace.audit.chain import digest_of, record
from marketplace.audit.models import AuditEntry, ChainHead, PersonAddress
from marketplace.audit.persons import put_addresses_back
from marketplace.audit.verification import verify
from marketplace.errors import Refused
from tests.accounts import people
from tests.support.log import actor_of

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
    assert actor_of(AuditEntry.objects.get(action="person erased")) == admin.email


def test_no_entry_holds_an_address_and_each_reads_with_it(leaver, head):
    head.user.email = "Head.Of+North@north.example"
    record(
        organisation_id=head.organisation_id,
        by=head,
        action="contact changed",
        subject=leaver,
        changes={"contact": ("mate@north.example, 0113 496", {"new@north.example": ["x", None]})},
        now=people.NOW,
    )
    stored = json.dumps(list(AuditEntry.objects.values()), default=str)
    assert [each for each in ("@north.example", "Mate") if each in stored] == []
    entry = AuditEntry.objects.get(action="contact changed")
    put_addresses_back([entry])
    assert (entry.actor_email, entry.subject_label) == ("Head.Of+North@north.example", "Mate")
    assert entry.changes == {"contact": ["mate@north.example, 0113 496", {"new@north.example": ["x", None]}]}


def test_after_an_erasure_the_database_holds_the_address_nowhere_in_the_log_and_every_chain_holds(
    leaver, head, admin
):
    earlier = leaver.email
    leaver.email = "married@north.example"
    leaver.save()
    record(
        organisation_id=head.organisation_id,
        by=Member.objects.get(user=leaver),
        action="left",
        subject=leaver,
        changes={},
        now=people.NOW,
    )
    erase_person(by=admin, user=leaver, now=people.NOW)
    left = json.dumps([*AuditEntry.objects.values(), *PersonAddress.objects.values()], default=str)
    assert [address for address in (earlier, "married@north.example", "Mate") if address in left] == []
    assert PersonAddress.objects.filter(user_id=head.user_id).exists()
    assert list(verify()) == []


def test_an_address_that_was_changed_beside_the_log_is_named_by_the_proof(leaver, head):
    PersonAddress.objects.filter(user_id=head.user_id).update(address="somebody@else.example")
    assert ["the address kept for person:" in str(each) for each in verify()] == [True]


def test_entries_from_before_with_the_address_itself_hold_and_read_as_before(leaver, head):
    chain = AuditEntry.objects.filter(organisation_id=head.organisation_id)
    last = chain.order_by("-sequence")[0]
    old = AuditEntry(
        **{
            name: getattr(last, name) for name in COVERED if name not in ("id", "previous_digest", "sequence")
        },
        sequence=last.sequence + 1,
        previous_digest=last.digest,
    )
    old.actor_email = "old@north.example"
    old.digest = digest_of(old)
    old.save(force_insert=True)
    ChainHead.objects.filter(organisation_id=head.organisation_id).update(
        count=old.sequence, digest=old.digest
    )
    assert list(verify()) == []
    assert actor_of(AuditEntry.objects.get(pk=old.pk)) == "old@north.example"


def test_the_log_is_found_by_a_persons_address_and_by_whom_it_is_about(leaver, head):
    page = reverse("audit:entries")
    reader = people.signed_in(head)
    assert "mate@north.example of" in reader.get(page, {"person": "MATE@north"}).content.decode()
    assert "mate@north.example of" not in reader.get(page, {"person": "person:"}).content.decode()
    assert "member deactivated" in reader.get(page, {"subject": "mate"}).content.decode().lower()
