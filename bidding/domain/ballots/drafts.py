"""What a new ballot's table starts with: the limits, an earlier bid, or one line copied to the other windows.
Pure."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from bidding.domain.ballots.limits import BidTerms, Pricing, WindowTerms


def limit_of(window: WindowTerms, qualified_mw: Decimal) -> Decimal | None:
    """The most MW that assets with these MW may offer in the window; None when they are too few for any
    bid."""
    limit = min(qualified_mw, window.capacity_required_mw)
    return limit if limit > 0 and limit >= window.minimum_aggregate_mw else None


def fitted(
    bid: BidTerms, window_id: uuid.UUID, window: WindowTerms, qualified_mw: Decimal
) -> BidTerms | None:
    """The bid worded for a window: no more capacity than its limit, no shorter than its minimum run time."""
    limit = limit_of(window, qualified_mw)
    if limit is None:
        return None
    return replace(
        bid,
        window_id=window_id,
        capacity_mw=max(min(bid.capacity_mw, limit), window.minimum_aggregate_mw),
        maximum_run_time=max(bid.maximum_run_time, window.minimum_run_time or timedelta()),
    )


def priced(bid: BidTerms, pricing: Pricing) -> BidTerms:
    """The bid with the prices that the competition asks for: fixed ones are the operator's, others are left
    out."""
    fixed = {name: price for name, price in pricing.fixed.items() if price is not None}
    asked = {name: getattr(bid, name) for name in pricing.fields} | fixed
    return replace(
        bid,
        availability_price=asked.get("availability_price"),
        utilisation_price=asked.get("utilisation_price"),
        service_fee=asked.get("service_fee"),
    )


def matched(labels: Sequence[str], windows: Mapping[uuid.UUID, WindowTerms]) -> dict[uuid.UUID, str]:
    """Which earlier window (“period/window”) each window takes its bids from.

    The one of the same name in the same period, else the one of the same name; with a single earlier window,
    that one.
    """
    found = {}
    for window_id, window in windows.items():
        name = window.label.rpartition("/")[2]
        namesakes = [label for label in labels if label.rpartition("/")[2] == name]
        if window.label in labels:
            found[window_id] = window.label
        elif namesakes:
            found[window_id] = namesakes[-1]
        elif len(set(labels)) == 1:
            found[window_id] = labels[0]
    return found


def drawn_from(
    earlier: Sequence[tuple[str, BidTerms]],
    *,
    windows: Mapping[uuid.UUID, WindowTerms],
    pricing: Pricing,
    qualified_mw: Decimal,
) -> list[BidTerms]:
    """An earlier ballot's bids (each with its window's label) worded for these windows, never beyond a
    limit."""
    sources = matched(list(dict.fromkeys(label for label, _ in earlier)), windows)
    drawn = []
    for window_id, source in sources.items():
        left = qualified_mw
        for label, bid in earlier:
            if label != source:
                continue
            room = min(left, windows[window_id].capacity_required_mw - (qualified_mw - left))
            terms = fitted(priced(bid, pricing), window_id, windows[window_id], room)
            if terms is not None:
                drawn.append(terms)
                left -= terms.capacity_mw
    return drawn
