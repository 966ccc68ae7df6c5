"""How passwords are kept: by Argon2id, old ones kept anew at sign-in, and no refusal tells which is which."""

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, make_password
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.sign_in.passwords import Argon2id
from marketplace import settings as product
from tests.accounts import people
from tests.accounts.people import PASSWORD

pytestmark = pytest.mark.django_db
OLD, NEW = "pbkdf2_sha256", "argon2"


@pytest.fixture(autouse=True)
def hashers(settings, monkeypatch):
    """The product's own, the old one with few rounds."""
    settings.CACHES = people.own_cache()
    settings.PASSWORD_HASHERS = product.PASSWORD_HASHERS
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 10)


@pytest.fixture
def hashed(monkeypatch):
    """By what was hashed, in turn."""
    found = []
    for hasher in (Argon2id, PBKDF2PasswordHasher):
        encode = hasher.encode

        def noted(self, *values, encode=encode, **named):
            found.append(self.algorithm)
            return encode(self, *values, **named)

        monkeypatch.setattr(hasher, "encode", noted)
    verify = Argon2id.verify
    monkeypatch.setattr(Argon2id, "verify", lambda self, *of: found.append(NEW) or verify(self, *of))
    return found


def kept_by(member, hasher):
    User.objects.filter(pk=member.user.pk).update(password=make_password(PASSWORD, hasher=hasher))


def tries(email, password):
    client = Client()
    client.post(reverse("account_login"), {"login": email, "password": password})
    return "_auth_user_id" in client.session


def kept(member):
    return User.objects.get(pk=member.user.pk).password


def test_a_password_is_kept_by_argon2id_with_at_least_what_owasp_asks_for():
    words = make_password(PASSWORD)
    assert words.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_old_one_still_signs_in_and_is_kept_anew():
    head = people.operator()
    kept_by(head, OLD)
    assert tries(head.email, PASSWORD)
    assert kept(head).startswith("argon2$argon2id$")
    assert tries(head.email, PASSWORD)


def test_while_old_ones_are_left_every_refusal_does_the_work_of_both(hashed):
    old, new = people.operator(), people.provider()
    kept_by(old, OLD)
    kept_by(new, NEW)
    words = [kept(old), kept(new)]
    work = {}
    for email in [old.email, new.email, "nobody@elsewhere.example"]:
        hashed.clear()
        assert not tries(email, "not the password")
        work[email] = sorted(hashed)
    assert set(map(tuple, work.values())) == {(NEW, OLD)}
    assert [kept(old), kept(new)] == words


def test_once_none_is_left_a_refusal_does_the_new_work_only(hashed):
    head = people.operator()
    kept_by(head, NEW)
    for email in [head.email, "nobody@elsewhere.example"]:
        hashed.clear()
        assert not tries(email, "not the password")
        assert hashed == [NEW]
