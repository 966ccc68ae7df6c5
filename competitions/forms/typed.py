"""The forms of a competition's pages: a field for each column of the competition file, under the same rules."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from django import forms
from django.http import QueryDict

from competitions import rules
from competitions.columns import HEADER, WINDOW
from competitions.columns.header import BOUNDARY, PRODUCT_TYPES
from competitions.domain.setting_up.changes import PARTS
from competitions.enums import BoundaryType
from competitions.models import Competition
from marketplace.postcodes import is_sector, normal_postcode
from marketplace.workbooks.choices import WEEKDAYS, Choice, ChoiceList, Days, YesNo
from marketplace.workbooks.declare import Column, Problem
from marketplace.workbooks.kinds import Email, Number, Text, Whole
from marketplace.workbooks.moments import Date, DateTime, Duration, Time

LOCAL_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
LISTS = {"product_type": "product-types", "settlement_terms": "settlement-terms"}
"""Inputs that offer what is known, by the list on the page that holds it."""
CORNERS = ("north", "south", "east", "west")
INPUT_TYPES: Sequence[tuple[type, str]] = ((Date, "date"), (Time, "time"), (Email, "email"))


def field_for(column: Column, cell: str = "") -> forms.Field:
    """A form field for a column; what is typed is judged later, by the rules of the file."""
    kind = column.kind
    is_plain = isinstance(kind, Date | DateTime | Time) or (
        isinstance(kind, Choice) and not kind.others_up_to
    )
    hint = column.rule if is_plain else column.explanation  # such an input shows what can be entered
    common: dict[str, Any] = {"label": column.header, "help_text": hint, "required": False}
    if isinstance(kind, ChoiceList | Days):
        names = WEEKDAYS if isinstance(kind, Days) else tuple(kind.labels)
        choices = [(name, name) for name in names]
        common["help_text"] = column.rule.removeprefix("Comma-separated. ")
        return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **common)
    if isinstance(kind, YesNo) or (isinstance(kind, Choice) and not kind.others_up_to):
        first = "Visibility only: nobody bids" if column.key == "competition_type" else "—"
        choices = [("", first), *((name, name) for name in kind.options)]
        return forms.CharField(widget=forms.Select(choices=choices), **common)
    return forms.CharField(widget=_input_for(column, cell), **common)


def _input_for(column: Column, cell: str) -> forms.Widget:
    kind = column.kind
    if isinstance(kind, Text) and kind.multiline:
        return forms.Textarea(attrs={"rows": 5})
    attrs = {}
    if isinstance(kind, Number | Whole):
        attrs["inputmode"] = "decimal" if isinstance(kind, Number) else "numeric"
    if isinstance(kind, Duration):
        attrs["placeholder"] = "hh:mm"
    if column.key in LISTS:
        attrs["list"] = LISTS[column.key]
    if isinstance(kind, DateTime) and (not cell or LOCAL_MOMENT.fullmatch(cell)):
        return forms.TextInput(attrs={"type": "datetime-local"})
    for known, name in INPUT_TYPES:
        if isinstance(kind, known):
            attrs["type"] = name
    return forms.TextInput(attrs=attrs)


class CellsForm(forms.Form):
    """Cells of some columns. Initial values, locks and errors come from outside; nothing is judged here."""

    columns: Sequence[Column] = ()

    def __init__(
        self, *args: Any, cells: Mapping[str, str], locks: Mapping[str, str] | None = None, **kwargs: Any
    ):
        super().__init__(*args, **kwargs)
        self.locks = locks or {}
        for column in self.columns:
            cell = cells.get(column.key, "")
            field = self.fields[column.key] = field_for(column, cell)
            is_list = isinstance(field, forms.MultipleChoiceField)
            self.initial[column.key] = [part.strip() for part in cell.split(",")] if is_list else cell
            if column.required:
                field.label = f"{column.header} (required)"
            if column.key in self.locks:
                field.disabled = True
                field.help_text = self.locks[column.key]

    def cells(self, before: Mapping[str, str]) -> dict[str, str]:
        """What was typed. A locked field, which a browser doesn't send, keeps its cell."""
        typed = dict(before)
        for column in self.columns:
            if self.add_prefix(column.key) in self.data or column.key not in self.locks:
                value = self._typed(column)
                typed[column.key] = value
        return typed

    def _typed(self, column: Column) -> str:
        name = self.add_prefix(column.key)
        if isinstance(self.fields[column.key], forms.MultipleChoiceField):
            return ", ".join(cast(QueryDict, self.data).getlist(name))
        return str(self.data.get(name, "")).strip()

    def show(self, problems: Sequence[Problem]) -> None:
        """Put each error of a bound form at the field of its column, the others on top."""
        keys = {column.header: column.key for column in self.columns}
        self.full_clean()
        self._errors = forms.utils.ErrorDict()
        for problem in problems:
            if problem.level == "error":
                self.add_error(keys.get(problem.column or ""), problem.message)

    @classmethod
    def as_typed(cls, cells: Mapping[str, str]) -> QueryDict:
        """Cells as a browser would send them."""
        data = QueryDict(mutable=True)
        for column in cls.columns:
            cell = cells.get(column.key, "")
            is_list = isinstance(column.kind, ChoiceList | Days)
            data.setlist(
                column.key, [part.strip() for part in cell.split(",")] if is_list and cell else [cell]
            )
        return data


