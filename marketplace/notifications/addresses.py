"""Addresses that leave the site: always from the configured site address, never from a request's host."""

from typing import Any
from urllib.parse import urljoin, urlsplit

from django.conf import settings
from django.core import signing
from django.urls import reverse

from marketplace.errors import Refused

SALT = "notifications.unsubscribe"


def absolute(path: str) -> str:
    """The full address of a path on this site."""
    return urljoin(settings.SITE_URL + "/", path.lstrip("/"))


def site_host() -> str:
    """The name of this site, as it stands in the ids of its mails."""
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def unsubscribe_address(user_id: Any, kind_code: str) -> str:
    """The address that stops the mails of this kind to this person, without signing in."""
    return absolute(reverse("notifications:unsubscribe", args=[unsubscribe_token(user_id, kind_code)]))


def unsubscribe_token(user_id: Any, kind_code: str) -> str:
    """The signed part of that address; it doesn't expire, as a mail may be read late."""
    return signing.dumps([user_id, kind_code], salt=SALT)


def who_unsubscribes(token: str) -> tuple[int, str]:
    """User id and kind behind such an address. Raises ``Refused`` for one that is forged or cut."""
    try:
        user_id, kind_code = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise Refused("This link is not complete. Copy the whole link from the email.") from None
    return int(user_id), str(kind_code)
