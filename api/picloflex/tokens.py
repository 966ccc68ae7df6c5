"""A token in the form that clients look into: three parts, the middle one plain JSON that says when it ends.

The token that counts is the one that it holds; nothing is believed because of the form.
"""

import base64
import json
from datetime import datetime

from django.utils.crypto import salted_hmac

SALT = "api.picloflex.tokens"
PARTS = 3
GROUP = 3
LONGEST = 1000


def wrapped(token: str, client_id: str, ends_at: datetime, now: datetime) -> str:
    """The token as a signed JWT (RFC 7519) with the instants at which it began and ends."""
    told = {"iat": int(now.timestamp()), "exp": int(ends_at.timestamp()), "sub": client_id, "token": token}
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(told)}"
    signature = salted_hmac(SALT, signed, algorithm="sha256").digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def unwrapped(text: str) -> str:
    """The token that a JWT of ours holds; any other text as it is."""
    parts = text.split(".")
    if len(parts) != PARTS or len(text) > LONGEST:
        return text
    try:
        told = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return text
    token = told.get("token") if isinstance(told, dict) else None
    return token if isinstance(token, str) else text


def _part(told: dict[str, object]) -> str:
    """JSON as base64; blanks at its end make it a whole number of groups, so that it reads without padding too."""
    text = json.dumps(told, separators=(",", ":"))
    text += " " * (-len(text) % GROUP)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()