class HeaderForm(CellsForm):
    """The header of a competition, but what stands with the boundary."""

    columns = tuple(column for column in HEADER if column.group != BOUNDARY)

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings, both in the order of the file but for a column's own place."""
        found: dict[str, list[Column]] = {}
        for column in self.columns:
            found.setdefault(column.group, []).append(column)
        return [
            (title, [self[column.key] for column in sorted(columns, key=lambda column: column.place)])
            for title, columns in found.items()
        ]

    @property
    def product_types(self) -> Sequence[str]:
        return PRODUCT_TYPES


class BufferForm(CellsForm):
    """What of the header stands with the boundary: the buffer around it."""

    columns = tuple(column for column in HEADER if column.group == BOUNDARY)


class WindowForm(CellsForm):
    """One service window with its period."""

    columns = WINDOW[1:]


def locks_of(competition: Competition | None, values: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """Why each locked field can't change now, by its key; ``boundary`` and ``windows`` among them."""
    if competition is None:
        return {}
    phase = competition.phase(now)
    locks = {"ref": "The ref of a stored competition never changes."}
    for column in HEADER[1:]:
        reason = rules.lock_of(column.key, column.header, values[column.key], phase, now)
        if reason is not None:
            locks[column.key] = reason
    for key, label in PARTS.items():
        reason = rules.lock_of(key, label, None, phase, now)
        if reason is not None:
            locks[key] = reason
    return locks


def boundary_cells(data: QueryDict) -> list[dict[str, str]]:
    """The parts of a boundary from the areas chosen, the postcodes pasted and the corners of boxes, in this order."""
    rows = [{"kind": BoundaryType.AREA.label, "value": reference} for reference in data.getlist("areas")]
    for text in re.split(r"[,;\n\r\t]+", data.get("postcodes", "")):
        code = normal_postcode(text)
        if code:
            kind = BoundaryType.POSTCODE_SECTOR if is_sector(code) else BoundaryType.POSTCODE
            rows.append({"kind": kind.label, "value": code})
    corners = zip(*(data.getlist(corner) for corner in CORNERS), strict=False)
    for box in corners:
        if any(degrees.strip() for degrees in box):
            rows.append({"kind": BoundaryType.BOUNDING_BOX.label, **dict(zip(CORNERS, box, strict=True))})
    return rows


class DuplicateForm(forms.Form):
    """A competition once more, later."""

    ref = forms.CharField(
        label="New ref",
        max_length=40,
        help_text="Letters, digits and underscores; unique on the platform for ever.",
    )
    name = forms.CharField(label="Name", max_length=100)
    days = forms.IntegerField(
        label="Move all dates by days",
        min_value=-3660,
        max_value=3660,
        help_text="364 keeps the days of the week; each date keeps its local time.",
    )


class OffsetForm(forms.Form):
    """How far the dates that lie ahead move."""

    days = forms.IntegerField(
        label="Move by days",
        min_value=-3660,
        max_value=3660,
        help_text="Moves the dates that lie ahead. Negative moves earlier. 7 or 364 keeps the days of the week.",
    )
    periods = forms.BooleanField(label="Move the service periods too", required=False)
