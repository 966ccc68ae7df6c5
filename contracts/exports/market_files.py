"""The market data that follows a competition to its contracts: Open Contracting releases."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from django.conf import settings
from django.db.models import QuerySet

from bidding.domain.results.bidder_disclosure import published_bids_of
from bidding.exports import market_files as bids
from competitions.domain.queries import competitions_visible_to
from competitions.models import Competition
from contracts.domain.open_contracting import Release, Results, about_package, releases_of
from contracts.models import Contract
from marketplace.jobs.public_kinds import PublicKind

NAME = "open-contracting.json"


def processes(now: datetime) -> QuerySet[Competition]:
    """Published competitions in which somebody may bid; a visibility-only one buys nothing."""
    return competitions_visible_to(None, now).exclude(competition_type="")


def state(now: datetime) -> str:
    """Which competitions there are and in which phase; bids and names as in the historic bids; contracts with
    names."""
    competitions = [
        (each.pk, each.changed_at, each.phase(now), each.operator.name) for each in processes(now)
    ]
    contracts = Contract.objects.order_by("pk").values_list("pk", "status", "signed_at")
    facts = [
        settings.SITE_URL,
        settings.OCID_PREFIX,
        *sorted(map(str, competitions)),
        bids.state(now),
        *contracts,
    ]
    return "\n".join(map(str, facts))


def releases(now: datetime) -> Iterator[Release]:
    """All releases, competition by competition in the order of their refs; only one competition's bids are
    held."""
    for competition in (
        processes(now).order_by("ref").prefetch_related("windows__period").iterator(chunk_size=100)
    ):
        yield from releases_of(competition, _results(competition, now), now)


def _results(competition: Competition, now: datetime) -> Results | None:
    """What became of it; None before the confirmation and where it was cancelled."""
    if (
        competition.confirmed_at is None
        or competition.confirmed_at > now
        or competition.cancelled_at is not None
    ):
        return None
    contracts = (
        Contract.objects.filter(competition=competition)
        .select_related("competition")
        .order_by("bid", "bid_id")
    )
    return Results(published_bids_of(competition, now), list(contracts))


def write(target: BinaryIO, now: datetime) -> int | None:
    """The release package, a release at a time; None while there is no release, since a package has at least
    one."""
    count, newest = 0, ""
    for release in releases(now):
        target.write(b'{"releases":[\n' if not count else b",\n")
        target.write(json.dumps(release, ensure_ascii=False, separators=(",", ":")).encode())
        count, newest = count + 1, max(newest, release["date"])
    if not count:
        return None
    about = json.dumps(about_package(newest), ensure_ascii=False)
    target.write(f"\n],{about[1:]}".encode())
    return count


def public_kind() -> PublicKind:
    """The file, with how it is made."""
    about = "Each competition with its bids, awards and contracts: a release package of the Open Contracting Data Standard 1.1."
    return PublicKind(NAME, "Open Contracting", about, write, state, "Open Contracting")
