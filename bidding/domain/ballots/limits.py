"""What a ballot may offer: every limit with the sentence that names its numbers, and what is worth a warning.
Pure."""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import field as dataclass_field
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from bidding.domain.ballots.overlaps import Hours, Overlapping
from marketplace.numbers import clock_length, counted, exact_text, money_text, power_text
from marketplace.units import price_unit

HIGHEST_PRICE = Decimal("999999999.99")
NAMES = {
    "availability_price": "availability price",
    "utilisation_price": "utilisation price",
    "service_fee": "service fee",
}


@dataclass(frozen=True)
class BidTerms:
    """One bid as its FSP words it: capacity in MW (or MVAr), prices by the competition's type in its
    currency."""

    window_id: uuid.UUID
    capacity_mw: Decimal
    maximum_run_time: timedelta
    availability_price: Decimal | None = None
    utilisation_price: Decimal | None = None
    service_fee: Decimal | None = None


@dataclass(frozen=True)
class WindowTerms:
    """What a service window asks of a bid. ``label`` is “period/name”, ``unit`` MW or, of reactive power,
    MVAr."""

    label: str
    capacity_required_mw: Decimal
    minimum_aggregate_mw: Decimal = Decimal(0)
    minimum_run_time: timedelta | None = None
    required_response_time: timedelta | None = None
    hours: Hours | None = None
    period: str = ""
    name: str = ""
    unit: str = "MW"


@dataclass(frozen=True)
class Pricing:
    """The prices that a bid carries, and with fixed pricing the value that each of them must have."""

    fields: tuple[str, ...]
    fixed: Mapping[str, Decimal | None] = field(default_factory=dict)
    currency: str = "GBP"


class OfferedAsset(NamedTuple):
    """What a limit or warning needs to know of an asset in the ballot: a tuple, since there are thousands."""

    ref: str
    capacity_mw: Decimal
    maximum_run_time: timedelta | None = None
    response_time: timedelta | None = None
    is_planned: bool = False


@dataclass(frozen=True)
class OfferElsewhere:
    """A window of another competition that the company has bid for, with the assets of that ballot."""

    label: str
    hours: Hours
    assets: frozenset[uuid.UUID]


@dataclass(frozen=True)
class Breach:
    """A limit that does not hold: ``bid`` counts the ballot's bids from 0 (None: the ballot), ``field`` its
    part, ``repair`` what to type there instead, where one value corrects it."""

    bid: int | None
    field: str
    sentence: str
    repair: str = dataclass_field(default="", compare=False)


def breaches(
    bids: Sequence[BidTerms],
    *,
    windows: Mapping[uuid.UUID, WindowTerms],
    pricing: Pricing,
    assets: Sequence[OfferedAsset],
) -> list[Breach]:
    """Every limit that the ballot's bids break; none means that it may be placed."""
    if not bids:
        return [Breach(None, "bids", "A ballot needs at least one bid; withdraw it to take it back.")]
    if not assets:
        return [Breach(None, "assets", "None of your qualified assets is left for this ballot.")]
    found: list[Breach] = []
    for number, bid in enumerate(bids):
        window = windows.get(bid.window_id)
        if window is None:
            found.append(Breach(number, "window_id", "This service window is not one of the competition's."))
            continue
        found += [Breach(number, "capacity_mw", *told) for told in _about_capacity(bid, window)]
        found += [Breach(number, "maximum_run_time", *told) for told in _about_run_time(bid, window)]
        found += [Breach(number, *told) for told in _about_prices(bid, pricing)]
    return found + list(_about_sums(bids, windows, assets))


def _about_capacity(bid: BidTerms, window: WindowTerms) -> Iterator[tuple[str, str]]:
    """Each sentence with what to type instead."""
    if bid.capacity_mw <= 0:
        yield f"The capacity must be above 0 {window.unit}.", ""
    elif not _fits(bid.capacity_mw, 6):
        yield "The capacity may have at most 6 decimals.", ""
    elif bid.capacity_mw < window.minimum_aggregate_mw:
        least = power_text(window.minimum_aggregate_mw, window.unit)
        sentence = f"{power_text(bid.capacity_mw, window.unit)} is below the window's minimum aggregate size of {least}."
        yield sentence, exact_text(window.minimum_aggregate_mw)


