"""What the assets file is compared with, and a row of it that passed its own rules."""

from collections.abc import Iterator, Mapping
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


@dataclass(frozen=True, slots=True)
class Difference(Mapping[str, tuple[Any, Any]]):
    """What differs between two states by key, as (before, after): worked out when it is looked at, since a file has
    twenty thousand of them."""

    before: Mapping[str, Any]
    after: Mapping[str, Any]

    def __getitem__(self, key: str) -> tuple[Any, Any]:
        pair = self.before.get(key), self.after[key]
        if pair[0] == pair[1]:
            raise KeyError(key)
        return pair

    def __iter__(self) -> Iterator[str]:
        return (key for key, value in self.after.items() if self.before.get(key) != value)

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(slots=True)
class Draft:
    """A row that passed its own rules: the record as it would be, the values by key before and after."""

    row: Row
    record: Any
    before: dict[str, Any] | None
    after: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)

    @property
    def changes(self) -> Difference:
        return Difference(self.before or {}, self.after)
