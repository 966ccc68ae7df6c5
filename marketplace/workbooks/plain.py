"""Cells packed as bytes for the way out of the reading process, and unpacked so that nothing but cells can
come out."""

import pickle
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from marketplace.sandbox.transfer import GuardedUnpickler
from marketplace.workbooks.cells import Cell, Fault

NumberedRow = tuple[int, tuple[Cell, ...]]
_MADE_OF = {(kind.__module__, kind.__qualname__): kind for kind in (date, datetime, time, timedelta, Fault)}


class _Unpacker(GuardedUnpickler):
    def allowed(self, module: str, name: str) -> Any:
        kind = _MADE_OF.get((module, name))
        if kind is None:
            raise pickle.UnpicklingError(f"{module}.{name} is not a cell.")
        return kind


def packed(rows: Sequence[NumberedRow]) -> bytes:
    """The rows as bytes for :func:`unpacked`."""
    return pickle.dumps(rows, pickle.HIGHEST_PROTOCOL)


def unpacked(data: bytes) -> Sequence[NumberedRow]:
    """The rows. Raises ``pickle.UnpicklingError`` for bytes that would make anything but cells."""
    rows: Sequence[NumberedRow] = _Unpacker(data).load()
    return rows
