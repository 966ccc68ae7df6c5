"""Forms that stay open for long: what somebody else saved meanwhile is never overwritten unseen.

A form carries a mark of what it was filled with, made of the same values that the action compares:

    {"seen": mark_of(stored values)}            in the page, as the hidden input ``seen``
    check_seen(seen, stored values, typed)      in the action, under its lock

A mark that is absent checks nothing: programs and old pages send none. What is refused is shown with the
differences, and with what was typed still in the form, whose mark then is the present one: sending it again
means it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from marketplace.canonical_json import canonical_json
from marketplace.errors import Refused

CHANGED = (
    "This was changed since you opened it, in another tab or by a colleague, so it was not saved. What you typed is "
    "still here. Save again to replace what is stored now."
)


@dataclass(frozen=True)
class Difference:
    """A field that differs: what is stored now, and what was typed."""

    label: str
    stored: str
    typed: str


class ChangedMeanwhile(Refused):
    """What is stored is not what the form was filled with. ``differences`` are those between stored and
    typed."""

    def __init__(self, differences: list[Difference]) -> None:
        super().__init__(CHANGED)
        self.differences = differences


def mark_of(values: Any) -> str:
    """A short mark of values (plain data): equal values have equal marks."""
    text = canonical_json(values, escaped=True, default=DjangoJSONEncoder().default)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def check_seen(
    seen: str, stored: Mapping[str, Any], typed: Mapping[str, Any], labels: Mapping[str, str]
) -> None:
    """Raise :class:`ChangedMeanwhile` where the stored values are not those that the form (mark ``seen``) was
    filled with.

    Nothing is raised where what was typed is what is stored. ``labels`` names the fields to people.
    """
    if not seen or seen == mark_of(stored):
        return
    differences = differences_between(stored, typed, labels)
    if differences:
        raise ChangedMeanwhile(differences)


def differences_between(
    stored: Mapping[str, Any], typed: Mapping[str, Any], labels: Mapping[str, str]
) -> list[Difference]:
    """Each labelled field whose typed value differs from the stored one."""
    return [
        Difference(label, _text(stored.get(key)), _text(typed[key]))
        for key, label in labels.items()
        if key in typed and _text(stored.get(key)) != _text(typed[key])
    ]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return str(value).replace("\r\n", "\n").strip()
