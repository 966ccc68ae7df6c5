"""The forms of areas."""

from typing import Any

from django import forms

from marketplace.geo import LayerInfo

ALL_FOLDERS = "All folders together"


MOST_FOLDERS_LISTED = 100
"""A KML with more folders is offered as a whole only."""


class AreaFileForm(forms.Form):
    """A file of areas, before it is known what is in it."""

    file = forms.FileField(
        label="File", widget=forms.FileInput(attrs={"accept": ".gpkg,.geojson,.json,.kml"})
    )


class LayerForm(forms.Form):
    """Which layer to take, which attribute names the areas, and which tell licence area and grid supply
    point."""

    layer_and_field = forms.ChoiceField(label="Layer, and the attribute that is the area reference")
    licence_field = forms.ChoiceField(
        label="Attribute with the licence area (optional)",
        required=False,
        help_text="The regulator's report names licence area and grid supply point of each competition's areas.",
    )
    supply_field = forms.ChoiceField(label="Attribute with the grid supply point (optional)", required=False)

    def __init__(self, *args: Any, layers: list[LayerInfo], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pairs = _pairs(layers)
        is_one = len({layer for layer, _ in self.pairs}) == 1
        choices = [
            (str(number), field if is_one and layer else f"{layer or ALL_FOLDERS} — {field}")
            for number, (layer, field) in enumerate(self.pairs)
        ]
        self.fields["layer_and_field"].choices = choices  # type: ignore[attr-defined]
        named = [str(number) for number, (_, field) in enumerate(self.pairs) if field.casefold() == "name"]
        self.initial["layer_and_field"] = named[0] if named else "0"
        others = dict.fromkeys(field for layer in layers for field in layer.fields)
        for name in ("licence_field", "supply_field"):
            self.fields[name].choices = [("", "none"), *((each, each) for each in others)]  # type: ignore[attr-defined]

    @property
    def params(self) -> dict[str, Any]:
        """What the upload of areas is told."""
        layer, field = self.pairs[int(self.cleaned_data["layer_and_field"])]
        return {
            "layer": layer,
            "all_folders": layer is None,
            "reference_field": field,
            "licence_field": self.cleaned_data["licence_field"],
            "supply_field": self.cleaned_data["supply_field"],
        }


def _pairs(layers: list[LayerInfo]) -> list[tuple[str | None, str]]:
    """Each layer with each of its attributes; None stands for all folders of a KML together."""
    pairs: list[tuple[str | None, str]] = []
    if len(layers) > 1 and all(layer.is_folder for layer in layers):
        pairs += [
            (None, field) for field in dict.fromkeys(field for layer in layers for field in layer.fields)
        ]
        if len(layers) > MOST_FOLDERS_LISTED:
            return pairs
    return pairs + [(layer.name, field) for layer in layers for field in layer.fields]


class RenameForm(forms.Form):
    display_name = forms.CharField(label="Display name", max_length=120, required=False)
