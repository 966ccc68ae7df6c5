"""Looking at a part of a file's rows only: those of some competitions, or of all but some."""

from collections.abc import Mapping
from typing import Any

from marketplace.keys import key_form
from marketplace.workbooks.declare import Row, SheetReading


def rows_of_part(params: Mapping[str, Any], sheet: SheetReading, key: str) -> list[Row]:
    """The rows whose competition (in column ``key``) is among ``params["only_refs"]`` and not in
    ``except_refs``.

    Without these parameters it is every row.
    """
    only, without = _refs_in(params.get("only_refs")), _refs_in(params.get("except_refs"))
    found = []
    for row in sheet.rows:
        ref = key_form(row[key] or "")
        if (not only or ref in only) and ref not in without:
            found.append(row)
    return found


def _refs_in(param: Any) -> set[str]:
    refs = [param] if isinstance(param, str) else param or ()
    return {key_form(ref) for ref in refs}
