"""An entry as a person reads it: what was done to what, by whom of which organisation."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils import timezone

from marketplace.audit.models import AuditEntry
from marketplace.audit.persons import put_addresses_back
from marketplace.dates import told_text

Names = Mapping[uuid.UUID | int, str]
"""Organisations by their ids; of people, by theirs, those only who are no longer shown by their address."""
PLATFORM = "the platform"

_loaders: list[Callable[[Iterable[uuid.UUID]], Mapping[uuid.UUID, str]]] = []
_people: list[Callable[[Iterable[int]], Mapping[int, str]]] = []


def register_pseudonyms(load: Callable[[Iterable[int]], Mapping[int, str]]) -> None:
    """Say how the pseudonyms of people who were erased are found by their ids."""
    _people.append(load)


def register_names(load: Callable[[Iterable[uuid.UUID]], Mapping[uuid.UUID, str]]) -> None:
    """Say how organisations' names are found by their ids; the log itself knows ids only."""
    _loaders.append(load)


def names_for(entries: Sequence[AuditEntry]) -> Names:
    """What is needed to name who acts in these entries, in one query a loader. The entries themselves read with
    addresses from then on."""
    found: dict[uuid.UUID | int, str] = {}
    acting = {entry.actor_organisation_id for entry in entries if entry.actor_organisation_id}
    found.update(organisation_names(acting).items())
    found.update(pseudonyms_for(entries).items())
    return found


def pseudonyms_for(entries: Sequence[AuditEntry]) -> Mapping[int, str]:
    """The pseudonyms of who acts in these entries and was erased since, by their ids. The entries themselves read
    with addresses from then on."""
    put_addresses_back(entries)
    people = {entry.actor_user_id for entry in entries if entry.actor_user_id is not None}
    found: dict[int, str] = {}
    for load in _people if people else ():
        found.update(load(people))
    return found


def organisation_names(ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """The names of these organisations, by id."""
    found: dict[uuid.UUID, str] = {}
    for load in _loaders:
        found |= load(ids)
    return found


def who(entry: AuditEntry, names: Names) -> str:
    """The person and their organisation, a platform admin, or the platform itself."""
    if entry.actor_user_id is None:
        return PLATFORM
    person = names.get(entry.actor_user_id, entry.actor_email)
    if entry.actor_organisation_id is None:
        return f"{person} (platform admin)"
    return f"{person} of {names.get(entry.actor_organisation_id, 'an organisation no longer here')}"


def sentence(entry: AuditEntry, names: Names) -> str:
    """For example “Bid accepted: 2 MW of Harbour in NRN26 Winter/Evening, by desk@nrn.example of Northern
    Rivers”."""
    return f"{entry.action[:1].upper()}{entry.action[1:]}: {entry.subject_label}, by {who(entry, names)}"


def changes_in_words(entry: AuditEntry) -> str:
    """The changed fields in a line: “name: before → after; …”."""
    return "; ".join(
        f"{name}: {in_words(before)} → {in_words(after)}"
        for name, (before, after) in sorted(entry.changes.items())
    )


def in_words(value: Any) -> str:
    """A field's value for reading; a dash for none."""
    if value is None or value in ("", []):
        return "—"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(in_words(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {in_words(each)}" for name, each in value.items())
    return told_text(str(value), timezone.get_current_timezone())
