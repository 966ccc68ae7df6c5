"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from marketplace.geo.map_bounds import MAP_BOUNDS
from marketplace.web.zones import zone_of


def site(request: HttpRequest) -> dict[str, Any]:
    """The support address, the installation's own map tiles if any, and in whose time the page is written."""
    return {
        "support_email": settings.SUPPORT_EMAIL,
        "map_tile_url": settings.MAP_TILE_URL,
        "map_country": ",".join(map(str, MAP_BOUNDS)),
        "is_demo": settings.DEMO,
        "my_zone": zone_of(request),
    }
