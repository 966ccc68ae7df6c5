"""What the search finds among organisations: the operators, whose pages are public."""

from datetime import datetime

from django.urls import reverse

from accounts.domain.queries import operators_named
from accounts.models import Member
from marketplace.web.search import MOST_OF_A_KIND, Found, Hit, found_of


def operators(member: Member, text: str, now: datetime) -> Found:
    """By name or code."""
    return found_of(
        "Operators",
        [
            Hit(one.name, one.code, reverse("accounts:operator_profile", args=[one.code]))
            for one in operators_named(text)[: MOST_OF_A_KIND + 1]
        ],
        reverse("accounts:operators"),
    )
