"""Rows of readings that are written as nearly all are, read a column at a time. Pure.

What it takes is what :mod:`operations.domain.meterfiles.reading_rows` takes row by row; whatever is not written plainly
(a number of another form, a time that comes twice, a row that is too short) is left to that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from marketplace.csv_text import Block
from operations.domain.meterfiles.cells import MISSING
from operations.domain.meterfiles.collected import Part
from operations.domain.meterfiles.mapping import Sign
from operations.domain.meterfiles.reading_rows import Long
from operations.domain.series import PLACES

ZERO, NINE, POINT, NUL = ord("0"), ord("9"), ord("."), 0
MOST_WHOLE = 8
"""Digits before the point of a value that is read here."""
LONGEST = MOST_WHOLE + 1 + PLACES


def may_be_plain(reader: Long) -> bool:
    """Whether a file with this mapping can be read by columns: a stamp in one cell, and energy in kWh as it stands."""
    mapping = reader.mapping
    return (mapping.time, mapping.period, mapping.flow) == (None, None, None) and reader.has_plain_energy


def take_block(reader: Long, block: Block) -> bool:
    """Collect the readings of a block. False where a row of it has to be looked at by itself; then nothing is taken."""
    try:
        part = _part_of(reader, block)
    except (NotPlain, ValueError, IndexError):  # what is wrong is told of the row where it is
        return False
    reader.collected.add_part(part)
    return True


class NotPlain(Exception):
    """A row has to be looked at by itself."""


@dataclass(frozen=True)
class _Coded:
    """The different texts of a column, and for each row which of them it holds."""

    texts: list[str]
    codes: npt.NDArray[np.intp]


def _part_of(reader: Long, block: Block) -> Part:
    mapping, size = reader.mapping, len(block.rows)
    if len({*map(len, block.rows)}) != 1:
        raise NotPlain
    columns = list(zip(*block.rows, strict=True))

    def texts(column: int | None) -> list[str]:
        if column is None:
            return [""] * size
        if column >= len(columns):
            raise NotPlain
        return list(map(str.strip, columns[column]))

    meters = _coded(texts(mapping.meter))
    names = [mapping.asset] if mapping.meter is None else [*map(reader.meter_in, meters.texts)]
    minutes = mapping.minutes
    if mapping.minutes_column is not None:
        lengths = {reader.minutes_in(text) for text in set(texts(mapping.minutes_column))}
        if len(lengths) > 1:
            raise NotPlain
        minutes = lengths.pop()
    stamps = _coded(texts(mapping.stamp))
    qualities = _coded(texts(mapping.quality))
    quality = np.array([*map(reader.quality_in, qualities.texts)], np.int8)[qualities.codes]
    if mapping.value is not None:
        energy, is_blank = _energies(texts(mapping.value))
        nothing = np.zeros_like(energy)
        flows = (energy, nothing) if mapping.sign is Sign.IMPORT else (nothing, energy)
    else:
        imported, no_import = _energies(texts(mapping.imported))
        exported, no_export = _energies(texts(mapping.exported))
        flows, is_blank = (imported, exported), no_import & no_export
    quality[is_blank] = MISSING
    for energy in flows:
        energy[quality == MISSING] = 0
    return Part(
        names,
        meters.codes,
        np.array([_start(reader, text, minutes) for text in stamps.texts], np.int64)[stamps.codes],
        np.full(size, minutes, np.uint16),
        *flows,
        quality,
        np.array(block.numbers, np.int32),
    )


def _coded(texts: Sequence[str]) -> _Coded:
    if texts.count(texts[0]) == len(texts):
        return _Coded([texts[0]], np.zeros(len(texts), np.intp))
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    return _Coded(list(places), np.fromiter(map(places.__getitem__, texts), np.intp, len(texts)))


def _start(reader: Long, text: str, minutes: int) -> int:
    found = reader.start_of_stamp(text, minutes)
    if found is None:
        raise NotPlain
    return found


def _energies(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
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
