"""Several ballots looked at together: which assets each one gets, and which of them may be placed. Pure.

Ballots placed together may swap assets: what counts is where every asset would end up.
"""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property

from bidding.domain.ballots.limits import (
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
from marketplace.keys import key_form, tidy_key

Keys = frozenset[uuid.UUID]
"""Ids of assets and planned assets, which share no id."""


NONE: Keys = frozenset()
ASSETS_CHANGED = (
    "The assets that this ballot would take are no longer those that were shown: another ballot or a group was changed "
    "meanwhile. Check the ballot again."
)
BALLOT_CHANGED = (
    "The ballot of this label was placed, changed or withdrawn since your page was made, in another tab or by a "
    "colleague. Look at it, and check yours again."
)


@dataclass(frozen=True)
class BallotOffer:
    """A ballot as its FSP words it: its bids, and the assets that it is to hold.

    ``assets`` are those named one by one; None takes all qualified ones that are in no other ballot.
    ``keeps`` adds those that the ballot of this label holds now; alone, for a ballot that doesn't stand, it
    means all. ``grouped`` are assets named by their group, of which those count that no other ballot holds or
    names. ``without`` are left out. ``seen_assets`` is the digest of the assets that a page showed,
    ``seen_version`` the version of the ballot of this label that it showed (0: there was none; None: no page
    showed it); others by now break the ballot.
    """

    label: str
    assets: Keys | None
    bids: tuple[BidTerms, ...]
    keeps: bool = False
    grouped: Keys = NONE
    without: Keys = NONE
    seen_assets: str = ""
    seen_version: int | None = None

    @property
    def only_keeps(self) -> bool:
        """Whether nothing is said of the assets but that they stay."""
        return (
            self.keeps
            and not self.assets
            and self.assets is not None
            and not self.grouped
            and not self.without
        )


@dataclass(frozen=True)
class OfferedGroup:
    """A group of the FSP's, with those of its assets that are eligible in the competition."""

    ref: str
    name: str
    assets: Keys


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
    version: int = 1


@dataclass(frozen=True)
class BiddingContext:
    """What an FSP may bid with in a competition, under which terms, and the ballots it holds, by label."""

    ref: str
    windows: Mapping[uuid.UUID, WindowTerms]
    pricing: Pricing
    assets: Mapping[uuid.UUID, OfferedAsset]
    ballots: Mapping[str, PresentBallot]

    @cached_property
    def keys(self) -> Keys:
        """The ids of all its assets."""
        return frozenset(self.assets)

    def among(self, keys: Keys) -> list[OfferedAsset]:
        """Those of its assets that have one of these ids."""
        if keys >= self.keys:
            return list(self.assets.values())
        return [self.assets[key] for key in keys & self.keys]

    def mw_of(self, keys: Keys) -> Decimal:
        """MW of those of its assets that have one of these ids."""
        if keys >= self.keys:
            return self.qualified_mw
        return sum((asset.capacity_mw for asset in self.among(keys)), Decimal(0))

    @cached_property
    def qualified_mw(self) -> Decimal:
        return sum((asset.capacity_mw for asset in self.assets.values()), Decimal(0))

    def version_of(self, label: str) -> int:
        """Which version of the ballot of this label there is; 0 where there is none."""
        return self.ballots[label].version if label in self.ballots else 0

    def label_of(self, label: str) -> str:
        """The label as the ballot that stands under it spells it; of a new ballot as it is given, tidied."""
        form = key_form(label)
        return next((known for known in self.ballots if key_form(known) == form), tidy_key(label))


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

    ``holders`` are the ballots that name, keep or were given an asset, ``grouped`` what a ballot gets of its
    groups. ``kept`` are the assets that ballots which take all free ones have already: another that takes all
    free ones leaves them alone, one that names them gets them.
    """

    bidding: BiddingContext
    offers: list[BallotOffer]
    holders: dict[uuid.UUID, list[str]] = field(default_factory=dict)
    kept: dict[uuid.UUID, str] = field(default_factory=dict)
    grouped: dict[str, Keys] = field(default_factory=dict)

    def __post_init__(self) -> None:
        offered = {offer.label for offer in self.offers}
        for ballot in self.bidding.ballots.values():
            if ballot.is_live and ballot.label not in offered:
                self._hold(ballot.label, ballot.assets)
        for offer in self.offers:
            held = self._held_by(offer.label)
            if self._takes_all(offer):
                self.kept |= dict.fromkeys(held - offer.without, offer.label)
            named = (offer.assets or NONE) | (held if offer.keeps else NONE)
            self._hold(offer.label, named - offer.without)
        named_one_by_one = set(self.holders)
        for offer in self.offers:
            wanted = offer.grouped - offer.without
            self.grouped[offer.label] = frozenset(
                key for key in wanted if not self._is_elsewhere(key, offer.label)
            )
        for label, keys in self.grouped.items():
            self._hold(label, keys - named_one_by_one)

    def _is_elsewhere(self, key: uuid.UUID, label: str) -> bool:
        return any(other != label for other in self.holders.get(key, ()))

    def _held_by(self, label: str) -> Keys:
        ballot = self.bidding.ballots.get(label)
        return ballot.assets if ballot is not None and ballot.is_live else NONE

    def _takes_all(self, offer: BallotOffer) -> bool:
        return offer.assets is None or (offer.only_keeps and not self._held_by(offer.label))

    def assets_of(self, offer: BallotOffer) -> Keys:
        """The assets that the ballot gets, which it holds from now on."""
        assets = self.would_get(offer)
        if self._takes_all(offer):
            self._hold(offer.label, assets - self._named(offer))
        return assets

    def _named(self, offer: BallotOffer) -> Keys:
        named = (offer.assets or NONE) | (self._held_by(offer.label) if offer.keeps else NONE)
        return (named | self.grouped[offer.label]) - offer.without

    def would_get(self, offer: BallotOffer) -> Keys:
        """The assets that the ballot would get."""
        named = self._named(offer)
        if not self._takes_all(offer):
            return named
        kept_by_others = {asset for asset, label in self.kept.items() if label != offer.label}
        taken = {asset for asset in self.holders if self._is_elsewhere(asset, offer.label)}
        return named | (self.bidding.keys - taken - kept_by_others - offer.without)

    def _hold(self, label: str, assets: Keys) -> None:
        for asset in assets:
            self.holders.setdefault(asset, []).append(label)

    def assess(self, offer: BallotOffer) -> Assessment:
        assets = self.assets_of(offer)
        found = self._about_assets(offer, assets)
        known = sorted(self.bidding.among(assets), key=by_ref)
        if offer.seen_assets and offer.seen_assets != digest_of_assets(assets):
            found.append(Breach(None, "assets", ASSETS_CHANGED))
        if self._is_unseen(offer) and not is_unchanged(self.bidding, Assessment(offer, assets)):
            found.append(Breach(None, "label", BALLOT_CHANGED))
        found += breaches(
            offer.bids, windows=self.bidding.windows, pricing=self.bidding.pricing, assets=known
        )
        found += _twice(self.offers, offer)
        if found:
            return Assessment(offer, assets, tuple(found))
        told = warnings(offer.bids, windows=self.bidding.windows, assets=known)
        return Assessment(offer, assets, (), tuple(told))

    def _is_unseen(self, offer: BallotOffer) -> bool:
        return offer.seen_version is not None and offer.seen_version != self.bidding.version_of(offer.label)

    def _about_assets(self, offer: BallotOffer, assets: Keys) -> list[Breach]:
        found = []
        if not assets <= self.bidding.keys:
            found.append(
                Breach(None, "assets", f"An asset is not one of your qualified assets in {self.bidding.ref}.")
            )
        elsewhere: dict[str, list[str]] = {}
        for asset in assets & self.bidding.keys:
            for label in self.holders[asset]:
                if label != offer.label:
                    elsewhere.setdefault(label, []).append(self.bidding.assets[asset].ref)
        for label, refs in sorted(elsewhere.items()):
            sentence = f"An asset can be in one ballot only; in ballot {label} too: {listed(sorted(refs))}."
            found.append(Breach(None, "assets", sentence))
        return found


def assets_taken(bidding: BiddingContext, offer: BallotOffer) -> Keys:
    """The assets that the ballot would get if it were placed alone; its bids don't matter."""
    return _Round(bidding, [offer]).would_get(offer)


def digest_of_assets(assets: Keys) -> str:
    """What tells one set of assets from another."""
    return hashlib.sha256(",".join(sorted(map(str, assets))).encode()).hexdigest()


def by_ref(asset: OfferedAsset) -> str:
    """The order in which assets are told."""
    return asset.ref


def _twice(offers: Sequence[BallotOffer], offer: BallotOffer) -> list[Breach]:
    if sum(other.label == offer.label for other in offers) > 1:
        return [Breach(None, "label", f"Ballot {offer.label} is given twice.")]
    return []


def assess(bidding: BiddingContext, offers: Sequence[BallotOffer]) -> list[Assessment]:
    """What would become of each offer if all good ones were placed at once.

    An offer that can't be placed leaves the ballot of its label as it is, assets included, which may refuse
    another.
    """
    refused: dict[str, Assessment] = {}
    while True:
        left = [offer for offer in offers if offer.label not in refused]
        look = _Round(bidding, left)
        assessed = {offer.label: look.assess(offer) for offer in left}
        bad = {label: each for label, each in assessed.items() if not each.is_good}
        if not bad:
            return [(refused | assessed)[offer.label] for offer in offers]
        refused |= bad


def with_warnings_elsewhere(
    bidding: BiddingContext, assessment: Assessment, elsewhere: Sequence[OfferElsewhere]
) -> Assessment:
    """The assessment, warning too of assets that are offered at the same time in other competitions."""
    if not assessment.is_good:
        return assessment
    own = {key: bidding.assets[key] for key in assessment.assets}
    told = warnings_elsewhere(assessment.offer.bids, windows=bidding.windows, assets=own, elsewhere=elsewhere)
    return replace(assessment, warnings=(*assessment.warnings, *told))


def is_unchanged(bidding: BiddingContext, assessment: Assessment) -> bool:
    """Whether the ballot of this label already stands with these assets and bids."""
    present = bidding.ballots.get(assessment.offer.label)
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
