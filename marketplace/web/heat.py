"""Heat maps as SVG in percent: a row a line, a column a step, the stronger the more. No script; the figures
beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

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
        return max(self.cells.values(), default=Decimal(0))

    @property
    def head(self) -> Sequence[str]:
        """The columns of ``table``."""
        return self.rows if self._upright else self.columns

    @property
    def table(self) -> list[tuple[str, list[str]]]:
        """The figures to read, a line a row; the longer side of a map goes down, so that it fits a page."""
        down = self.columns if self._upright else self.rows
        return [
            (
                name,
                [self._told((x, y) if self._upright else (y, x)) for x in range(len(self.head))],
            )
            for y, name in enumerate(down)
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
    drawn = [
        (y, x) for y in range(len(heat.rows)) for x in range(len(heat.columns)) if (y, x) not in heat.outside
    ]
    cells = format_html_join("", "{}", ((_cell(heat, y, x, label, wide, gap),) for y, x in drawn))
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


def _cell(heat: HeatMap, y: int, x: int, label: Decimal, wide: Decimal, gap: Decimal) -> SafeString:
    value = heat.cells.get((y, x), Decimal(0))
    place = (svg_number(label + wide * x), ROW * y + 1, svg_number(wide - gap), ROW - 2)
    strength = level(value, heat.highest)
    if not strength:
        return format_html('<rect class="heat-off" x="{}%" y="{}" width="{}%" height="{}" rx="2"/>', *place)
    return format_html(
        '<rect class="heat-{}" x="{}%" y="{}" width="{}%" height="{}" rx="2"><title>{}</title></rect>',
        strength,
        *place,
        f"{heat.rows[y]}, {heat.columns[x]}: {value:f} {heat.unit}",
    )
