"""Who uses the pages, as far as the kernel knows: the app of organisations and people has the models behind
it."""

import uuid
from collections.abc import Sequence
from typing import Any, Protocol
from zoneinfo import ZoneInfo


class Organisation(Protocol):
    """An organisation: on which side of the market it stands, and in which time zone it reads times."""

    @property
    def pk(self) -> Any: ...
    @property
    def kind(self) -> str: ...
    @property
    def zone(self) -> ZoneInfo: ...


class Member(Protocol):
    """A person's place in an organisation, with the roles held there."""

    @property
    def user(self) -> Any: ...
    @property
    def user_id(self) -> int: ...
    @property
    def email(self) -> str: ...
    @property
    def organisation(self) -> Organisation: ...
    @property
    def organisation_id(self) -> uuid.UUID: ...
    @property
    def roles(self) -> Sequence[str]: ...
    @property
    def is_so(self) -> bool: ...
    @property
    def is_seen_by_admin(self) -> bool:
        """Whether an admin looks through this member's eyes: what is sealed stays sealed then."""
        ...

    def holds(self, role: str) -> bool:
        """Whether the member is active and has the role."""
        ...
