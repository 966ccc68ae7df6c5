"""Members as the kernel knows them: by their attributes only."""

import itertools
import uuid
from dataclasses import dataclass, field

_user_ids = itertools.count(1000)


@dataclass(frozen=True)
class Organisation:
    kind: str = "fsp"
    id: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True)
class Member:
    organisation: Organisation = field(default_factory=Organisation)
    roles: tuple[str, ...] = ("procurement", "bids")
    user_id: int = field(default_factory=lambda: next(_user_ids))
    is_seen_by_admin: bool = False

    @property
    def organisation_id(self) -> uuid.UUID:
        return self.organisation.id

    @property
    def email(self) -> str:
        return f"user{self.user_id}@example.org"
