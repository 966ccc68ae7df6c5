"""What an operator types of a dispatch, and what either party says about one."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from contracts.models import Contract
from marketplace.calendar import fold_of, local_instant
from marketplace.dates import CLOCK_INPUT
from marketplace.units import power_unit
from marketplace.web.form_style import StyledForm
from operations.domain.called import occurrences_of
from operations.domain.dispatching import LONGEST_INCIDENT, LONGEST_REASON
from operations.domain.local_times import following
from operations.enums import DispatchKind

DAY = timedelta(days=1)
KINDS = [
    (each.value, each.label) for each in (DispatchKind.OPERATIONAL, DispatchKind.TEST, DispatchKind.SCHEDULED)
]


def mw_field(label: str = "MW") -> forms.DecimalField:
    """An amount of power, as typed."""
    return forms.DecimalField(
        label=label,
        max_digits=14,
        decimal_places=6,
        min_value=Decimal(0),
        localize=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


class ClockField(forms.CharField):
    """A local time of day, in minutes. Where the clocks go back, the name of the time after it tells the second: 01:30 GMT."""

    zone: ZoneInfo | None = None

    def clean(self, value: Any) -> time | None:
        """The time; its ``fold`` is 1 where the zone's standard time is named."""
        told, _, name = str(super().clean(value)).partition(" ")
        found: time | None = forms.TimeField(input_formats=[CLOCK_INPUT], required=False).clean(told)
        if not name or found is None:
            return found
        fold = None if self.zone is None else fold_of(name, self.zone)
        if fold is None:
            raise forms.ValidationError("Write a time such as 17:45.")
        return found.replace(fold=fold)


def time_field(label: str) -> ClockField:
    """A field for such a time."""
    return ClockField(
        label=label,
        widget=forms.TimeInput(
            attrs={
                "inputmode": "numeric",
                "placeholder": "17:45",
                "autocomplete": "off",
            },
            format=CLOCK_INPUT,
        ),
    )


def reason_field(help_text: str, *, required: bool = False) -> forms.CharField:
    """Why something is done, for the other party to read."""
    return forms.CharField(
        required=required,
        max_length=LONGEST_REASON,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DispatchForm(StyledForm):
    """A dispatch of one contract: MW, and times of the desk's day. An end not after the start is of the next day."""

    mw = mw_field()
    start = time_field("From")
    end = time_field("Until")
    kind = forms.ChoiceField(choices=KINDS, initial=DispatchKind.OPERATIONAL)
    incident_reference = forms.CharField(required=False, max_length=LONGEST_INCIDENT)
    reason = forms.CharField(required=False, max_length=LONGEST_REASON)
    ref = forms.CharField(widget=forms.HiddenInput, max_length=60)
    seen = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)
    anyway = forms.BooleanField(required=False)

    def __init__(self, *args: Any, contract: Contract, day: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"auto_id": "dispatch-%s"})
        self.contract, self.day = contract, day
        tell_zone(self, contract.buyer.zone)
        self.fields["mw"].label = power_unit(contract.competition.power_type)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        start, end = found.get("start"), found.get("end")
        if isinstance(start, time) and isinstance(end, time):
            found["from"], found["until"] = span_of(self.contract, self.day, start, end)
        return found


def tell_zone(form: forms.Form, zone: ZoneInfo) -> None:
    """In which zone the times of a form are typed."""
    for field in form.fields.values():
        if isinstance(field, ClockField):
            field.zone = zone


def span_of(contract: Contract, day: date, start: time, end: time) -> tuple[datetime, datetime]:
    """The instants of two local times of a day; of the night after it where an overnight window serves then."""
    zone = contract.buyer.zone
    first = local_instant(day, start, zone)
    service = occurrences_of(contract, day - DAY, day)
    if not any(each.start <= first < each.end for each in service):
        later = local_instant(day + DAY, start, zone)
        if any(each.start <= later < each.end for each in service):
            first = later
    return first, following(first, end, zone)


class AmendForm(StyledForm):
    """Other MW, or another end, of a dispatch from an instant on."""

    mw = mw_field("MW from then on")
    since = time_field("From")
    end = time_field("Until")

    def __init__(self, *args: Any, zone: ZoneInfo, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.now = zone, now
        tell_zone(self, zone)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        since, end = found.get("since"), found.get("end")
        if isinstance(since, time) and isinstance(end, time):
            found["from"] = following(self.now, since, self.zone)
            found["until"] = following(found["from"], end, self.zone)
        return found


class EndForm(StyledForm):
    """Why a dispatch is cancelled or stopped."""

    reason = reason_field("The provider reads it.")


class DeclineForm(StyledForm):
    """Why a dispatch is declined."""

    reason = reason_field("The operator reads it.", required=True)


class PlanForm(StyledForm):
    """MW needed from some contracts, from a start to an end of a day."""

    among = forms.ChoiceField(label="From the contracts of")
    mw = mw_field("MW needed")
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    start = time_field("From")
    end = time_field("Until")
    kind = forms.ChoiceField(choices=KINDS, initial=DispatchKind.OPERATIONAL)
    incident_reference = forms.CharField(required=False, max_length=LONGEST_INCIDENT)
    reason = reason_field("The providers read it.")

    def __init__(self, *args: Any, choices: list[tuple[str, str]], zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        tell_zone(self, zone)
        among = self.fields["among"]
        assert isinstance(among, forms.ChoiceField)
        among.choices = choices

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        start, end, day = found.get("start"), found.get("end"), found.get("day")
        if isinstance(start, time) and isinstance(end, time) and isinstance(day, date):
            found["from"] = local_instant(day, start, self.zone)
            found["until"] = following(found["from"], end, self.zone)
        mw = found.get("mw")
        if isinstance(mw, Decimal) and mw <= 0:
            self.add_error("mw", "A plan needs more than 0.")
        return found
