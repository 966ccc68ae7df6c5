"""Rows of readings that are written as nearly all are, read a column at a time. Pure.

What it takes is what :mod:`operations.domain.meterfiles.reading_rows` takes row by row; whatever is not written plainly
(a number of another form, a time that comes twice, a row that is too short) is left to that.
"""

import numpy as np

from marketplace.csv_text import Block
from operations.domain.meterfiles.cells import MISSING, Reader
from operations.domain.meterfiles.collected import Part
from operations.domain.meterfiles.mapping import Sign
from operations.domain.meterfiles.plain_cells import NotPlain, coded, energies
from operations.domain.meterfiles.reading_rows import Long


def may_be_plain(reader: Reader) -> bool:
    """Whether a file with this mapping can be read by columns: a stamp in one cell, and energy in kWh as it stands."""
    mapping = reader.mapping
    return (mapping.time, mapping.period, mapping.flow) == (None, None, None) and reader.has_plain_energy


def part_of_readings(reader: Long, block: Block) -> Part:
    """The readings of a block. Raises ``NotPlain``, and what its cells raise where a row has to be looked at by itself."""
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

    meters = coded(texts(mapping.meter))
    names = [mapping.asset] if mapping.meter is None else [*map(reader.meter_in, meters.texts)]
    minutes = mapping.minutes
    if mapping.minutes_column is not None:
        lengths = {reader.minutes_in(text) for text in set(texts(mapping.minutes_column))}
        if len(lengths) > 1:
            raise NotPlain
        minutes = lengths.pop()
    stamps = coded(texts(mapping.stamp))
    qualities = coded(texts(mapping.quality))
    quality = np.array([*map(reader.quality_in, qualities.texts)], np.int8)[qualities.codes]
    if mapping.value is not None:
        energy, is_blank = energies(texts(mapping.value))
        nothing = np.zeros_like(energy)
        flows = (energy, nothing) if mapping.sign is Sign.IMPORT else (nothing, energy)
    else:
        imported, no_import = energies(texts(mapping.imported))
        exported, no_export = energies(texts(mapping.exported))
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


def _start(reader: Long, text: str, minutes: int) -> int:
    found = reader.start_of_stamp(text, minutes)
    if found is None:
        raise NotPlain
    return found
