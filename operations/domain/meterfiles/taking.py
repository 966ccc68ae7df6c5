"""A file of readings, read by its mapping: intervals in UTC, import and export in millionths of a kWh. Pure.

Used in the process that reads files from outside (:mod:`marketplace.sandbox`).
"""

from collections.abc import Iterator
from collections.abc import Mapping as Told
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.csv_text import Block
from marketplace.workbooks.declare import Problem
from operations.domain.meterfiles.collected import Collected, MeterTold, ToldTwice, TooMany
from operations.domain.meterfiles.day_rows import Wide
from operations.domain.meterfiles.mapping import Mapping, Shape, mapping_of
from operations.domain.meterfiles.plain_blocks import may_be_plain, part_of_readings
from operations.domain.meterfiles.plain_cells import NotPlain
from operations.domain.meterfiles.plain_days import part_of_days
from operations.domain.meterfiles.reading_rows import Long
from operations.domain.meterfiles.tables import BadTable, Numbered, blocks_of_csv, is_csv, rows_of


@dataclass
class Taken:
    """What a file came to: the sentence by which all of it is refused or "", readings by meter, problems by row."""

    refusal: str = ""
    meters: list[MeterTold] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    rows: int = 0


def take(data: bytes, told: Told[str, Any], zone_name: str, most_rows: int | None = None) -> Taken:
    """The file, or its first rows, read by the mapping that these plain values tell."""
    mapping, zone = mapping_of(told), ZoneInfo(zone_name)
    try:
        if is_csv(data) and most_rows is None:
            with suppress(ToldTwice):
                return _taken(taken_blocks(blocks_of_csv(data), mapping, zone))
        return _taken(taken_rows(islice(rows_of(data), most_rows), mapping, zone))
    except (BadTable, TooMany) as error:
        return Taken(refusal=str(error))


def _taken(collected: Collected) -> Taken:
    return Taken("", collected.told(), collected.problems, collected.rows)


def taken_parts(
    data: bytes, told: Told[str, Any], zone_name: str, most_rows: int | None = None
) -> tuple[str, list[tuple[Any, ...]], list[Problem], int]:
    """The same in plain values, as they come out of the process that reads files."""
    taken = take(data, told, zone_name, most_rows)
    return taken.refusal, [astuple(each) for each in taken.meters], taken.problems, taken.rows


def taken_rows(rows: Iterator[Numbered], mapping: Mapping, zone: ZoneInfo) -> Collected:
    """The same of rows, the lines of the head among them."""
    head = [cells for _, cells in islice(rows, mapping.head)]
    collected = Collected()
    reader = _reader(mapping, zone, head, collected)
    for number, cells in rows:
        collected.rows += 1
        reader.read(number, cells)
    reader.finish()
    return collected


def taken_blocks(blocks: Iterator[Block], mapping: Mapping, zone: ZoneInfo) -> Collected:
    """The same of a CSV file, a block of rows at once where all of them are written plainly."""
    collected = Collected()
    reader: Long | Wide | None = None
    for block in blocks:
        if reader is None:
            head = [tuple(map(str.strip, row)) for row in islice(block.rows, mapping.head)]
            reader = _reader(mapping, zone, head, collected)
            block = Block(block.numbers[mapping.head :], block.rows[mapping.head :])
        if not block.rows or (may_be_plain(reader) and _take_plainly(reader, block)):
            continue
        for number, row in zip(block.numbers, block.rows, strict=True):
            collected.rows += 1
            reader.read(number, tuple(map(str.strip, row)))
    if reader is not None:
        reader.finish()
    return collected


def _reader(
    mapping: Mapping, zone: ZoneInfo, head: list[tuple[str, ...]], collected: Collected
) -> Long | Wide:
    kind = Wide if mapping.shape is Shape.WIDE else Long
    return kind(mapping, zone, head, collected)


def _take_plainly(reader: Long | Wide, block: Block) -> bool:
    """Collect the readings of a block. False where a row of it has to be looked at by itself; then nothing is taken."""
    try:
        part = part_of_days(reader, block) if isinstance(reader, Wide) else part_of_readings(reader, block)
    except (NotPlain, ValueError, IndexError):  # what is wrong is told of the row where it is
        return False
    reader.collected.add_part(part, len(block.rows))
    return True
