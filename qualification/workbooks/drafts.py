"""What the assets file is compared with, and a row of it that passed its own rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Organisation
from competitions.domain.places.postcodes import Place
from competitions.models import Competition
from marketplace.workbooks.declare import Problem, Row
from qualification.models import Asset, AssetGroup, AssetType, PlannedAsset


@dataclass
class Known:
    """What the file is compared with: the provider's own, the types, the competitions it names."""

    provider: Organisation
    assets: dict[str, Asset]
    planned: dict[str, PlannedAsset]
    types: dict[tuple[str, str], AssetType]
    groups: dict[str, AssetGroup] = field(default_factory=dict)
    competitions: dict[str, Competition] = field(default_factory=dict)
    postcodes: Mapping[str, Place] = field(default_factory=dict)
    knows_postcodes: bool = False


@dataclass(slots=True)
class Draft:
    """A row that passed its own rules: the record as it would be, the values by key before and after."""

    row: Row
    record: Any
    before: dict[str, Any] | None
    after: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        before = self.before or {}
        return {
            key: (before.get(key), value) for key, value in self.after.items() if before.get(key) != value
        }
