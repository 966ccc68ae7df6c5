"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, Any]:
    """The support address and the operator's own map tiles, if any."""
    return {"support_email": settings.SUPPORT_EMAIL, "map_tile_url": settings.MAP_TILE_URL, "is_demo": settings.DEMO}
