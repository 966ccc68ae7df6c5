"""Rows of days that are written as nearly all are, many at a time. Pure.

What it takes is what :mod:`operations.domain.meterfiles.day_rows` takes row by row; whatever is not written plainly (a number
of another form, a day that does not fit its columns, a row that is too short) is left to that.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from marketplace.csv_text import Block
from operations.domain.meterfiles.cells import MISSING, day_in
from operations.domain.meterfiles.collected import Part
from operations.domain.meterfiles.day_rows import Wide
from operations.domain.meterfiles.mapping import Sign
from operations.domain.meterfiles.plain_cells import NotPlain, coded, energies

NEVER = -(2**62)
"""Stands for the start of a period that the day does not have."""


def part_of_days(reader: Wide, block: Block) -> Part:
    """The readings of a block. Raises ``NotPlain``, and what its cells raise where a row has to be looked at by itself."""
    mapping, rows = reader.mapping, block.rows
    if len({*map(len, rows)}) != 1:
        raise NotPlain
    shape = len(rows), len(mapping.periods)
    values, blanks = energies(_texts(rows, mapping.periods))
    energy, is_blank = values.reshape(shape), blanks.reshape(shape)
    starts = _starts(reader, _texts(rows, [mapping.stamp]), ~is_blank)
    meters = coded(_texts(rows, [mapping.meter]))
    names = [mapping.asset] if mapping.meter is None else [*map(reader.meter_in, meters.texts)]
    quality = np.broadcast_to(_qualities(reader, rows, [mapping.quality]), shape)
    if mapping.qualities:
        quality = np.maximum(quality, _qualities(reader, rows, mapping.qualities))
    quality = np.where(is_blank, np.int8(MISSING), quality)
    energy[quality == MISSING] = 0
    is_there = starts != NEVER
    places, _ = np.nonzero(is_there)
    told, nothing = energy[is_there], np.zeros(len(places), np.int64)
    imported, exported = (told, nothing) if mapping.sign is Sign.IMPORT else (nothing, told)
    return Part(
        names,
        meters.codes[places],
        starts[is_there],
        np.full(len(places), mapping.minutes, np.uint16),
        imported,
        exported,
        quality[is_there],
        np.array(block.numbers, np.int32)[places],
    )


def _texts(rows: Sequence[Sequence[str]], columns: Sequence[int | None]) -> list[str]:
    """The cells of these columns, row after row; nothing in a column that is not there."""
    return ["" if column is None else row[column].strip() for row in rows for column in columns]


def _starts(reader: Wide, days: Sequence[str], is_filled: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Where each period of each row begins. Raises ``RefusedDay`` where a row of a day may not fit it."""
    texts = coded(days)
    of_days = []
    for place, text in enumerate(texts.texts):
        filled = is_filled[texts.codes == place].any(axis=0).tolist()
        found = reader.columns.starts(day_in(text, reader.mapping), filled)
        of_days.append([NEVER if start is None else start for start in found])
    return np.array(of_days, np.int64)[texts.codes]


def _qualities(
    reader: Wide, rows: Sequence[Sequence[str]], columns: Sequence[int | None]
) -> npt.NDArray[np.int8]:
    """The qualities in these columns, with a row a row."""
    texts = coded(_texts(rows, columns))
    codes = np.array([*map(reader.quality_in, texts.texts)], np.int8)
    return codes[texts.codes].reshape(len(rows), len(columns))
