"""Codes of authenticator apps (RFC 6238): each step's code is taken once, wherever it is typed.

Setting up, signing in and confirming one's identity share the note of the last step that was taken: neither
that code nor an earlier one is taken again, also while the tolerance for slow clocks would let it pass.
"""

import base64
import hmac
import secrets
import struct

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

PERIOD = 30
"""Seconds that an app shows a code."""

DIGITS = 6
LAST_STEP = "last_step"


def code_at(secret: str, step: int) -> str:
    """The code of six digits that an app with this base32 secret shows in the step (section 5.3 of RFC
    4226)."""
    digest = hmac.digest(base64.b32decode(secret, casefold=True), struct.pack(">Q", step), "sha1")
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, seconds: float) -> int | None:
    """Which step's code it is at that time (seconds since 1970), within the tolerance; None for a wrong
    code."""
    typed = "".join(filter(str.isalnum, code)).encode()
    present, tolerance = int(seconds) // PERIOD, settings.MFA_TOTP_TOLERANCE
    for step in range(present + tolerance, present - tolerance - 1, -1):
        if secrets.compare_digest(typed, code_at(secret, step).encode()):
            return step
    return None


def was_taken(app: Authenticator, code: str, seconds: float) -> bool:
    """Whether it is a code of the app that was taken before, or one from before that one."""
    step = step_of(_secret_of(app), code, seconds)
    return step is not None and step <= app.data.get(LAST_STEP, -1)


@transaction.atomic
def take(app: Authenticator, code: str, seconds: float) -> bool:
    """Note that the code was used; False when it is wrong or was used before, also by somebody at the same
    moment."""
    locked = Authenticator.objects.select_for_update().get(pk=app.pk)
    step = step_of(_secret_of(locked), code, seconds)
    if step is None or step <= locked.data.get(LAST_STEP, -1):
        return False
    locked.data[LAST_STEP] = step
    locked.save(update_fields=["data"])
    app.data = locked.data
    return True


def _secret_of(app: Authenticator) -> str:
    return str(get_adapter().decrypt(app.data["secret"]))
