"""The cookie of the messages on top of a page, under a name that browsers take only from this very host."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class MessageCookie(CookieStorage):
    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class Messages(FallbackStorage):
    """Messages in a cookie, and what is too long for one in the session."""

    storage_classes = (MessageCookie, SessionStorage)
