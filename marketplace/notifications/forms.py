from collections.abc import Mapping

from django import forms

from marketplace.notifications.kinds import Kind
from marketplace.notifications.models import Preference


class PreferencesForm(forms.Form):
    """Two boxes a kind: by email, in the list. A kind that can't be turned off has none."""

    def __init__(
        self, data: Mapping[str, str] | None, *, kinds: list[Kind], chosen: Mapping[str, Preference]
    ) -> None:
        super().__init__(data)
        self.kinds = kinds
        for kind in self._switchable():
            preference = chosen.get(kind.code)
            for way in ("by_email", "in_list"):
                self.fields[f"{kind.code}.{way}"] = forms.BooleanField(
                    required=False, initial=preference is None or getattr(preference, way)
                )

    def _switchable(self) -> list[Kind]:
        return [kind for kind in self.kinds if kind.switchable]

    def rows(self) -> list[tuple[Kind, forms.BoundField | None, forms.BoundField | None]]:
        """Each kind with its two boxes, those that can be chosen first."""
        chosen = [
            (kind, self[f"{kind.code}.by_email"], self[f"{kind.code}.in_list"]) for kind in self._switchable()
        ]
        return [*chosen, *((kind, None, None) for kind in self.kinds if not kind.switchable)]

    def chosen(self) -> dict[str, tuple[bool, bool]]:
        """By kind: by email, in the list."""
        values = self.cleaned_data
        return {
            kind.code: (values[f"{kind.code}.by_email"], values[f"{kind.code}.in_list"])
            for kind in self._switchable()
        }
