"""Reading what the confined process answers: plain values and our own records, never code.

A file that takes over its reader could answer with a pickle that runs a program where it is loaded. So only
what is named here can be made from an answer.
"""

import dataclasses
import datetime
import decimal
import enum
import functools
import io
import pickle
import sys
import uuid
from typing import Any

PLAIN: dict[tuple[str, str], Any] = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (
        set,
        frozenset,
        bytearray,
        complex,
        datetime.date,
        datetime.datetime,
        datetime.time,
        datetime.timedelta,
        datetime.timezone,
        decimal.Decimal,
        uuid.UUID,
    )
}
OUR_OWN = "marketplace."
GEOMETRY = ("shapely.io", "from_wkb")


class NotAllowedError(pickle.UnpicklingError):
    """The answer holds something that no reader of ours answers."""


class GuardedUnpickler(pickle.Unpickler):
    """Makes values of the classes that ``allowed`` names, and lets no pickle change those classes
    themselves."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self._as_they_were: dict[type, dict[Any, dict[str, Any]]] = {}

    def allowed(self, module: str, name: str) -> Any:
        """What may be made under that name. Raises ``pickle.UnpicklingError``."""
        raise NotImplementedError

    def find_class(self, module: str, name: str) -> Any:
        found = self.allowed(module, name)
        if isinstance(found, type) and found not in self._as_they_were:
            members = list(found) if issubclass(found, enum.Enum) else []
            self._as_they_were[found] = {each: dict(vars(each)) for each in (found, *members)}
        return found

    def load(self) -> Any:
        try:
            return super().load()
        finally:
            kept = [each for found in self._as_they_were.values() for each in found.items()]
            changed = [_was_changed(thing, before) for thing, before in kept]
            if any(changed):
                raise NotAllowedError("An answer may not change what its values are made of.")


def _was_changed(thing: Any, before: dict[str, Any]) -> bool:
    """Whether the attributes of a class or of a member of an enumeration changed; they are put back."""
    now = dict(vars(thing))
    changed = [
        name for name in now.keys() | before.keys() if now.get(name, thing) is not before.get(name, thing)
    ]
    for name in changed:
        put_back, drop = (type.__setattr__, type.__delattr__) if isinstance(thing, type) else _ON_OBJECTS
        if name in before:
            put_back(thing, name, before[name])
        else:
            drop(thing, name)
    return bool(changed)


_ON_OBJECTS = (object.__setattr__, object.__delattr__)


def _from_wkb(data: bytes) -> Any:
    import shapely

    return shapely.from_wkb(data)


class _PlainUnpickler(GuardedUnpickler):
    def allowed(self, module: str, name: str) -> Any:
        if (module, name) in PLAIN:
            return PLAIN[module, name]
        if (module, name) == GEOMETRY:
            return functools.partial(_from_wkb)
        if module == "builtins" and _is_error(named := getattr(sys.modules["builtins"], name, None)):
            return named
        if module.startswith(OUR_OWN) and (found := _record(module, name)) is not None:
            return found
        raise NotAllowedError(f"{module}.{name} can't be an answer.")


def _is_error(named: Any) -> bool:
    return isinstance(named, type) and issubclass(named, Exception)


def _record(module: str, name: str) -> type | None:
    """A class of ours that only holds values: a dataclass, named tuple, enumeration or exception; else
    None."""
    if "." in name or module not in sys.modules:
        return None
    found = sys.modules[module].__dict__.get(name)
    if not isinstance(found, type) or found.__module__ != module:
        return None
    is_named_tuple = issubclass(found, tuple) and hasattr(found, "_fields")
    holds_values = (
        dataclasses.is_dataclass(found) or is_named_tuple or issubclass(found, enum.Enum | Exception)
    )
    return found if holds_values else None


def loads(data: bytes) -> Any:
    """The value in a pickle that a confined process made. Raises ``pickle.UnpicklingError`` for anything
    else."""
    return _PlainUnpickler(data).load()
