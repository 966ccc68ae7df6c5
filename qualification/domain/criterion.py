"""What a criterion of technical qualification is. Each is one module in
:mod:`qualification.domain.criteria`."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar, cast

from django.db.models import Aggregate

from qualification.domain.facts.asset_facts import UNKNOWN, Fact, Facts, Flags, Record, microseconds
from qualification.domain.facts.wording import duration_in_words

Limit = TypeVar("Limit")
Asked = dict[str, Any]
"""The values of one competition, by field: those that the criteria read, its ``id``, and what they load
further."""

AssetRequirements = Mapping[str, Any]
"""What one competition asks of an asset: by the code of each criterion that binds, its limit."""


class Criterion(ABC, Generic[Limit]):
    """One condition that an asset meets or fails.

    ``code`` appears in files and is stored; ``label`` is what people read; ``position`` orders the criteria
    wherever they are listed. ``facts`` is what must be known of the asset, ``reads`` which fields of the
    competition say what it asks, ``derives`` what is worked out from its other tables, by the name that
    :meth:`limit` finds it under. ``quick_way`` tells providers what to do about assets that fail it alone,
    with {} for how many; blank where nothing quick can be done.
    """

    code: ClassVar[str]
    label: ClassVar[str]
    position: ClassVar[int]
    quick_way: ClassVar[str] = ""
    facts: ClassVar[tuple[Fact, ...]] = ()
    reads: ClassVar[tuple[str, ...]] = ()
    derives: ClassVar[Mapping[str, Aggregate]] = {}

    def load_further(self, competitions: Mapping[uuid.UUID, Asked], now: datetime) -> None:
        """Add to the values of each competition what :meth:`limit` needs beyond them, in a query for all of
        them."""

    @abstractmethod
    def limit(self, asked: Asked) -> Limit | None:
        """What the competition asks; None where the criterion does not bind, so that every asset passes."""

    @abstractmethod
    def reason(self, limit: Limit, asset: Record) -> str:
        """Why the asset fails, in words with the numbers."""

    @abstractmethod
    def remedy(self, limit: Limit) -> str:
        """What would make an asset pass, in words."""


class DataCriterion(Criterion[Limit]):
    """A criterion that is decided by the asset's data: all but its place.

    ``judges_planned``: it counts for planned assets too.
    """

    judges_planned: ClassVar[bool] = False

    @abstractmethod
    def fails(self, limit: Limit, facts: Facts) -> Flags:
        """Which of the assets fail."""

    def planned_reason(self, limit: Limit, asset: Record) -> str:
        """Why a planned asset fails, where that is said in other words."""
        return self.reason(limit, asset)

    def planned_remedy(self, limit: Limit) -> str:
        """What would make a planned asset pass, where that is said in other words."""
        return self.remedy(limit)


class AtMost(DataCriterion[int]):
    """The one duration in ``facts``, called ``words``, is known and at most the one in ``reads``."""

    words: ClassVar[str]

    def limit(self, asked: Asked) -> int | None:
        return microseconds(asked[self.reads[0]])

    def fails(self, limit: int, facts: Facts) -> Flags:
        own = facts[self.facts[0].name]
        return cast(Flags, (own == UNKNOWN) | (own > limit))

    def reason(self, limit: int, asset: Record) -> str:
        own, most = asset[self.facts[0].name], duration_in_words(limit)
        if own == UNKNOWN:
            return f"Its {self.words} is not given; at most {most} is allowed."
        return f"Its {self.words} of {duration_in_words(own)} is above the maximum of {most}."

    def remedy(self, limit: int) -> str:
        return f"A {self.words} of at most {duration_in_words(limit)}."
