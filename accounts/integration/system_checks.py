"""What a start of the site is warned of."""

from typing import Any

from django.conf import settings
from django.core import checks


def check_whose_address_counts(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    """Warn when a proxy stands before the site and everybody would share its address, and the limits on
    tries."""
    if settings.SECURE_PROXY_SSL_HEADER is None or settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return []
    said = "BEHIND_PROXY is 1 and TRUSTED_PROXIES is 0: everybody shares the proxy's address, and its limits on tries."
    return [checks.Warning(said, hint="See docs/operations.md.", id="accounts.W001")]


checks.register(check_whose_address_counts)
