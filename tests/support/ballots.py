"""Placing ballots."""

from bidding.domain.ballots.submitting import (
    submit_ballot,
)
from bidding.models import BallotAsset
from tests.bidding.market import BIDDING, at, bid


def place(market, by=None, label="1", refs=None, bids=None, at_=BIDDING):
    with at(at_) as now:
        return submit_ballot(
            by=by or market.north,
            competition=market.competition,
            label=label,
            asset_ids=None if refs is None else market.ids(*refs),
            bids=bids if bids is not None else [bid(market.windows[0])],
            now=now,
        )


def held(member) -> dict[str, set[str]]:
    rows = BallotAsset.objects.filter(ballot__provider=member.organisation, is_live=True)
    found: dict[str, set[str]] = {}
    for label, ref in rows.values_list("ballot__label", "asset__ref"):
        found.setdefault(label, set()).add(ref)
    return found
