"""Addresses of things' pages for lists, where each row has some: the pattern of an address is looked up once."""

from functools import lru_cache
from uuid import UUID

from django.urls import reverse

_ANY = UUID(int=0)


def address(page: str, key: UUID | str) -> str:
    """The address of a thing's page by the page's name, as :func:`django.urls.reverse` tells it.

    Raises ``NoReverseMatch`` for a page that there is not, and for a key that is none of it.
    """
    if isinstance(key, UUID):
        start, end = _around(page)
        return f"{start}{key}{end}"
    return _reversed(page, key)


@lru_cache(maxsize=256)
def _around(page: str) -> tuple[str, str]:
    start, _, end = reverse(page, args=[_ANY]).partition(str(_ANY))
    return start, end


@lru_cache(maxsize=4096)
def _reversed(page: str, key: str) -> str:
    return reverse(page, args=[key])
