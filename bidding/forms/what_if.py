"""Other numbers to try on the recommendation."""

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict

from competitions.models import Competition, ServiceWindow
from marketplace.numbers import exact_text, money_text
from marketplace.units import power_unit
from marketplace.web.form_style import StyledForm

MOST_FIELDS = 20
"""With more windows only the one looked at, and those changed, have a field."""
MICRO = Decimal("0.000001")
PERCENT = Decimal(100)


class WhatIfForm(StyledForm):
    """Another budget, other MW in windows, and a share of what is required in all; at first the competition's
    own.

    A number's ``data-slide`` is where its slider ends; ``most`` is the dearest the bids can come to.
    """

    def __init__(
        self,
        *args: Any,
        competition: Competition,
        windows: Sequence[ServiceWindow],
        shown: ServiceWindow | None,
        most: Decimal,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.windows = windows
        budget = competition.maximum_budget
        end = max(most, budget or Decimal(0)) * Decimal("1.1")
        self.fields["maximum_budget"] = forms.DecimalField(
            label="Maximum budget",
            required=False,
            min_value=0,
            max_digits=14,
            decimal_places=2,
            initial=budget,
            help_text=f"Blank: no limit. All bids together come to {money_text(most, competition.operator.currency)}.",
            widget=_number("0.01", end, exact_text(_coarse(end))),
        )
        self.fields["scale"] = forms.IntegerField(
            label="Required in all windows, %",
            required=False,
            min_value=0,
            max_value=1000,
            initial=100,
            widget=_number("1", PERCENT * 2, "1"),
        )
        unit = power_unit(competition.power_type)
        for window in self._with_field(windows, shown):
            self.fields[_name(window)] = forms.DecimalField(
                label=f"{unit} required, {window}",
                required=False,
                min_value=0,
                max_digits=14,
                decimal_places=6,
                initial=exact_text(window.capacity_required_mw),
                widget=_number("any", window.capacity_required_mw * 2, "0.1"),
            )
        if self.is_bound:
            self.add_initial()

    def _with_field(
        self, windows: Sequence[ServiceWindow], shown: ServiceWindow | None
    ) -> list[ServiceWindow]:
        if len(windows) <= MOST_FIELDS:
            return list(windows)
        return [each for each in windows if each == shown or self._is_changed(each)][:MOST_FIELDS]

    def _is_changed(self, window: ServiceWindow) -> bool:
        return self.data.get(_name(window), "") not in ("", exact_text(window.capacity_required_mw))

    def add_initial(self) -> None:
        """Let what the address leaves out stand as it is at first."""
        initial = {
            name: str(field.initial) for name, field in self.fields.items() if field.initial is not None
        }
        self.data = (
            initial | self.data.dict() if isinstance(self.data, QueryDict) else {**initial, **self.data}
        )

    @property
    def has_all(self) -> bool:
        """Whether every window has a field."""
        return len(self.windows) <= MOST_FIELDS

    @property
    def required_mw(self) -> dict[str, Decimal]:
        """MW (MVAr of reactive power) that each window requires then, by its name."""
        scale = self.cleaned_data.get("scale")
        share = PERCENT if scale is None else Decimal(scale)
        asked = {each.pk: self.cleaned_data.get(_name(each)) for each in self.windows}
        return {str(each): _share(each.capacity_required_mw, asked, each.pk, share) for each in self.windows}


def _share(own: Decimal, asked: dict[uuid.UUID, Decimal | None], key: uuid.UUID, share: Decimal) -> Decimal:
    wanted = asked[key]
    return ((own if wanted is None else wanted) * share / PERCENT).quantize(MICRO)


def _coarse(end: Decimal) -> Decimal:
    """A round step that takes a slider to its end in some hundred steps."""
    return Decimal(10) ** (max(end, Decimal(1)) / 100).adjusted()


def _name(window: ServiceWindow) -> str:
    return f"mw-{window.pk}"


def _number(step: str, end: Decimal, slide_step: str) -> forms.NumberInput:
    slider = {"data-slide": exact_text(end.quantize(Decimal("0.1"))), "data-slide-step": slide_step}
    return forms.NumberInput(attrs={"step": step, "inputmode": "decimal"} | slider)
