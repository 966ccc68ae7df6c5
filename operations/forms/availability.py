"""What providers and operators type about availability."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError

from marketplace.calendar import MIDNIGHT, NonexistentTime, fold_of, local_instant, localise, names_of
from marketplace.dates import CLOCK_INPUT, named_day
from marketplace.web.form_style import StyledForm
from operations.enums import UnavailabilityReason

MOST_CELLS = 5_000


def _time(text: str, zone: ZoneInfo) -> Any:
    told, _, name = text.strip().partition(" ")
    if told == "24:00" and not name:
        return MIDNIGHT
    fold = fold_of(name, zone) if name else 0
    if fold is None:
        raise ValidationError("")
    return forms.TimeField(input_formats=[CLOCK_INPUT]).clean(told).replace(fold=fold)


class LocalTime(forms.CharField):
    """A time of day such as 17:30; 24:00 is the midnight at the end, 01:30 GMT the second when the clocks go back."""

    takes_24 = True

    def __init__(self, **kwargs: Any) -> None:
        self.zone = ZoneInfo("UTC")
        super().__init__(max_length=12, widget=forms.TextInput(attrs={"placeholder": "16:00"}), **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            if text and not self.takes_24 and text.startswith("24"):
                raise ValidationError("")
            return _time(text, self.zone) if text else None
        except ValidationError:
            raise ValidationError("Must be a time of day, such as 17:30.") from None


class TimeOfNamedDay(LocalTime):
    """A time of a day that is named beside it, which has no 24:00."""

    takes_24 = False


def day_field(label: str) -> forms.DateField:
    """A day, with the browser's calendar."""
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def twice_text(zone: ZoneInfo) -> str:
    """How the second of two equal times is written; nothing where the clocks never change."""
    names = names_of(zone)
    return f"When the clocks go back, 01:30 {names[0]} is the second 01:30." if len(names) > 1 else ""


def moment_in(form: forms.Form, day: str, at: str, zone: ZoneInfo) -> datetime | None:
    """The instant of a day and a time by the clocks of the zone; None, with the error at the time, for one that is skipped."""
    told, clock = form.cleaned_data.get(day), form.cleaned_data.get(at)
    if told is None or clock is None:
        return None
    try:
        localise(datetime.combine(told, clock.replace(fold=0)), zone)
    except NonexistentTime as fault:
        form.add_error(at, str(fault))
        return None
    return local_instant(told, clock, zone)


class DeclareForm(StyledForm):
    """MW for one service day or every one to come, whole or between two times."""

    ONE, ALL = "one", "all"
    days = forms.ChoiceField(
        label="For",
        choices=[(ONE, "One service day"), (ALL, "Every service day that is not locked")],
        initial=ONE,
    )
    day = forms.DateField(
        label="Service day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text="The day on which the service begins.",
    )
    start = LocalTime(label="From", required=False, help_text="Blank: the whole service of the day.")
    end = LocalTime(label="To", required=False, help_text="24:00 is the midnight at the end.")
    mw = forms.DecimalField(label="MW", min_value=0, max_digits=14, decimal_places=6)

    def __init__(self, *args: Any, unit: str, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mw"].label = unit
        for name in ("start", "end"):
            self.fields[name].zone = zone  # type: ignore[attr-defined]
        self.fields["start"].help_text = f"{self.fields['start'].help_text} {twice_text(zone)}".strip()

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("days") == self.ONE and not told.get("day") and "day" not in self.errors:
            self.add_error("day", "Name the service day.")
        if (told.get("start") is None) != (told.get("end") is None) and not self.errors:
            self.add_error("end", "Give both times, or neither for the whole service of the day.")
        return told


class MissingForm(StyledForm):
    """That accepted MW are not there."""

    day = day_field("First day")
    start = TimeOfNamedDay(label="From")
    end_day = day_field("Last day")
    end = TimeOfNamedDay(label="To")
    mw = forms.DecimalField(label="MW available", min_value=0, max_digits=14, decimal_places=6)
    reason = forms.ChoiceField(choices=UnavailabilityReason.choices)

    def __init__(self, *args: Any, unit: str, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["mw"].label = f"{unit} available"
        self.fields["start"].help_text = twice_text(zone)
        for name in ("start", "end"):
            self.fields[name].zone = zone  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        told["since"] = moment_in(self, "day", "start", self.zone)
        told["until"] = moment_in(self, "end_day", "end", self.zone)
        return told


class ShortenForm(StyledForm):
    """The earlier end of a notice."""

    end_day = day_field("Last day")
    end = TimeOfNamedDay(label="Ends")

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        self.fields["end"].zone = zone  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        told["until"] = moment_in(self, "end_day", "end", self.zone)
        return told


def monday_of(text: str | None, usual: date) -> date:
    """The Monday of the week that an address names, or of the usual day."""
    try:
        day = named_day(text or "")
    except ValueError:
        day = usual
    return day - timedelta(days=day.weekday())


def typed_cells(data: Mapping[str, str]) -> dict[tuple[UUID, str], Decimal]:
    """What was typed into the cells of a grid, by contract and by what follows in the cell's name; blank ones are left out.

    Raises ``ValidationError`` with the sentence for what is no number.
    """
    found: dict[tuple[UUID, str], Decimal] = {}
    for name, text in data.items():
        kind, _, rest = name.partition("|")
        key, _, place = rest.partition("|")
        if kind != "mw" or not text.strip():
            continue
        try:
            found[UUID(key), place] = _number(text)
        except ValueError:
            raise ValidationError("The page is not one of ours; open it again.") from None
        if len(found) > MOST_CELLS:
            raise ValidationError("These are more cells than a page has.")
    return found


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) >= Decimal(10) ** 8:
        raise ValidationError(f"“{text.strip()[:20]}” is not a number of MW.")
    return number
