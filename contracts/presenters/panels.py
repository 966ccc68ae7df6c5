"""What contracts put on the start page."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.enums import Role
from contracts.domain.queries import contracts_of
from marketplace.web.dashboard import Panel


def contracts_panel(member: Any, now: datetime) -> Panel | None:
    """How many contracts the organisation has."""
    if member is None or not member.holds(Role.CONTRACTS):
        return None
    return Panel("Contracts", reverse("contracts:list"), [], f"{contracts_of(member).count()}")
