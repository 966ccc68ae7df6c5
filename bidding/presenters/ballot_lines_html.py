"""The lines of a ballot's grid as HTML: a ballot of hundreds of windows has thousands of fields, which a template
draws too slowly."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from uuid import UUID

from django.urls import reverse
from django.utils.safestring import SafeString

from bidding.models import Ballot
from bidding.presenters.ballot_grid import GridCell, GridLine, PeriodLines, WindowLines
from competitions.models import Competition
from marketplace.web.icons import icon_html

_ANY = UUID(int=0)


@dataclass(frozen=True)
class _Addresses:
    """Where the buttons of the lines lead: the form as it is typed, and one more line or copies of a
    window's."""

    again: str
    split: str
    copy: str


def drawn(
    periods: Iterable[PeriodLines], width: int, competition: Competition, ballot: Ballot | None
) -> list[tuple[PeriodLines, SafeString]]:
    """Each period with the rows of its lines, those with something to correct followed by a row that says
    what; a late one without."""
    addresses = _addresses(competition.pk, ballot.pk if ballot else None)
    return [(each, SafeString("" if each.is_late else _rows(each, addresses, width))) for each in periods]


def _addresses(competition_id: UUID, ballot_id: UUID | None) -> _Addresses:
    new, ballot = ("_new", ()) if ballot_id is None else ("", (ballot_id,))
    return _Addresses(
        again=reverse(f"bidding:again{new}", args=[competition_id, *ballot]),
        split=reverse(f"bidding:split{new}", args=[competition_id, *ballot, _ANY]),
        copy=reverse(f"bidding:copy{new}", args=[competition_id, *ballot, _ANY]),
    )


def _rows(period: PeriodLines, addresses: _Addresses, width: int) -> str:
    return "\n".join(_window(window, addresses, width) for window in period.windows)


def _window(window: WindowLines, addresses: _Addresses, width: int) -> str:
    key, last = str(window.window.pk), len(window.lines)
    head, facts = _head(window, key), _facts(window)
    rows = []
    for line in window.lines:
        buttons = _buttons(window, key, addresses) if line.split == last and window.is_applicable else ""
        rows.append(_line(window, line, key, head, facts, buttons))
        rows += _problems(line, addresses, width)
    return "\n".join(rows)


def _head(window: WindowLines, key: str) -> str:
    return (
        f'<tr data-window="{key}" data-required="{window.required}" data-minimum="{window.minimum}" '
        f'data-shortest="{window.shortest}" data-ticks="{escape(window.ticks_json)}" '
        f'data-name="{escape(window.window.name)}"'
    )


def _facts(window: WindowLines) -> str:
    told = ""
    if not window.is_applicable:
        told = f"Needs at least {window.minimum}, more than you have"
    elif window.window.minimum_aggregate_mw:
        told = f"At least {window.minimum}"
    return (
        f'<td class="tnum p-hide">{window.times}</td><td class="num p-hide">{window.hours}</td>'
        f'<td class="num" title="{told}">{window.limit}</td>'
    )


def _line(window: WindowLines, line: GridLine, key: str, head: str, facts: str, buttons: str) -> str:
    is_split, prefix = line.split > 1, line.row.prefix
    split = ' class="is-split"' if is_split else ""
    name = f"split {line.split}" if is_split else escape(window.window.name)
    return (
        f'{head} data-split="{line.split}"{split}>'
        f'<th scope="row" title="{escape(str(window.window))}">{name}'
        f'<input type="hidden" name="{prefix}-window" value="{key}"></th>{facts}'
        f"{''.join(_cell(cell, prefix) for cell in line.cells)}"
        f'<td class="num" data-cost>{line.cost_text}</td><td class="no-tools">{buttons}</td></tr>'
    )


def _cell(cell: GridCell, prefix: str) -> str:
    error, told = "", ""
    if cell.error:
        error, told = " is-error", f' aria-invalid="true" aria-describedby="{cell.id}_error"'
    return (
        f'<td class="cell{error}"><input id="{cell.id}" name="{prefix}-{cell.name}" value="{escape(cell.text)}" '
        f'data-c="{cell.name}" inputmode="decimal" autocomplete="off" aria-label="{escape(cell.label)}"{told}></td>'
    )


def _buttons(window: WindowLines, key: str, addresses: _Addresses) -> str:
    name = escape(window.window.name)
    return " ".join(
        f'<button class="btn btn-sm" type="submit" formaction="{address.replace(str(_ANY), key)}" formnovalidate>'
        f'{words}<span class="visually-hidden"> {joined} {name}</span></button>'
        for address, words, joined in (
            (addresses.split, "Add split", "for"),
            (addresses.copy, "Copy to blank windows", "from"),
        )
    )


def _problems(line: GridLine, addresses: _Addresses, width: int) -> Iterator[str]:
    for cell in line.problems:
        repair = ""
        if cell.repair:
            wanted = escape(cell.repair)
            repair = (
                f' <button class="btn btn-sm" type="submit" name="repair" '
                f'value="{line.row.prefix}-{cell.name}={wanted}" formaction="{addresses.again}" formnovalidate '
                f'data-repair="{wanted}" data-for="{cell.id}">Set to {wanted}</button>'
            )
        yield (
            f'<tr class="sheet-err" data-for="{cell.id}" data-was="{escape(cell.text)}">'
            f'<td colspan="{width}" id="{cell.id}_error"><span class="sheet-say">{icon_html("alert-triangle")} '
            f"{escape(cell.error)}{repair}</span></td></tr>"
        )
