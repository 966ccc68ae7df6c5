"""Stored states: every table of allowed steps, the one setter, and the diagrams drawn from the tables.

An app registers its tables in its ``integration`` module. What the clock decides (a competition's phase) is
not stored and has no table.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction

from marketplace.audit.chain import record
from marketplace.errors import Refused


@dataclass(frozen=True)
class Machine:
    """The states of one field of one model. ``start`` is the state of a new row."""

    model: str
    field: str
    states: type[models.TextChoices]
    start: models.TextChoices
    transitions: Mapping[Any, Set[Any]]

    @property
    def name(self) -> str:
        return f"{self.model}.{self.field}"

    def allows(self, source: str, to: str) -> bool:
        return to in self.transitions[self.states(source)]


_machines: dict[str, Machine] = {}


def register(machine: Machine) -> None:
    """Know a table. Raises ``ValueError`` when it leaves a state out or names a foreign one."""
    if set(machine.transitions) != set(machine.states):
        raise ValueError(f"{machine.name}: the table must have one line for every state.")
    if not set().union(*machine.transitions.values()) <= set(machine.states):
        raise ValueError(f"{machine.name}: a step leads to a state that doesn't exist.")
    _machines[machine.name] = machine


def machines() -> list[Machine]:
    """Every registered table, by name."""
    return [_machines[name] for name in sorted(_machines)]


def machine_of(row: models.Model, field: str) -> Machine:
    """The table of this field. Raises ``KeyError`` when none is registered."""
    return _machines[f"{row._meta.label}.{field}"]


def move(
    row: models.Model,
    field: str,
    to: str,
    *,
    by: Any,
    action: str,
    now: datetime,
    organisation_id: UUID | None = None,
    sealed_under: UUID | None = None,
    **also: Any,
) -> None:
    """Bring ``row.field`` to the state ``to``: lock, check the step, save with the fields ``also``, audit.

    ``by`` is the acting member, or None for the platform itself; the entry goes into ``organisation_id``'s
    log, by default that of ``by``. Raises :class:`Refused` when the table has no such step from the state in
    the database.
    """
    machine = machine_of(row, field)
    with transaction.atomic():
        stored = type(row)._base_manager.select_for_update(of=("self",)).get(pk=row.pk)
        before = getattr(stored, field)
        if not machine.allows(before, to):
            told, wanted = machine.states(before).label, machine.states(to).label
            raise Refused(
                f"{str(stored._meta.verbose_name).capitalize()} is “{told}” and can't become “{wanted}”."
            )
        changes = {field: (before, str(to))} | {
            name: (getattr(stored, name), new) for name, new in also.items()
        }
        for name, new in {field: to, **also}.items():
            setattr(stored, name, new)
        stored.save(update_fields=[field, *also])
        owner = organisation_id if organisation_id is not None or by is None else by.organisation_id
        record(
            organisation_id=owner,
            by=by,
            action=action,
            subject=stored,
            changes=changes,
            now=now,
            sealed_under=sealed_under,
        )
    for name, new in {field: to, **also}.items():
        setattr(row, name, new)


def document() -> str:
    """The page with every table as a Mermaid diagram."""
    intro = "# States\n\nDrawn from the tables in the code by `manage.py state_diagrams`; `make check` compares them.\n"
    return "\n".join([intro, *(_section(machine) for machine in machines())])


def _section(machine: Machine) -> str:
    lines = [f"## {machine.name}", "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    {state.value}: {state.label}" for state in machine.states]
    lines += [f"    [*] --> {machine.start.value}"]
    for source in machine.states:
        after = machine.transitions[source]
        lines += [f"    {source.value} --> {to.value}" for to in machine.states if to in after]
        lines += [] if after else [f"    {source.value} --> [*]"]
    return "\n".join([*lines, "```", ""])
