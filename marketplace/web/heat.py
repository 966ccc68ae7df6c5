"""Heat maps as SVG in percent: a row a line, a column a step, the stronger the more. No script; the figures
beside them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.web.figures import svg_number

LEVELS = 4
ROW = 22
LABEL, WIDE_LABEL = Decimal(7), Decimal(13)
"""How much of the width the rows' names take, in percent: up to three letters, and longer ones."""
SHORT = 3
MOST_WORDS = 13


@dataclass(frozen=True)
class HeatMap:
    """Names of rows and columns, the cells' values by (row, column), what a value is called, and the result
    in a sentence.

    ``outside`` are cells of which nothing is said, such as days before the first; ``heads`` are the columns'
    names that are drawn, the others stand in the table only.
    """

    rows: Sequence[str]
    columns: Sequence[str]
    cells: Mapping[tuple[int, int], Decimal]
    unit: str
    sentence: str
    heads: Mapping[int, str]
    outside: frozenset[tuple[int, int]] = frozenset()

    @property
    def highest(self) -> Decimal:
        """The most of any cell."""
        return max(self.cells.values(), default=Decimal(0))

    @property
    def head(self) -> Sequence[str]:
        """The columns of ``table``."""
        return self.rows if self._upright else self.columns

    @property
    def table(self) -> list[list[str]]:
        """The figures to read, a line a row after its name; the longer side of a map goes down, so that it fits a
        page."""
        is_upright, across = self._upright, range(len(self.head))
        return [
            [name, *(self._told((x, y) if is_upright else (y, x)) for x in across)]
            for y, name in enumerate(self.columns if is_upright else self.rows)
        ]

    @property
    def _upright(self) -> bool:
        return len(self.columns) > len(self.rows)

    def _told(self, cell: tuple[int, int]) -> str:
        return "" if cell in self.outside else f"{self.cells.get(cell, Decimal(0)):f}"


def level(value: Decimal, highest: Decimal) -> int:
    """How strong a value is drawn, from 1 to ``LEVELS``; 0 for none."""
    if value <= 0 or highest <= 0:
        return 0
    return max(1, -(-int(value * LEVELS * 1000 / highest) // 1000))


def heat_html(heat: HeatMap) -> SafeString:
    """The map; each cell that holds something tells it when pointed at."""
    label = LABEL if all(len(row) <= SHORT for row in heat.rows) else WIDE_LABEL
    wide = (100 - label) / max(1, len(heat.columns))
    gap = min(Decimal("0.35"), wide / 8)
    names = format_html_join(
        "",
        '<text class="svg-t is-dim" x="0" y="{}">{}</text>',
        ((ROW * y + 15, row) for y, row in enumerate(heat.rows)),
    )
    cells = SafeString("".join(_cells(heat, label, wide, gap)))
    every = max(1, -(-len(heat.heads) // MOST_WORDS))
    heads = format_html_join(
        "",
        '<text class="svg-t is-dim{}" x="{}%" y="{}">{}</text>',
        (
            (" is-odd" if place % 2 else "", svg_number(label + wide * x), ROW * len(heat.rows) + 16, word)
            for place, (x, word) in enumerate(list(heat.heads.items())[::every])
        ),
    )
    return format_html(
        '<svg class="heat-map" height="{}" role="img" aria-label="{}">{}{}{}</svg>',
        ROW * len(heat.rows) + 22,
        heat.sentence,
        names,
        cells,
        heads,
    )


def _cells(heat: HeatMap, label: Decimal, wide: Decimal, gap: Decimal) -> Iterator[str]:
    """The elements of the cells, a row after the other."""
    highest, width = heat.highest, svg_number(wide - gap)
    columns = [(x, svg_number(label + wide * x), escape(name)) for x, name in enumerate(heat.columns)]
    strengths: dict[Decimal, int] = {}
    none, unit = Decimal(0), escape(heat.unit)
    for y, row in enumerate(heat.rows):
        place, name = f'y="{ROW * y + 1}" width="{width}%" height="{ROW - 2}" rx="2"', escape(row)
        for x, left, column in columns:
            if (y, x) in heat.outside:
                continue
            value = heat.cells.get((y, x), none)
            if value not in strengths:
                strengths[value] = level(value, highest)
            if strength := strengths[value]:
                told = f"{name}, {column}: {value:f} {unit}"
                yield f'<rect class="heat-{strength}" x="{left}%" {place}><title>{told}</title></rect>'
            else:
                yield f'<rect class="heat-off" x="{left}%" {place}/>'
