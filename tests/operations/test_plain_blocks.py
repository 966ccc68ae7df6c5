"""A file tells the same whether it is read a column at a time or row by row."""

from random import Random

import pytest

from marketplace import csv_text
from operations.domain.meterfiles.collected import TooMany
from operations.domain.meterfiles.mapping import Clock, Mapping, Names, Shape, Sign
from operations.domain.meterfiles.tables import rows_of
from operations.domain.meterfiles.taking import Taken, take, taken_rows
from tests.operations.meter_files import LONDON

VALUES = ("0", "1", "12.345", "0.000001", "99999999.999999", "7.5", "")
ODD_VALUES = (
    "1,234.5",
    "-3",
    "1.2345678",
    "123456789",
    ".5",
    "5.",
    "1.2.3",
    "n/a",
    "-",
    "x",
    "1e3",
    "٣",
    " 4 ",
    "'6",
    "",
)
STAMPS = (
    "2026-06-22T{:02}:{}:00Z",
    "22/06/2026 {:02}:{}",
    "2026-10-25 {:02}:{}",
    "2026-06-22T{:02}:{}:00+01:00",
)
ODD_STAMPS = ("2026-03-29 01:30", "2026-06-22T10:10:00Z", "soon", "", "2026-10-25 01:00", "2026-10-25 01:30")
COLUMNS = {"meter": 0, "stamp": 1, "minutes_column": 2, "quality": 5}


def file_of(chance: Random, oddness: float) -> bytes:
    """Rows of a few meters, here and there with a cell that is written otherwise, and some of them twice."""

    def one(plain: tuple[str, ...], odd: tuple[str, ...]) -> str:
        return chance.choice(odd if chance.random() < oddness else plain)

    stamp = one(STAMPS, STAMPS)
    lines = ["Meter,Start,Minutes,Import,Export,Quality"]
    for meter in chance.sample(("A1", "B2", "'2000000000015'", "C3"), 3):
        for place in range(chance.randrange(40)):
            at = one((stamp.format(place // 2, "30" if place % 2 else "00"),), ODD_STAMPS)
            cells = [
                one((meter,), ("", "A1", "2E+12")),
                at,
                one(("30",), ("15", "7", "")),
                one(VALUES, ODD_VALUES),
                one(VALUES, ODD_VALUES),
                one(("A", "E", "", "M"), ("?", "a")),
            ]
            lines.append(",".join(cells if chance.random() > oddness / 4 else cells[: chance.randrange(6)]))
            if chance.random() < oddness / 4:
                lines.append(chance.choice(lines))
    return "\n".join(lines).encode()


DAYS = ("2026-06-22", "2026-06-23", "2026-03-28")
ODD_DAYS = ("2026-03-29", "2026-10-25", "2026-10-24", "soon", "")


def days_of(chance: Random, oddness: float, labels: tuple[str, ...]) -> bytes:
    """A row a day and meter, here and there with a cell that is written otherwise, and some days of clock changes."""

    def one(plain: tuple[str, ...], odd: tuple[str, ...]) -> str:
        return chance.choice(odd if chance.random() < oddness else plain)

    lines = [",".join(("Meter", "Day", "Quality", *labels, *(f"{each} quality" for each in labels)))]
    for meter in chance.sample(("A1", "B2", "'2000000000015'", "C3"), 3):
        for day in chance.sample(DAYS, chance.randrange(1, 4)):
            cells = [one((meter,), ("", "A1")), one((day,), ODD_DAYS), one(("A", "E", "", "M"), ("?", "a"))]
            cells += [one(VALUES, ODD_VALUES) if place < 48 else "" for place in range(len(labels))]
            cells += [one(("A", "E", "", "M"), ("?",)) if chance.random() < 0.1 else "A" for _ in labels]
            lines.append(",".join(cells if chance.random() > oddness else cells[: chance.randrange(60)]))
            if chance.random() < oddness / 4:
                lines.append(chance.choice(lines))
    return "\n".join(lines).encode()


def row_by_row(data: bytes, mapping: Mapping) -> Taken:
    try:
        collected = taken_rows(rows_of(data), mapping, LONDON)
    except TooMany as error:
        return Taken(str(error))
    return Taken("", collected.told(), collected.problems, collected.rows)


@pytest.mark.parametrize("oddness", [0, 0.003, 0.03, 0.3])
def test_a_file_tells_the_same_read_by_columns_and_row_by_row(oddness, monkeypatch):
    monkeypatch.setattr(csv_text, "BLOCK_ROWS", 16)
    for seed in range(150):
        chance = Random(f"{oddness}, {seed}")
        flows = {"imported": 3, "exported": 4} if chance.random() < 0.7 else {"value": chance.choice((3, 4))}
        mapping = Mapping(
            Shape.LONG,
            **COLUMNS,
            **flows,
            names=chance.choice([*Names]),
            clock=chance.choice((Clock.UTC, Clock.LOCAL, Clock.STANDARD)),
            sign=chance.choice([*Sign]),
            exact=chance.random() < 0.5,
        )
        data = file_of(chance, oddness)
        assert take(data, mapping.to_json(), LONDON.key) == row_by_row(data, mapping), (seed, data.decode())


@pytest.mark.parametrize("oddness", [0, 0.0003, 0.003, 0.03])
def test_days_in_columns_tell_the_same_read_many_at_a_time_and_row_by_row(oddness, monkeypatch):
    monkeypatch.setattr(csv_text, "BLOCK_ROWS", 4)
    numbered = tuple(f"HH{place + 1:02}" for place in range(50))
    by_clock = tuple(f"{place // 2:02}:{place % 2 * 30:02}" for place in range(48))
    for seed in range(40):
        chance = Random(f"{oddness}, {seed}")
        labels = chance.choice((numbered, numbered[:48], by_clock))
        periods = tuple(range(3, 3 + len(labels)))
        qualities = tuple(place + len(labels) for place in periods)
        mapping = Mapping(
            Shape.WIDE,
            meter=chance.choice((0, None)),
            asset="A9",
            stamp=1,
            quality=chance.choice((2, None)),
            periods=periods,
            labels=labels,
            qualities=chance.choice((qualities, ())),
            names=chance.choice([*Names]),
            clock=chance.choice((Clock.UTC, Clock.LOCAL, Clock.STANDARD)),
            sign=chance.choice([*Sign]),
        )
        data = days_of(chance, oddness, labels)
        assert take(data, mapping.to_json(), LONDON.key) == row_by_row(data, mapping), (seed, data.decode())
