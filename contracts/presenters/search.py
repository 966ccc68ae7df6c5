"""What the search finds among contracts."""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse

from accounts.models import Member
from contracts.domain.queries import contracts_of
from marketplace.numbers import power_text
from marketplace.units import power_unit
from marketplace.web.search import MOST_OF_A_KIND, Found, Hit, found_of


def contracts(member: Member, text: str, now: datetime) -> Found:
    """By the competition's ref or the other party's name."""
    party = "seller__name__icontains" if member.is_so else "buyer__name__icontains"
    named = Q(competition__ref__icontains=text) | Q(**{party: text})
    found = contracts_of(member).filter(named)[: MOST_OF_A_KIND + 1]
    return found_of(
        "Contracts",
        [
            Hit(
                f"{one.competition.ref} with {one.seller if member.is_so else one.buyer}",
                f"{power_text(one.capacity_mw, power_unit(one.competition.power_type))} in "
                f"{one.period_name}/{one.window_name}",
                reverse("contracts:contract", args=[one.pk]),
            )
            for one in found
        ],
        reverse("contracts:list"),
    )
