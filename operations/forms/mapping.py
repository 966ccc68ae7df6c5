"""The form in which a member confirms what the columns of a meter file mean."""

import hashlib
from collections.abc import Mapping as Told
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms

from marketplace.canonical_json import canonical_json
from marketplace.web.form_style import StyledForm
from operations.domain.meterfiles.mapping import (
    Clock,
    Mapping,
    Measure,
    Names,
    Order,
    Shape,
    Sign,
    mapping_of,
)
from operations.enums import INTERVALS

CLOCKS = {
    Clock.LOCAL: "Local time, clocks change",
    Clock.UTC: "UTC",
    Clock.STANDARD: "Local standard time all year",
    Clock.OFFSET: "The offset in each time",
}
NAMES = {Names.START: "The start of its interval", Names.END: "The end of its interval"}
ORDERS = {
    Order.YEAR_FIRST: "Year, month, day",
    Order.DAY_FIRST: "Day, month, year",
    Order.MONTH_FIRST: "Month, day, year",
}
SIGNS = {Sign.IMPORT: "Import", Sign.EXPORT: "Export"}
MEASURES = {each: f"{each} ({'mean power' if each.is_power else 'energy'})" for each in Measure}
DECIMALS = {".": "1,234.5", ",": "1.234,5"}
COLUMNS = ("meter", "stamp", "time", "period", "value", "imported", "exported", "flow", "quality")
LABELS = {
    "meter": "Asset ref or meter ID",
    "stamp": "Time, or day",
    "time": "Clock time, if not with the day",
    "period": "Number of the period of the day",
    "value": "Readings, both directions in one column",
    "imported": "Import, in a column of its own",
    "exported": "Export, in a column of its own",
    "flow": "Direction or quantity of the row",
    "quality": "Quality",
}
CHOICES: dict[str, tuple[str, Told[Any, str]]] = {
    "names": ("A time names", NAMES),
    "clock": ("Times are in", CLOCKS),
    "order": ("Dates are written", ORDERS),
    "measure": ("Values are in", MEASURES),
    "sign": ("A positive number is", SIGNS),
    "decimal": ("Numbers are written", DECIMALS),
}
OF_LONG = ("time", "period", "value", "imported", "exported")
LONGEST_NAME = 60


def digest_of(mapping: Told[str, Any]) -> str:
    """The same for the same mapping: whether what is confirmed is what was shown."""
    return hashlib.sha256(canonical_json(mapping).encode()).hexdigest()


class MappingForm(StyledForm):
    """Every part of a mapping as a choice, filled with the proposal; what has to be asked has none."""

    keep_as = forms.CharField(
        required=False,
        max_length=LONGEST_NAME,
        label="Keep this under a name",
        help_text="Files with the same headers are then read like this without asking.",
    )

    def __init__(
        self,
        *args: Any,
        proposed: Mapping,
        questions: Told[str, str],
        headers: Sequence[str],
        units: Sequence[str],
        **kwargs: Any,
    ) -> None:
        self.proposed, self.questions = proposed, questions
        super().__init__(*args, **kwargs)
        columns = [
            ("", "None"),
            *(
                (str(place), f"{name or 'no header'} (column {place + 1})")
                for place, name in enumerate(headers)
            ),
        ]
        fields: dict[str, forms.Field] = {}
        for name in COLUMNS:
            if proposed.shape is Shape.WIDE and name in OF_LONG:
                continue
            value = getattr(proposed, name)
            fields[name] = forms.ChoiceField(
                label=LABELS[name],
                choices=columns,
                required=name == "stamp",
                initial="" if value is None else str(value),
            )
        fields["asset"] = forms.ChoiceField(
            label="One asset for the whole file",
            choices=[("", "None: a column names it"), *((ref, ref) for ref in units)],
            required=False,
            initial=proposed.asset,
        )
        for name, (label, options) in CHOICES.items():
            asked = name in questions
            fields[name] = forms.ChoiceField(
                label=label,
                choices=[
                    *([("", "Choose…")] if asked else []),
                    *((str(key), text) for key, text in options.items()),
                ],
                initial="" if asked else str(getattr(proposed, name)),
            )
        fields["minutes"] = forms.TypedChoiceField(
            label="Minutes of an interval",
            choices=[(each, str(each)) for each in INTERVALS],
            coerce=int,
            initial=proposed.minutes,
        )
        for name, question in questions.items():
            if name in fields:
                fields[name].help_text = question
        self.fields = fields | {"keep_as": self.fields["keep_as"]}

    def clean(self) -> dict[str, Any]:
        """Whose readings, and which columns."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            if not cleaned.get("meter") and not cleaned.get("asset"):
                self.add_error(
                    "asset",
                    "Choose the column that names the asset or meter, or one asset for the whole file.",
                )
            if self.proposed.shape is Shape.LONG:
                both = bool(cleaned.get("imported")) and bool(cleaned.get("exported"))
                if bool(cleaned.get("value")) == both:
                    self.add_error("value", "Choose one column for both directions, or one for each.")
        return cleaned

    @property
    def asked(self) -> list[Any]:
        """The fields that have to be answered."""
        return [self[name] for name in self.fields if name in self.questions]

    @property
    def found(self) -> list[Any]:
        """The fields that were filled by what the file says."""
        return [self[name] for name in self.fields if name not in self.questions and name != "keep_as"]

    @property
    def mapping(self) -> Mapping:
        """The mapping as confirmed."""
        told = self.cleaned_data
        places: dict[str, Any] = {
            name: int(told[name]) if told.get(name) else None for name in COLUMNS if name in self.fields
        }
        rest = {name: told[name] for name in (*CHOICES, "minutes")}
        given = mapping_of(self.proposed.to_json() | rest)
        asset = "" if places.get("meter") is not None else told["asset"]
        return replace(given, **places, asset=asset)
