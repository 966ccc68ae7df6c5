"""How the secrets of second factors are stored: encrypted under a key derived from ``SECRET_KEY``.

New ones by AES-256-GCM; those from before, by Fernet, can still be read until :func:`renew` has written them
again.
"""

import base64
import hashlib
import secrets

from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction

MARK = "gcm:"
PURPOSE = b"accounts.second_factor:"
NONCE_BYTES = 12
NAMES = ("secret", "seed")


def encrypt(text: str) -> str:
    """The text under the present key, with a nonce of its own."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_key(settings.SECRET_KEY)).encrypt(nonce, text.encode(), PURPOSE)
    return MARK + base64.urlsafe_b64encode(nonce + sealed).decode()


def decrypt(text: str) -> str:
    """What was encrypted under the present key or a fallback. Raises ``InvalidTag`` or ``InvalidToken`` for
    others."""
    if not text.startswith(MARK):
        return _former_box().decrypt(text.encode()).decode()
    data = base64.urlsafe_b64decode(text.removeprefix(MARK))
    for key in _keys():
        try:
            return AESGCM(_key(key)).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], PURPOSE).decode()
        except InvalidTag:
            continue
    raise InvalidTag


@transaction.atomic
def renew() -> int:
    """Write every stored secret under the present key, so that the fallbacks may go; returns how many there
    were."""
    renewed = 0
    for factor in Authenticator.objects.select_for_update().order_by("pk"):
        held = {name: factor.data[name] for name in NAMES if name in factor.data}
        if held:
            factor.data |= {name: encrypt(decrypt(text)) for name, text in held.items()}
            factor.save(update_fields=["data"])
            renewed += 1
    return renewed


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _key(secret: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE).derive(secret.encode())


def _former_box() -> MultiFernet:
    digests = [hashlib.sha256(PURPOSE + key.encode()).digest() for key in _keys()]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
