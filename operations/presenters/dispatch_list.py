"""The rows of the list of dispatches."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from accounts.models import Member
from competitions.domain.payment import rounded
from marketplace.web.lists import Chip
from operations.domain.dispatch_words import Words, standing_of, words_of
from operations.filters.dispatches import WHEN, narrowed
from operations.models import Dispatch


@dataclass(frozen=True)
class DispatchRow:
    """A dispatch in the list; a test of channels asks for no energy."""

    dispatch: Dispatch
    party: str
    words: Words
    energy: Decimal | None

    @property
    def pk(self) -> object:
        return self.dispatch.pk


def rows_of(member: Member, dispatches: Iterable[Dispatch], now: datetime) -> list[DispatchRow]:
    """The rows of these dispatches as they stand now."""
    rows = []
    for each in dispatches:
        standing = standing_of(each, now)
        other = each.contract.seller if member.is_so else each.contract.buyer
        words = words_of(standing, member.organisation.zone)
        energy = None if each.is_own_test else rounded(standing.energy, 3)
        rows.append(DispatchRow(each, str(other), words, energy))
    return rows


def chips_of(dispatches: QuerySet[Dispatch], now: datetime) -> list[Chip]:
    """The exclusive views of the list, each with how many it holds."""
    own = dispatches.order_by().prefetch_related(None)
    told = [Chip("", "All", own.count())]
    return told + [Chip(value, label, narrowed(own, value, now).count()) for value, label in WHEN]
