"""What the maps' base covers: maps are fitted within it, and what lies elsewhere is named beside them."""

from marketplace.geo.plausible import BOUNDS_OF_COUNTRIES

MAP_BOUNDS = BOUNDS_OF_COUNTRIES["GB"]
"""West, south, east and north in degrees."""
