"""Several ballots looked at together: which assets each one gets, and which of them may be placed. Pure.

Ballots placed together may swap assets: what counts is where every asset would end up.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bidding.domain.limits import (
    BidTerms,
    Breach,
    OfferedAsset,
    OfferElsewhere,
    Pricing,
    WindowTerms,
    breaches,
    listed,
    warnings,
    warnings_elsewhere,
)

Keys = frozenset[uuid.UUID]
"""Ids of assets and planned assets, which share no id."""


@dataclass(frozen=True)
class BallotOffer:
    """A ballot as its FSP words it; without ``assets`` it takes all qualified ones that are in no other ballot."""

    label: str
    assets: Keys | None
    bids: tuple[BidTerms, ...]


@dataclass(frozen=True)
class PresentBid:
    """A bid as it stands."""

    id: uuid.UUID
    terms: BidTerms


@dataclass(frozen=True)
class PresentBallot:
    """A ballot as it stands. A withdrawn one holds no assets."""

    id: uuid.UUID
    label: str
    is_live: bool
    assets: Keys
    bids: tuple[PresentBid, ...]


@dataclass(frozen=True)
class Standing:
    """What an FSP may bid with in a competition, under which terms, and the ballots it holds, by label."""

    ref: str
    windows: Mapping[uuid.UUID, WindowTerms]
    pricing: Pricing
    assets: Mapping[uuid.UUID, OfferedAsset]
    ballots: Mapping[str, PresentBallot]
    elsewhere: tuple[OfferElsewhere, ...] = ()

    @property
    def qualified_mw(self) -> Decimal:
        return sum((asset.capacity_mw for asset in self.assets.values()), Decimal(0))


@dataclass(frozen=True)
class Assessment:
    """What would become of an offer: the assets it gets, the limits it breaks, the warnings it earns."""

    offer: BallotOffer
    assets: Keys
    breaches: tuple[Breach, ...] = ()
    warnings: tuple[Breach, ...] = ()

    @property
    def is_good(self) -> bool:
        return not self.breaches


@dataclass
class _Round:
    """One look at the offers that are still good; the others leave their ballots as they stand.

    ``holders`` are the ballots that name or were given an asset. ``kept`` are the assets that ballots which take all
    free ones have already: another that takes all free ones leaves them alone, one that names them gets them.
    """

    standing: Standing
    offers: list[BallotOffer]
    holders: dict[uuid.UUID, list[str]] = field(default_factory=dict)
    kept: dict[uuid.UUID, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        offered = {offer.label for offer in self.offers}
        for ballot in self.standing.ballots.values():
            if ballot.is_live and ballot.label not in offered:
                self._hold(ballot.label, ballot.assets)
        for offer in self.offers:
            self._hold(offer.label, offer.assets or frozenset())
            standing = self.standing.ballots.get(offer.label)
            if offer.assets is None and standing is not None and standing.is_live:
                self.kept |= dict.fromkeys(standing.assets, offer.label)

    def _hold(self, label: str, assets: Keys) -> None:
        for asset in assets:
            self.holders.setdefault(asset, []).append(label)

    def assess(self, offer: BallotOffer) -> Assessment:
        if offer.assets is None:
            kept_by_others = {asset for asset, label in self.kept.items() if label != offer.label}
            assets = frozenset(self.standing.assets) - frozenset(self.holders) - kept_by_others
            self._hold(offer.label, assets)
            found: list[Breach] = []
        else:
            assets = offer.assets
            found = self._about_assets(offer, assets)
        known = [self.standing.assets[key] for key in sorted(assets) if key in self.standing.assets]
        known.sort(key=lambda asset: asset.ref)
        found += breaches(offer.bids, windows=self.standing.windows, pricing=self.standing.pricing, assets=known)
        found += _twice(self.offers, offer)
        if found:
            return Assessment(offer, assets, tuple(found))
        return Assessment(offer, assets, (), tuple(self._warnings(offer, assets, known)))

    def _warnings(self, offer: BallotOffer, assets: Keys, known: Sequence[OfferedAsset]) -> list[Breach]:
        windows = self.standing.windows
        own = {key: self.standing.assets[key] for key in assets}
        return [
            *warnings(offer.bids, windows=windows, assets=known),
            *warnings_elsewhere(offer.bids, windows=windows, assets=own, elsewhere=self.standing.elsewhere),
        ]

    def _about_assets(self, offer: BallotOffer, assets: Keys) -> list[Breach]:
        found = []
        if any(asset not in self.standing.assets for asset in assets):
            found.append(
                Breach(None, "assets", f"An asset is not one of your qualified assets in {self.standing.ref}.")
            )
        elsewhere: dict[str, list[str]] = {}
        for asset in assets & frozenset(self.standing.assets):
            for label in self.holders[asset]:
                if label != offer.label:
                    elsewhere.setdefault(label, []).append(self.standing.assets[asset].ref)
        for label, refs in sorted(elsewhere.items()):
            sentence = f"An asset can be in one ballot only; in ballot {label} too: {listed(sorted(refs))}."
            found.append(Breach(None, "assets", sentence))
        return found


def _twice(offers: Sequence[BallotOffer], offer: BallotOffer) -> list[Breach]:
    if sum(other.label == offer.label for other in offers) > 1:
        return [Breach(None, "label", f"Ballot {offer.label} is given twice.")]
    return []


def assess(standing: Standing, offers: Sequence[BallotOffer]) -> list[Assessment]:
    """What would become of each offer if all good ones were placed at once.

    An offer that can't be placed leaves the ballot of its label as it is, assets included, which may refuse another.
    """
    refused: dict[str, Assessment] = {}
    while True:
        left = [offer for offer in offers if offer.label not in refused]
        look = _Round(standing, left)
        assessed = {offer.label: look.assess(offer) for offer in left}
        bad = {label: each for label, each in assessed.items() if not each.is_good}
        if not bad:
            return [(refused | assessed)[offer.label] for offer in offers]
        refused |= bad


def is_unchanged(standing: Standing, assessment: Assessment) -> bool:
    """Whether the ballot of this label already stands with these assets and bids."""
    present = standing.ballots.get(assessment.offer.label)
    if present is None or not present.is_live or present.assets != assessment.assets:
        return False
    return numbered([bid.terms for bid in present.bids]) == numbered(assessment.offer.bids)


def numbered(bids: Sequence[BidTerms]) -> dict[tuple[uuid.UUID, int], BidTerms]:
    """The bids by window and by which of the window's bids they are, counted from 1."""
    found: dict[tuple[uuid.UUID, int], BidTerms] = {}
    counts: dict[uuid.UUID, int] = {}
    for bid in bids:
        counts[bid.window_id] = counts.get(bid.window_id, 0) + 1
        found[bid.window_id, counts[bid.window_id]] = bid
    return found
