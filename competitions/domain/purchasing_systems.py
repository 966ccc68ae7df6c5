"""An operator's dynamic purchasing systems (DPSs): made, described, opened and closed."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Member
from competitions import rules
from competitions.models import PurchasingSystem
from marketplace.audit.chain import record
from marketplace.errors import Refused
from marketplace.seen import check_seen

REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,40}")
LABELS = {"name": "Name", "description": "Description"}
LONGEST_NAME = 120
FIELDS = ("name", "description")


def create_purchasing_system(
    *, by: Member, reference: str, name: str, description: str = "", is_open: bool = True, now: datetime
) -> PurchasingSystem:
    """Make a DPS. Raises ``Refused`` for a reference that is taken or not in its form, ``NotAllowed``."""
    rules.check_may_procure(by)
    if not REFERENCE.fullmatch(reference):
        raise Refused(
            "The reference of a company qualification has up to 40 letters, digits, hyphens and underscores."
        )
    if PurchasingSystem.objects.filter(operator=by.organisation_id, reference__iexact=reference).exists():
        raise Refused(f"You have a company qualification with the reference “{reference}” already.")
    told = {"name": _checked_name(name), "description": description.strip(), "is_open": is_open}
    try:
        with transaction.atomic():
            made = PurchasingSystem.objects.create(operator=by.organisation, reference=reference, **told)
            changes = {key: (None, value) for key, value in {"reference": reference, **told}.items()}
            _record(by, "DPS created", made, changes, now)
    except IntegrityError:
        raise Refused(f"You have a company qualification with the reference “{reference}” already.") from None
    return made


def describe_purchasing_system(
    *, by: Member, system: PurchasingSystem, name: str, description: str, now: datetime, seen: str = ""
) -> None:
    """Give it another name and description; the reference stays. ``seen`` is the mark of :func:`described`.

    Raises ``Refused``, ``NotAllowed``, and ``ChangedMeanwhile`` where somebody else described it since.
    """
    rules.check_may_procure(by)
    told = {"name": _checked_name(name), "description": description.strip()}
    with transaction.atomic():
        locked = _locked(by, system)
        check_seen(seen, described(locked), told, LABELS)
        changes = {
            key: (getattr(locked, key), told[key]) for key in FIELDS if getattr(locked, key) != told[key]
        }
        for key, (_, value) in changes.items():
            setattr(locked, key, value)
        if changes:
            locked.save(update_fields=list(changes))
            _record(by, "DPS described", locked, changes, now)


def described(system: PurchasingSystem) -> dict[str, str]:
    """What the form of a DPS is filled with."""
    return {"name": system.name, "description": system.description}


def open_purchasing_system(*, by: Member, system: PurchasingSystem, now: datetime) -> None:
    """Let companies apply. Raises ``Refused`` when it is open already, ``NotAllowed``."""
    _switch(by, system, True, now)


def close_purchasing_system(*, by: Member, system: PurchasingSystem, now: datetime) -> None:
    """Take no more applications; approvals stay as they are. Raises ``Refused`` when it is closed,
    ``NotAllowed``."""
    _switch(by, system, False, now)


def _switch(by: Member, system: PurchasingSystem, to_open: bool, now: datetime) -> None:
    rules.check_may_procure(by)
    with transaction.atomic():
        locked = _locked(by, system)
        if locked.is_open == to_open:
            raise Refused(f"{locked.reference} is {'open' if to_open else 'closed'} already.")
        locked.is_open = to_open
        locked.save(update_fields=["is_open"])
        _record(
            by, f"DPS {'opened' if to_open else 'closed'}", locked, {"is_open": (not to_open, to_open)}, now
        )


def _locked(by: Member, system: PurchasingSystem) -> PurchasingSystem:
    own = PurchasingSystem.objects.select_for_update(of=("self",)).filter(operator=by.organisation_id)
    found = own.filter(pk=system.pk).first()
    if found is None:
        raise Refused("You have no such company qualification.")
    return found


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Refused(f"A company qualification needs a name of up to {LONGEST_NAME} characters.")
    return name


def _record(
    by: Member, action: str, system: PurchasingSystem, changes: Mapping[str, tuple[Any, Any]], now: datetime
) -> None:
    record(organisation_id=by.organisation_id, by=by, action=action, subject=system, changes=changes, now=now)
