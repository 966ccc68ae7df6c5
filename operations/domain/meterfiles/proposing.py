"""What the columns of a file seem to mean, from its headers and its first rows; what does not follow is asked. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from operations.domain.meterfiles import words
from operations.domain.meterfiles.finding import Cannot
from operations.domain.meterfiles.finding_long import LongFinder
from operations.domain.meterfiles.finding_wide import WideFinder
from operations.domain.meterfiles.mapping import Clock, Mapping, Shape
from operations.domain.meterfiles.stamps import STAMP, UNIX
from operations.domain.meterfiles.tables import BadTable, Numbered, rows_of

LOOKED_AT = 200
MOST_HEAD = 6
STANDARD_HEADERS = ("period start", "minutes", "import kwh", "export kwh")


@dataclass
class Proposal:
    """How a file seems to be read, and by field what has to be asked. ``refusal``: why it can't be read at all."""

    mapping: dict[str, Any] = field(default_factory=dict)
    questions: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    headers: list[str] = field(default_factory=list)
    rows: list[tuple[str, ...]] = field(default_factory=list)
    is_standard: bool = False


def look(data: bytes) -> Proposal:
    """The proposal for a file, by its headers and first rows."""
    try:
        rows = list(islice(rows_of(data), LOOKED_AT + MOST_HEAD))
    except BadTable as error:
        return Proposal(refusal=str(error))
    return proposal_of(rows)


def looked_at(data: bytes) -> dict[str, Any]:
    """The same in plain values, as they come out of the process that reads files."""
    return asdict(look(data))


def proposal_of(numbered: Sequence[Numbered]) -> Proposal:
    """The same, of rows."""
    rows = [cells for _, cells in numbered]
    head = _head_lines(rows)
    if head is None:
        return Proposal(refusal="The file has no row of headers with readings under it.")
    width = max(map(len, rows))
    headers = [_joined(rows[:head], column) for column in range(width)]
    body = rows[head:]
    plain = [words.plain(each) for each in headers]
    if set(STANDARD_HEADERS) <= set(plain):
        return _standard(headers, plain, body, head)
    wide = WideFinder(headers, plain, body, head)
    periods = wide.periods()
    long = LongFinder(headers, plain, body, head)
    try:
        mapping = wide.mapping(periods) if periods else long.mapping()
    except Cannot as refusal:
        return Proposal({}, {}, str(refusal), headers, body[:LOOKED_AT])
    return Proposal(mapping.to_json(), (wide if periods else long).questions, "", headers, body[:LOOKED_AT])


def _head_lines(rows: Sequence[tuple[str, ...]]) -> int | None:
    """How many lines come before the first with a date or stamp in a cell and a number or blank beside it."""
    for place, cells in enumerate(rows[: MOST_HEAD + 1]):
        if place and any(STAMP.fullmatch(cell) or UNIX.fullmatch(cell) for cell in cells):
            return place
    return None


def _joined(lines: Sequence[tuple[str, ...]], column: int) -> str:
    """A column's header: what the last lines above it hold, of two lines with headers both."""
    widest = max(sum(bool(cell) for cell in line) for line in lines)
    kept = [line for line in lines if sum(bool(cell) for cell in line) * 2 >= widest]
    texts = dict.fromkeys(
        line[column].strip() for line in kept if column < len(line) and line[column].strip()
    )
    return " ".join(texts).removeprefix("\ufeff")


def _standard(headers: list[str], plain: list[str], body: list[tuple[str, ...]], head: int) -> Proposal:
    def at(*names: str) -> int | None:
        return next((plain.index(name) for name in names if name in plain), None)

    meter = at("asset ref", "meter id")
    if meter is None:
        return Proposal(refusal="The file lacks the column Asset Ref, or Meter ID.")
    mapping = Mapping(
        Shape.LONG,
        head=head,
        meter=meter,
        stamp=at("period start"),
        clock=Clock.OFFSET,
        minutes_column=at("minutes"),
        imported=at("import kwh"),
        exported=at("export kwh"),
        quality=at("quality"),
        exact=True,
    )
    return Proposal(mapping.to_json(), {}, "", headers, body[:LOOKED_AT], is_standard=True)
