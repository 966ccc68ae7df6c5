"""The page form of an asset or planned asset: a field for each column of the assets file, under the same
rules."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from competitions.enums import AssetCategory, AssetStatus
from competitions.forms.typed import CellsForm
from qualification.enums import CapacityType
from qualification.models import AssetType
from qualification.workbooks.assets_file import PLANNED_SHEET, SHEET
from qualification.workbooks.typed import SHEETS

FIXED_REF = "The reference of a stored one never changes."
ABOUT = ("ref", "name", "group", "status", "category", "asset_type", "voltage_kv", "operational_date")
PLACE = ("latitude", "longitude", "postcode", "address")
TIMES = ("response_time", "ramping_period", "recovery_time", "minimum_run_time", "maximum_run_time")
CAPACITIES = (*CapacityType.values, "maximum_import_mw", "maximum_export_mw")
GROUPS = (("What", ABOUT), ("Place", PLACE), ("Capacities", CAPACITIES), ("Times", TIMES))


class _RowForm(CellsForm):
    def __init__(
        self, *args: Any, cells: Mapping[str, str], types: Iterable[AssetType], is_stored: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, cells=cells, locks={"ref": FIXED_REF} if is_stored else {}, **kwargs)
        named: dict[str, list[tuple[str, str]]] = {}
        for each in types:
            named.setdefault(AssetCategory(each.category).label, []).append((each.name, each.name))
        choices = [("", "—"), *named.items()]
        label = self.fields["asset_type"].label
        self.fields["asset_type"] = forms.CharField(
            label=label,
            widget=forms.Select(choices=choices),
            required=False,
            help_text="A type of the category.",
        )


class AssetForm(_RowForm):
    """One asset. ``asset_groups`` are the refs of the company's groups, offered while a group is typed."""

    columns = SHEETS[SHEET].columns

    def __init__(self, *args: Any, asset_groups: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asset_groups = list(asset_groups)
        self.fields["group"].widget.attrs |= {"list": "asset-groups", "maxlength": 64}

    @property
    def groups(self) -> Sequence[tuple[str, list[forms.BoundField]]]:
        """The fields under their headings; what no heading names stands under the last."""
        named = {key for _, keys in GROUPS for key in keys}
        rest = tuple(column.key for column in self.columns if column.key not in named)
        return [
            (title, [self[key] for key in keys]) for title, keys in (*GROUPS, ("Meters and connection", rest))
        ]


class PlannedAssetForm(_RowForm):
    """One planned asset."""

    columns = SHEETS[PLANNED_SHEET].columns

    @property
    def groups(self) -> Sequence[tuple[str, list[forms.BoundField]]]:
        """All fields under one heading."""
        return [("Planned asset", [self[column.key] for column in self.columns])]


class StatusForm(forms.Form):
    """The status that several of the company's assets are to have."""

    status = forms.TypedChoiceField(choices=AssetStatus.choices, coerce=AssetStatus)
