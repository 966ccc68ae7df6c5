"""Where towns lie, from the base layer of the maps."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path

BASE = Path(__file__).resolve().parents[3] / "static" / "geo" / "base.json"


@cache
def _towns() -> dict[str, tuple[Decimal, Decimal]]:
    """Latitude and longitude by name in small letters; of two towns of a name the larger one."""
    listed = sorted(json.loads(BASE.read_text())["towns"], key=lambda town: town[3])
    return {name.lower(): (Decimal(str(north)), Decimal(str(east))) for name, east, north, _ in listed}


def place_of_town(text: str) -> tuple[Decimal, Decimal] | None:
    """Latitude and longitude of the town of this name; None for a name that the maps don't show."""
    return _towns().get(" ".join(text.lower().split()))
