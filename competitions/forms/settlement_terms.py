"""The form of settlement terms: a field for each of theirs, by groups; what is typed becomes their nested fields."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django import forms

from competitions.domain.curves import READY_MADE, UnusableCurve, curve_of
from competitions.domain.settlement_terms import (
    AdjustmentKind,
    AvailabilityFactor,
    AvailabilityMode,
    BaselineMethod,
    Basis,
    Cycle,
    PenaltyCap,
    Select,
    Unanswered,
    Undeclared,
)
from competitions.domain.terms_fields import FALLING_CURVE, LONGEST_LOOKBACK
from competitions.models.settlement_terms import LONGEST_NAME, LONGEST_TEXT
from marketplace.dates import CLOCK_INPUT
from marketplace.web.form_style import StyledForm
from marketplace.workbooks.choices import WEEKDAYS

REF = r"^[A-Za-z0-9_-]{1,40}$"
POINTS, SLOPE, UFTP = "points", "slope", "uftp"
CURVES = (
    ("proportional", "proportional"),
    ("threshold_50", "threshold_50"),
    ("threshold_75", "threshold_75"),
    ("grace_5_slope_3", "grace_5_slope_3"),
    (POINTS, "points of your own"),
    (SLOPE, "grace and slope of your own"),
)
UTILISATION_CURVES = (*CURVES[:4], (UFTP, "uftp: proportional, with a penalty price, no cap"), *CURVES[4:])
PRESETS = tuple(READY_MADE)
MODES = (
    ("", "as the contract pays"),
    (AvailabilityMode.FIXED.value, "fixed: the award is the acceptance"),
    (AvailabilityMode.DECLARED.value, "declared: declared by the provider, accepted by you"),
    (AvailabilityMode.NONE.value, "none: nothing is promised"),
)
WORDS: Mapping[str, str] = {
    BaselineMethod.RECENT_DAYS: "recent days without events",
    BaselineMethod.NOMINATED: "nominated by the provider",
    BaselineMethod.METER_BEFORE: "the meter before the dispatch",
    BaselineMethod.FIXED_REFERENCE: "fixed reference of yours",
    BaselineMethod.CONSTANT: "constant (0: zero baseline)",
    AvailabilityFactor.NONE: "nothing",
    AvailabilityFactor.OCCURRENCE: "the dispatches of its window on the day",
    AvailabilityFactor.MONTH: "the dispatches of the month",
    AvailabilityFactor.PREVIOUS_MONTH: "the dispatches of the month before",
    Select.MIDDLE: "the middle ones",
    Select.HIGH: "those of the highest import",
    Select.LOW: "those of the lowest import",
    Cycle.WEEKLY: "a week at a time",
    Cycle.DAY_AHEAD: "a day at a time",
    Basis.PERIOD: "each settlement period",
    Basis.DISPATCH: "the dispatch as a whole",
}


def _choices(kind: type[StrEnum], words: Mapping[str, str] = WORDS) -> list[tuple[str, str]]:
    return [(each.value, words.get(each, each.value)) for each in kind]


def _choice(label: str, choices: Sequence[tuple[str, str]], hint: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, help_text=hint, required=choices[0][0] != "")


def _whole(label: str, least: int, most: int, hint: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=hint)


def _number(label: str, hint: str = "", *, negative: bool = False) -> forms.DecimalField:
    limit = Decimal(999_999_999)
    return forms.DecimalField(
        label=label,
        max_digits=15,
        decimal_places=6,
        min_value=-limit if negative else Decimal(0),
        max_value=limit,
        help_text=hint,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


def _yes(label: str, hint: str = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, help_text=hint, required=False)


def _optional(field: forms.Field) -> forms.Field:
    field.required = False
    return field


def _of_slope(label: str, hint: str = "") -> forms.Field:
    """The grace or the slope of a curve: refused below 0 in the words of the rule."""
    field = _optional(_number(label, hint))
    field.error_messages["min_value"] = FALLING_CURVE
    return field


def _points(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=2000,
        help_text="Delivered and paid share, a pair a point: 0 0; 0.5 0; 0.5 0.5; 1 1. Read only with points of your own.",
    )


class TermsForm(StyledForm):
    """Settlement terms. ``told`` gives them as nested fields; which of them can't be is the rules' to say."""

    ref = forms.RegexField(
        regex=REF,
        max_length=40,
        help_text="Letters, digits, hyphens and underscores. Competitions name it; it can't change later.",
        error_messages={"invalid": "Use up to 40 letters, digits, hyphens and underscores."},
    )
    name = forms.CharField(max_length=LONGEST_NAME)
    text = forms.CharField(
        required=False,
        max_length=LONGEST_TEXT,
        help_text="For people, beside the rules below: it decides nothing.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    period_minutes = forms.TypedChoiceField(
        label="Settlement period",
        choices=[(each, f"{each} min") for each in (30, 15, 5, 1)],
        coerce=int,
    )
    estimated_counts = _yes("Estimated readings count")
    method = _choice("Method", _choices(BaselineMethod))
    kw = _optional(_number("Constant (kW)", "Net, export positive. Read only with constant.", negative=True))
    before_minutes = _whole("Minutes before", 1, 1440, "Read only with the meter before the dispatch.")
    working_used = _whole("Working days used", 1, 60)
    working_nearest = _whole("Working days looked at", 1, 60)
    working_least = _whole("Working days at least", 1, 60, "With fewer there is no baseline.")
    other_used = _whole("Other days used", 1, 60)
    other_nearest = _whole("Other days looked at", 1, 60)
    other_least = _whole("Other days at least", 1, 60)
    select = _choice("Which of them", _choices(Select))
    lookback_days = _whole("Days looked back", 1, LONGEST_LOOKBACK)
    adjustment = _choice(
        "Adjustment to the day",
        [("", "none"), *((each.value, each.value) for each in AdjustmentKind)],
        "To the meter shortly before the dispatch.",
    )
    adjustment_minutes = _whole("Adjustment over minutes", 1, 1440)
    adjustment_gap = _whole("Adjustment ends minutes before the start", 0, 1440)
    adjustment_cap = _number("Adjustment by at most", "A share: 0.2 is 20 %.")
    adjustment_one_sided = _yes("Not where it would lower the flexibility")
    mode = _choice("Availability", MODES)
    factor = _choice("Its payment is scaled by", _choices(AvailabilityFactor))
    availability_curve = _choice("Curve of the scale", CURVES)
    availability_points = _points("Points of the scale")
    availability_grace = _of_slope("Grace of the scale")
    availability_slope = _of_slope("Slope of the scale")
    declined_forfeits = _yes("A declined dispatch takes the payment of its window on that day")
    cycle = _choice("Declared", _choices(Cycle), "A day is usually locked at 10:00 and answered at 14:00.")
    lock_day = _choice(
        "Locked on", [(each, each) for each in WEEKDAYS], "Of the week before; a week at a time."
    )
    lock_time = forms.CharField(label="Locked at", max_length=5, help_text="Local; 24:00 is the day's end.")
    answer_day = _choice("Answered until (day)", [(each, each) for each in WEEKDAYS])
    answer_time = forms.CharField(label="Answered until (time)", max_length=5)
    unanswered = _choice("Unanswered is", _choices(Unanswered))
    default = _choice("Not declared counts as", _choices(Undeclared))
    acknowledge_minutes = _whole("Acknowledged within minutes", 1, 44_640, "The start always ends the time.")
    curve = _choice("Curve", UTILISATION_CURVES, "Share of the full payment by share delivered.")
    points = _points("Points")
    grace = _of_slope("Grace", "Share that may be missing without loss. Read only with grace and slope.")
    slope = _of_slope("Slope", "Share lost for each share missing beyond it.")
    basis = _choice("The curve is applied to", _choices(Basis))
    cap = _number("Delivered counts up to", "A share of requested, up to 2.")
    tests_paid = _yes("Tests are paid")
    penalty_price = _number("Penalty price (/MWh)")
    penalty_multiple = _number("Times the utilisation price", "Added to the price.")
    penalty_tolerance = _number("Free of penalty", "A share of requested, below 1.")
    penalty_cap = _choice(
        "Penalties of a month are at most",
        [("none", "as they are"), ("utilisation", "its utilisation payments"), ("all", "all its payments")],
    )
    days_before = _whole("Nominated so many days before", 0, 31, "Read only with nominated baselines.")
    nomination_time = forms.TimeField(label="Nominated until (local time)", input_formats=[CLOCK_INPUT])
    meter_day = _whole("Meter data until day", 1, 28, "Of the next month, 24:00.")
    dispute_days = _whole("Working days to dispute", 0, 90)
    correction_months = _whole("Months of correction", 0, 60)

    GROUPS = (
        ("Name", ("ref", "name", "text")),
        ("Metering", ("period_minutes", "estimated_counts")),
        (
            "Baseline",
            (
                "method",
                "kw",
                "before_minutes",
                "select",
                "working_used",
                "working_nearest",
                "working_least",
                "other_used",
                "other_nearest",
                "other_least",
                "lookback_days",
                "adjustment",
                "adjustment_minutes",
                "adjustment_gap",
                "adjustment_cap",
                "adjustment_one_sided",
                "days_before",
                "nomination_time",
            ),
        ),
        (
            "Availability",
            (
                "mode",
                "factor",
                "availability_curve",
                "availability_points",
                "availability_grace",
                "availability_slope",
                "declined_forfeits",
            ),
        ),
        (
            "Declarations",
            ("cycle", "lock_day", "lock_time", "answer_day", "answer_time", "unanswered", "default"),
        ),
        (
            "Utilisation",
            (
                "acknowledge_minutes",
                "curve",
                "points",
                "grace",
                "slope",
                "basis",
                "cap",
                "tests_paid",
            ),
        ),
        ("Penalty", ("penalty_price", "penalty_multiple", "penalty_tolerance", "penalty_cap")),
        ("Statements", ("meter_day", "dispute_days", "correction_months")),
    )

    def __init__(self, *args: Any, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_new:
            del self.fields["ref"]

    @property
    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [
            (title, [self[name] for name in names if name in self.fields]) for title, names in self.GROUPS
        ]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        for prefix in ("", "availability_"):
            try:
                _curve(found, prefix)
            except UnusableCurve as error:
                self.add_error(f"{prefix}points", str(error))
        if found.get("curve") == UFTP and not found.get("penalty_price"):
            self.add_error("penalty_price", "uftp needs a penalty price.")
        if found.get("curve") == UFTP and found.get("penalty_cap") != PenaltyCap.NONE:
            self.add_error("penalty_cap", "uftp has no cap on penalties.")
        return found

    def told(self) -> dict[str, Any]:
        """What was typed as nested fields."""
        typed = self.cleaned_data
        adjustment = {
            "kind": typed["adjustment"],
            "minutes": typed["adjustment_minutes"],
            "gap_minutes": typed["adjustment_gap"],
            "cap": typed["adjustment_cap"],
            "one_sided": typed["adjustment_one_sided"],
        }
        return {
            "period_minutes": typed["period_minutes"],
            "estimated_counts": typed["estimated_counts"],
            "baseline": {
                "method": typed["method"],
                "kw": typed["kw"] or 0,
                "working": [typed["working_used"], typed["working_nearest"], typed["working_least"]],
                "other": [typed["other_used"], typed["other_nearest"], typed["other_least"]],
                "select": typed["select"],
                "lookback_days": typed["lookback_days"],
                "adjustment": adjustment if typed["adjustment"] else None,
                "before_minutes": typed["before_minutes"],
            },
            "availability": {
                **({"mode": typed["mode"]} if typed["mode"] else {}),
                "factor": typed["factor"],
                "curve": _curve(typed, "availability_"),
                "declined_forfeits": typed["declined_forfeits"],
            },
            "declaration": {
                "cycle": typed["cycle"],
                "lock": {"day": typed["lock_day"], "time": typed["lock_time"]},
                "answer": {"day": typed["answer_day"], "time": typed["answer_time"]},
                "unanswered": typed["unanswered"],
                "default": typed["default"],
            },
            "acknowledge_minutes": typed["acknowledge_minutes"],
            "utilisation": {
                "curve": _curve(typed, ""),
                "basis": typed["basis"],
                "cap": typed["cap"],
                "tests_paid": typed["tests_paid"],
            },
            "penalty": {name: typed[f"penalty_{name}"] for name in ("price", "multiple", "tolerance", "cap")},
            "nomination": {"days_before": typed["days_before"], "time": typed["nomination_time"]},
            "statement": {name: typed[name] for name in ("meter_day", "dispute_days", "correction_months")},
        }


def _curve(typed: Mapping[str, Any], prefix: str) -> Any:
    """The curve that was chosen or typed. Raises ``UnusableCurve``."""
    chosen = typed.get(f"{prefix}curve")
    if chosen == POINTS:
        told = str(typed.get(f"{prefix}points") or "")
        points = [part.split() for part in told.replace(",", " ").split(";") if part.strip()]
        curve = {"kind": "table", "points": points}
        curve_of(curve)
        return curve
    if chosen == SLOPE:
        grace, slope = typed.get(f"{prefix}grace"), typed.get(f"{prefix}slope")
        return {"kind": "grace_slope", "grace": str(grace or 0), "slope": str(1 if slope is None else slope)}
    return chosen


def typed_from(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the form is filled with for stored fields."""
    baseline, availability, declaration = fields["baseline"], fields["availability"], fields["declaration"]
    change = baseline["adjustment"] or {
        "kind": "",
        "minutes": 120,
        "gap_minutes": 60,
        "cap": "0.2",
        "one_sided": False,
    }
    days = {
        f"{kind}_{name}": count
        for kind in ("working", "other")
        for name, count in zip(("used", "nearest", "least"), baseline[kind], strict=True)
    }
    return {
        "period_minutes": fields["period_minutes"],
        "estimated_counts": fields["estimated_counts"],
        **{name: baseline[name] for name in ("method", "kw", "before_minutes", "select", "lookback_days")},
        **days,
        "adjustment": change["kind"],
        "adjustment_minutes": change["minutes"],
        "adjustment_gap": change["gap_minutes"],
        "adjustment_cap": change["cap"],
        "adjustment_one_sided": change["one_sided"],
        "mode": availability.get("mode", ""),
        "factor": availability["factor"],
        "declined_forfeits": availability["declined_forfeits"],
        **_typed_curve(availability["curve"], "availability_"),
        "cycle": declaration["cycle"],
        "lock_day": declaration["lock"].get("day", "Wednesday"),
        "lock_time": declaration["lock"]["time"],
        "answer_day": declaration["answer"].get("day", "Thursday"),
        "answer_time": declaration["answer"]["time"],
        "unanswered": declaration["unanswered"],
        "default": declaration["default"],
        "acknowledge_minutes": fields["acknowledge_minutes"],
        **_typed_curve(fields["utilisation"]["curve"], ""),
        **{name: fields["utilisation"][name] for name in ("basis", "cap", "tests_paid")},
        **{f"penalty_{name}": value for name, value in fields["penalty"].items()},
        "days_before": fields["nomination"]["days_before"],
        "nomination_time": fields["nomination"]["time"],
        **fields["statement"],
    }


def _typed_curve(curve: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    stored = curve_of(curve)
    named = next((name for name, _ in CURVES[:4] if READY_MADE[name] == stored), None)
    if named:
        return {f"{prefix}curve": named}
    if curve["kind"] == "table":
        points = "; ".join(f"{x} {y}" for x, y in curve["points"])
        return {f"{prefix}curve": POINTS, f"{prefix}points": points}
    return {f"{prefix}curve": SLOPE, f"{prefix}grace": curve["grace"], f"{prefix}slope": curve["slope"]}
