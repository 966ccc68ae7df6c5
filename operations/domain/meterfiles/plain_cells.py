"""Many cells at once that are written as nearly all are: texts that come again and again, and plain numbers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from operations.domain.series import PLACES

ZERO, NINE, POINT, NUL = ord("0"), ord("9"), ord("."), 0
MOST_WHOLE = 8
"""Digits before the point of a value that is read here."""
LONGEST = MOST_WHOLE + 1 + PLACES


class NotPlain(Exception):
    """A row has to be looked at by itself."""


@dataclass(frozen=True)
class Coded:
    """The different texts of a column, and for each row which of them it holds."""

    texts: list[str]
    codes: npt.NDArray[np.intp]


def coded(texts: Sequence[str]) -> Coded:
    if texts.count(texts[0]) == len(texts):
        return Coded([texts[0]], np.zeros(len(texts), np.intp))
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return Coded(list(places), np.fromiter(map(places.__getitem__, texts), np.intp, len(texts)))


def energies(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Millionths of a kWh of texts such as 12.345, and which are blank: the digits of all, place by place."""
    letters = np.array(texts, np.str_)
    width = letters.dtype.itemsize // np.dtype(np.uint32).itemsize
    if width > LONGEST:
        raise NotPlain
    places = letters.view(np.uint32).reshape(len(texts), width).T
    found = np.zeros(len(texts), np.int64)
    whole, decimals = np.zeros((2, len(texts)), np.int8)
    is_after = np.zeros(len(texts), np.bool_)
    for place in np.ascontiguousarray(places):
        is_digit, is_point = (place >= ZERO) & (place <= NINE), place == POINT
        if not (is_digit | is_point | (place == NUL)).all() or (is_point & is_after).any():
            raise NotPlain
        found = np.where(is_digit, found * 10 + place.astype(np.int64) - ZERO, found)
        whole += is_digit & ~is_after
        decimals += is_digit & is_after
        is_after |= is_point
    is_blank = (whole == 0) & ~is_after
    if (((whole == 0) | (is_after & (decimals == 0))) & ~is_blank).any():
        raise NotPlain
    if whole.max() > MOST_WHOLE or decimals.max() > PLACES:
        raise NotPlain
    return found * 10 ** (PLACES - decimals.astype(np.int64)), is_blank