def _fits(number: Decimal, places: int) -> bool:
    """Whether the number has at most so many decimals, however many digits it has."""
    _, digits, exponent = number.as_tuple()
    beyond = -int(exponent) - places
    return beyond <= 0 or not any(digits[-beyond:])


def _about_run_time(bid: BidTerms, window: WindowTerms) -> Iterator[tuple[str, str]]:
    if bid.maximum_run_time <= timedelta():
        yield "The maximum run time must be above zero.", ""
    elif window.minimum_run_time is not None and bid.maximum_run_time < window.minimum_run_time:
        yield (
            f"A maximum run time of {clock_length(bid.maximum_run_time)} is below the window's minimum run time of "
            f"{clock_length(window.minimum_run_time)}.",
            clock_length(window.minimum_run_time),
        )


def _about_prices(bid: BidTerms, pricing: Pricing) -> Iterator[tuple[str, str, str]]:
    for name, words in NAMES.items():
        title = f"{words} ({price_unit(name, pricing.currency)})"
        price: Decimal | None = getattr(bid, name)
        if name not in pricing.fields:
            if price is not None:
                yield name, f"This competition asks for no {title}; leave it blank.", ""
        elif price is None:
            yield name, f"This competition asks for the {title}.", ""
        elif price < 0:
            yield name, "A price can't be below zero.", ""
        elif price > HIGHEST_PRICE:
            yield name, f"A price can be at most {money_text(HIGHEST_PRICE, pricing.currency)}.", ""
        elif not _fits(price, 2):
            yield name, "A price may have at most 2 decimals.", ""
        else:
            fixed = pricing.fixed.get(name)
            if fixed is not None and price != fixed:
                wanted = money_text(fixed, pricing.currency)
                sentence = f"This competition's prices are fixed: the {title} must be {wanted}."
                yield name, sentence, exact_text(fixed)


def _about_sums(
    bids: Sequence[BidTerms], windows: Mapping[uuid.UUID, WindowTerms], assets: Sequence[OfferedAsset]
) -> Iterator[Breach]:
    qualified = sum((asset.capacity_mw for asset in assets), Decimal(0))
    offered: dict[uuid.UUID, list[int]] = {}
    for number, bid in enumerate(bids):
        if bid.window_id in windows:
            offered.setdefault(bid.window_id, []).append(number)
    for window_id, numbers in offered.items():
        total = sum((bids[number].capacity_mw for number in numbers), Decimal(0))
        required, unit = windows[window_id].capacity_required_mw, windows[window_id].unit
        if total <= min(qualified, required):
            continue
        what = f"{power_text(total, unit)} is"
        if len(numbers) > 1:
            what = f"The {len(numbers)} bids for this window sum to {power_text(total, unit)},"
        if qualified < required:
            why = f"the {power_text(qualified, unit)} that the ballot's assets are qualified for"
        else:
            why = f"the {power_text(required, unit)} that the window requires"
        for number in numbers:
            repair = exact_text(min(qualified, required)) if len(numbers) == 1 else ""
            yield Breach(number, "capacity_mw", f"{what} more than {why}.", repair)


def warnings(
    bids: Sequence[BidTerms], *, windows: Mapping[uuid.UUID, WindowTerms], assets: Sequence[OfferedAsset]
) -> list[Breach]:
    """What is allowed but worth a second look: assets that answer or last less than the bid promises."""
    found: list[Breach] = []
    slower, shorter = _Below.responses(assets), _Below.run_times(assets)
    for number, bid in enumerate(bids):
        window = windows.get(bid.window_id)
        if window is None:
            continue
        if window.required_response_time is not None and (slow := slower.than(window.required_response_time)):
            limit = clock_length(window.required_response_time)
            sentence = f"The window requires a response time of {limit}; slower: {listed(slow)}."
            found.append(Breach(number, "window_id", sentence))
        if short := shorter.than(bid.maximum_run_time):
            run_time = clock_length(bid.maximum_run_time)
            sentence = (
                f"The run time of {run_time} is longer than the own maximum run time of {listed(short)}."
            )
            found.append(Breach(number, "maximum_run_time", sentence))
    return found + _offered_twice(bids, windows, assets)


