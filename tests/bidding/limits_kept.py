"""What must hold of all ballots in a competition, read from the database and judged without the code that
keeps it."""

from collections import Counter, defaultdict
from decimal import Decimal

from bidding.models import Ballot, BallotAsset, Bid, Receipt
from tests.bidding.market import Market


def broken(here: Market) -> list[str]:
    """The rules that the stored ballots break."""
    mw = {asset.pk: asset.generation_turn_up_mw for asset in here.assets.values()}
    owner = {asset.pk: asset.provider_id for asset in here.assets.values()}
    windows = {window.pk: window for window in here.windows}
    live = {
        ballot.pk: ballot for ballot in Ballot.objects.filter(competition=here.competition, state="submitted")
    }
    held = defaultdict(list)
    for ballot_id, asset_id in BallotAsset.objects.filter(ballot__in=live).values_list("ballot", "asset"):
        held[ballot_id].append(asset_id)
    found = [
        f"{count} live ballots hold {asset}"
        for asset, count in Counter(asset for assets in held.values() for asset in assets).items()
        if count > 1
    ]
    for key, assets in held.items():
        found += [f"{asset} is another's" for asset in assets if owner[asset] != live[key].provider_id]
    offered: dict[tuple, Decimal] = defaultdict(Decimal)
    for bid in Bid.objects.filter(ballot__in=live):
        offered[bid.ballot_id, bid.window_id] += bid.capacity_mw
        if bid.capacity_mw <= 0 or bid.capacity_mw < windows[bid.window_id].minimum_aggregate_mw:
            found.append(f"{bid.capacity_mw} MW is too little")
    for (ballot, window), total in offered.items():
        if total > min(sum(mw[asset] for asset in held[ballot]), windows[window].capacity_required_mw):
            found.append(f"{total} MW is too much")
    opening, close = here.competition.bidding_open, here.competition.bidding_close
    times = [
        *Bid.objects.values_list("submitted_at", flat=True),
        *Ballot.objects.values_list("changed_at", flat=True),
        *Receipt.objects.values_list("recorded_at", flat=True),
    ]
    return found + [f"recorded at {time}" for time in times if not opening <= time < close]


def all_rows() -> dict[str, list]:
    """Every row of ballots, their assets and bids, and the receipts, to see whether anything changed."""
    tables = (Ballot, BallotAsset, Bid, Receipt)
    return {table.__name__: list(table.objects.order_by("pk").values_list()) for table in tables}
