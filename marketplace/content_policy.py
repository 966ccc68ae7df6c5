"""What browsers may load on the site's pages: its own files, and tiles of the map."""

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF


def policy(*, tiles: str) -> dict[str, Any]:
    """The site's Content Security Policy. ``tiles`` is the address that map tiles come from, with ``{s}`` for
    one of several hosts; empty where the map has none."""
    at = urlsplit(tiles)
    images = [f"{at.scheme}://{at.netloc.replace('{s}', '*')}"] if tiles else []
    return {
        "DIRECTIVES": {
            "default-src": [NONE],
            "script-src": [SELF],
            "style-src": [SELF],
            "img-src": [SELF, "data:", *images],
            "font-src": [SELF],
            "connect-src": [SELF],
            "form-action": [SELF],
            "object-src": [NONE],
            "base-uri": [NONE],
            "frame-ancestors": [NONE],
        }
    }
