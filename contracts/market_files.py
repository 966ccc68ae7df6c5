"""The market data that follows a competition to its contracts: Open Contracting releases."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from bidding import market_files as bids
from bidding.domain.naming import PublishedBid, published_bids
from competitions.domain.queries import competitions_visible_to
from competitions.models import Competition
from contracts.domain.open_contracting import Release, Results, package_of, releases_of
from contracts.models import Contract
from marketplace import jobs

NAME = "open-contracting.json"


def processes(now: datetime) -> QuerySet[Competition]:
    """Published competitions in which somebody may bid; a visibility-only one buys nothing."""
    return competitions_visible_to(None, now).exclude(competition_type="")


def state(now: datetime) -> str:
    """Which competitions there are and in which phase; bids and names as in the historic bids; contracts with names."""
    competitions = [(each.pk, each.changed_at, each.phase(now), each.operator.name) for each in processes(now)]
    contracts = Contract.objects.order_by("pk").values_list("pk", "status", "signed_at")
    facts = [settings.SITE_URL, settings.OCID_PREFIX, *sorted(map(str, competitions)), bids.state(now), *contracts]
    return "\n".join(map(str, facts))


def releases(now: datetime) -> Iterator[Release]:
    """All releases, competition by competition in the order of their refs."""
    told: dict[UUID, list[PublishedBid]] = {}
    for each in published_bids(now):
        told.setdefault(each.bid.ballot.competition_id, []).append(each)
    contracts: dict[UUID, list[Contract]] = {}
    for contract in Contract.objects.select_related("competition").order_by("competition", "bid"):
        contracts.setdefault(contract.competition_id, []).append(contract)
    for competition in processes(now).order_by("ref").prefetch_related("windows__period"):
        is_told = competition.confirmed_at is not None and competition.confirmed_at <= now
        is_told = is_told and competition.cancelled_at is None
        results = Results(told.get(competition.pk, []), contracts.get(competition.pk, [])) if is_told else None
        yield from releases_of(competition, results, now)


def write(target: BinaryIO, now: datetime) -> int | None:
    """The release package; None while there is no release, since a package has at least one."""
    found = list(releases(now))
    if not found:
        return None
    target.write(json.dumps(package_of(found), ensure_ascii=False, indent=1).encode())
    return len(found)


def register() -> None:
    """Have it made; called once at start."""
    about = "Each competition with its bids, awards and contracts: a release package of the Open Contracting Data Standard 1.1."
    jobs.register_public(jobs.PublicKind(NAME, "Open Contracting", about, write, state, "Open Contracting"))