@dataclass
class _Below:
    """Which assets fall short of a duration, looked for once a duration: many windows ask for the same."""

    refs: Callable[[timedelta], list[str]]
    known: dict[timedelta, list[str]] = field(default_factory=dict)

    @classmethod
    def responses(cls, assets: Sequence[OfferedAsset]) -> "_Below":
        timed = [(each.ref, each.response_time) for each in assets if each.response_time is not None]
        return cls(lambda limit: [ref for ref, time in timed if time > limit])

    @classmethod
    def run_times(cls, assets: Sequence[OfferedAsset]) -> "_Below":
        timed = [(each.ref, each.maximum_run_time) for each in assets if each.maximum_run_time]
        return cls(lambda limit: [ref for ref, time in timed if time < limit])

    def than(self, limit: timedelta) -> list[str]:
        if limit not in self.known:
            self.known[limit] = self.refs(limit)
        return self.known[limit]


def _offered_twice(
    bids: Sequence[BidTerms], windows: Mapping[uuid.UUID, WindowTerms], assets: Sequence[OfferedAsset]
) -> list[Breach]:
    """Bids in windows at the same time that together offer more than the ballot's assets have."""
    qualified = sum((asset.capacity_mw for asset in assets), Decimal(0))
    totals: dict[uuid.UUID, Decimal] = {}
    for bid in bids:
        totals[bid.window_id] = totals.get(bid.window_id, Decimal(0)) + bid.capacity_mw
    if sum(sorted(totals.values())[-2:]) <= qualified:
        return []
    at_the_same_time = _together(totals, windows)
    found = []
    for number, bid in enumerate(bids):
        for other in at_the_same_time.get(bid.window_id, ()):
            if totals[bid.window_id] + totals[other] > qualified:
                sentence = (
                    f"The same {windows[other].unit} are offered at the same time in {windows[other].label}."
                )
                found.append(Breach(number, "capacity_mw", sentence))
    return found


def _together(
    ids: Iterable[uuid.UUID], windows: Mapping[uuid.UUID, WindowTerms]
) -> dict[uuid.UUID, list[uuid.UUID]]:
    """Which of these windows ask for service at the same time as each of them, in the order given."""
    timed = [(key, hours) for key in ids if (hours := windows[key].hours) is not None]
    many = Overlapping(hours for _, hours in timed)
    places: dict[Hours, list[int]] = {}
    for place, (_, hours) in enumerate(timed):
        places.setdefault(hours, []).append(place)
    found: dict[uuid.UUID, list[uuid.UUID]] = {}
    for key, hours in timed:
        near = sorted(place for each in many.with_(hours) for place in places[each])
        found[key] = [timed[place][0] for place in near if timed[place][0] != key]
    return found


MOST_ELSEWHERE = 3
"""Windows elsewhere that a warning names for one bid; the others are counted."""


def warnings_elsewhere(
    bids: Sequence[BidTerms],
    *,
    windows: Mapping[uuid.UUID, WindowTerms],
    assets: Mapping[uuid.UUID, OfferedAsset],
    elsewhere: Sequence[OfferElsewhere],
) -> list[Breach]:
    """Assets that the company also offers at the same time in another competition."""
    shared = {
        held: sorted(assets[key].ref for key in held if key in assets)
        for held in {offer.assets for offer in elsewhere}
    }
    offers = [offer for offer in elsewhere if shared[offer.assets]]
    many = Overlapping(offer.hours for offer in offers)
    by_hours: dict[Hours, list[int]] = {}
    for place, offer in enumerate(offers):
        by_hours.setdefault(offer.hours, []).append(place)
    told: dict[Hours, list[str]] = {}
    found = []
    for number, bid in enumerate(bids):
        here = windows[bid.window_id].hours
        if here is None:
            continue
        if here not in told:
            near = sorted(place for each in many.with_(here) for place in by_hours[each])
            told[here] = _elsewhere_in_words(
                [(offers[place].label, shared[offers[place].assets]) for place in near]
            )
        found += [Breach(number, "window_id", sentence) for sentence in told[here]]
    return found


def _elsewhere_in_words(offers: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    named = [
        f"Also offered at the same time in {label}: {listed(refs)}."
        for label, refs in offers[:MOST_ELSEWHERE]
    ]
    more = len(offers) - MOST_ELSEWHERE
    if more > 0:
        named.append(f"And in {counted(more, 'other window')} of other competitions.")
    return named


def listed(refs: Sequence[str], most: int = 3) -> str:
    """The first refs, and how many others: “A, B, C and 12 others”."""
    shown, more = list(refs[:most]), len(refs) - most
    text = ", ".join(shown)
    return text if more <= 0 else f"{text} and {more} other{'s' if more > 1 else ''}"
