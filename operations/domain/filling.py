"""How much of each declared stretch to accept so that the MW required are met and no more. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from uuid import UUID

from operations.domain.occurrences import Stretch
from operations.domain.promised import Piece

ZERO = Fraction(0)


@dataclass(frozen=True)
class Offer:
    """What one contract declares in an occurrence of a window, with its price for waiting."""

    contract_id: UUID
    price: Fraction
    pieces: Sequence[Piece]


def up_to_required(required: Fraction, offers: Sequence[Offer]) -> dict[UUID, list[Stretch]]:
    """MW to accept of each contract, so that at every instant those of all meet ``required`` as far as they reach.

    The cheapest come first, of one price those declared first; what the provider did not declare itself comes last. What is
    accepted already counts and stays. Stretches with 0 are released.
    """
    marks = sorted({at for offer in offers for each in offer.pieces for at in (each.start, each.end)})
    found: dict[UUID, list[Stretch]] = {offer.contract_id: [] for offer in offers}
    for start, end in pairwise(marks):
        here = [(offer, piece) for offer in offers if (piece := _at(offer.pieces, start)) is not None]
        lacking = required - sum((piece.accepted for _, piece in here), ZERO)
        for offer, piece in sorted(here, key=_order):
            more = max(ZERO, min(piece.declared - piece.accepted, lacking))
            lacking -= more
            _add(found[offer.contract_id], Stretch(start, end, piece.accepted + more))
    return found


def _order(each: tuple[Offer, Piece]) -> tuple[Fraction, bool, float, str]:
    offer, piece = each
    at = piece.declared_at
    return offer.price, at is None, 0.0 if at is None else at.timestamp(), str(offer.contract_id)


def _at(pieces: Sequence[Piece], instant: datetime) -> Piece | None:
    return next((each for each in pieces if each.start <= instant < each.end), None)


def _add(stretches: list[Stretch], new: Stretch) -> None:
    """Append the stretch, or make the last one longer where nothing changes."""
    if stretches and (stretches[-1].end, stretches[-1].mw) == (new.start, new.mw):
        new = Stretch(stretches.pop().start, new.end, new.mw)
    stretches.append(new)
