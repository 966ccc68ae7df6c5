"""The forms of planning help."""

from calendar import day_name
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms

from competitions.domain.planning import ProposedPeriod
from competitions.workbooks.specs import WINDOWS
from marketplace.dates import time_text
from marketplace.numbers import exact_text

NEXT_YEAR = 380


class SeriesForm(forms.Form):
    """A demand series."""

    file = forms.FileField(label="Demand series (CSV)", widget=forms.FileInput(attrs={"accept": ".csv"}))


class PlanForm(forms.Form):
    """What to plan by: the firm capacity, from which month, and how stretches become windows."""

    firm_mw = forms.DecimalField(
        label="Firm capacity (MW)",
        min_value=Decimal("0.001"),
        max_value=Decimal(100_000),
        max_digits=12,
        decimal_places=6,
        help_text="What the network carries without help.",
    )
    first_month = forms.DateField(
        label="Plan twelve months from",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text="Each month is planned by the readings of the same month.",
    )
    apart = forms.BooleanField(
        label="Keep every stretch apart",
        required=False,
        help_text="Otherwise stretches of one weekday that overlap are merged, so that no MW is bought twice.",
    )
    gap = forms.TypedChoiceField(
        label="Merge neighbouring windows",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", "Only where they overlap or touch"),
            ("30", "Up to half an hour apart"),
            ("60", "Up to an hour apart"),
            ("120", "Up to two hours apart"),
        ],
        help_text="A merged window has the highest MW of its parts.",
    )
    least_times = forms.IntegerField(
        label="Leave out windows that occurred less often than",
        required=False,
        min_value=1,
        max_value=1000,
        help_text="Times in the series. Blank: none is left out.",
    )
    least_mw = forms.DecimalField(
        label="Leave out windows that need less than (MW)",
        required=False,
        min_value=Decimal(0),
        max_digits=12,
        decimal_places=6,
        help_text="Blank: none is left out.",
    )
    with_suspicious = forms.BooleanField(
        label="Count suspicious readings too",
        required=False,
        help_text="Spikes, zeros and repeated values, listed below. They don't count otherwise.",
    )
    month = forms.IntegerField(required=False, min_value=1, max_value=12, widget=forms.HiddenInput)

    def clean_first_month(self) -> date:
        day: date = self.cleaned_data["first_month"]
        return day.replace(day=1)


def month_after(today: date) -> date:
    """The first day of the next month: where a plan begins unless said otherwise."""
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


Rows = Sequence[dict[str, str]]
CELLS = ("period", "first_day", "last_day", "name", "weekdays", "start", "end", "capacity_required_mw")


def cells_of(periods: Sequence[ProposedPeriod]) -> list[dict[str, str]]:
    """The proposed windows as the cells of the sheet of service windows."""
    return [
        {
            "period": period.name,
            "first_day": period.first_day.isoformat(),
            "last_day": period.last_day.isoformat(),
            "name": name,
            "weekdays": day_name[window.weekday],
            "start": time_text(window.start),
            "end": time_text(window.end),
            "capacity_required_mw": exact_text(window.need_mw),
        }
        for period in periods
        for name, window in zip(period.names(), period.windows, strict=True)
    ]


def rows_sent(data: Any) -> list[dict[str, str]]:
    """The rows of the table that are kept, as they were edited; rules are checked where the competition is
    set up."""
    kept = []
    for place in data.getlist("take"):
        row = {key: str(data.get(f"{key}-{place}", "")).strip()[:200] for key in CELLS}
        kept.append({column.key: row.get(column.key, "") for column in WINDOWS.columns[1:]})
    return kept
