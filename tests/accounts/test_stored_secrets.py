"""Secrets of second factors: encrypted, readable through a change of key, and written again on demand."""

import base64
import hashlib

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet
from django.core.management import call_command

from accounts.sign_in import stored_secrets
from tests.accounts import people

SECRET = "JBSWY3DPEHPK3PXP"


def as_before(secret_key):
    digest = hashlib.sha256(b"accounts.second_factor:" + secret_key.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest)).encrypt(SECRET.encode()).decode()


def test_a_secret_is_unreadable_differs_each_time_and_comes_back():
    first, second = stored_secrets.encrypt(SECRET), stored_secrets.encrypt(SECRET)
    assert first != second
    assert SECRET not in first
    assert stored_secrets.decrypt(first) == stored_secrets.decrypt(second) == SECRET


def test_a_secret_that_was_tampered_with_is_refused():
    sealed = stored_secrets.encrypt(SECRET)
    data = bytearray(base64.urlsafe_b64decode(sealed.removeprefix(stored_secrets.MARK)))
    data[-1] ^= 1
    with pytest.raises(InvalidTag):
        stored_secrets.decrypt(stored_secrets.MARK + base64.urlsafe_b64encode(bytes(data)).decode())


def test_a_secret_of_the_former_kind_is_still_read(settings):
    assert stored_secrets.decrypt(as_before(settings.SECRET_KEY)) == SECRET


def test_without_its_key_a_secret_is_lost(settings):
    sealed = stored_secrets.encrypt(SECRET)
    settings.SECRET_KEY = "another " * 10
    with pytest.raises(InvalidTag):
        stored_secrets.decrypt(sealed)


@pytest.mark.django_db
def test_after_writing_anew_the_former_key_may_go(settings, capsys):
    user, former = people.operator().user, settings.SECRET_KEY
    TOTP.activate(user, SECRET)
    codes = RecoveryCodes.activate(user).generate_codes()
    app = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    app.data["secret"] = as_before(former)
    app.save()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another " * 10, [former]
    call_command("renew_secrets")
    assert "2 second factors" in capsys.readouterr().out
    settings.SECRET_KEY_FALLBACKS = []
    app.refresh_from_db()
    assert app.data["secret"].startswith(stored_secrets.MARK)
    assert stored_secrets.decrypt(app.data["secret"]) == SECRET
    again = RecoveryCodes(Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES))
    assert again.generate_codes() == codes
