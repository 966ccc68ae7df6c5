"""What pages show again for some seconds, forgotten: as if they had passed."""

from django.core.cache import caches


def forget_what_is_kept() -> None:
    caches["process"].clear()
