"""What differs between two workings out of a month, line by line, and why. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from settlement.domain.results import Result, by_id
from settlement.enums import LineKind

NEW_DATA = "new meter data"
NEW_DATA_OF_DAYS = "new meter data of the days of the baseline"
LATE_NOMINATION = "a late nomination was accepted"
DAY_LEFT_OUT = "a day was left out of the baseline"
SUBSTITUTION = "other assets deliver"
TERMS = "other terms"
EVENTS = "the dispatch itself was changed"
SHARED = "energy credited to a dispatch issued earlier"
NOT_THERE = "a notice of unavailability"
WITHDRAWN = "the contract was withdrawn"
NEW_DISPATCH = "a dispatch that had no effect before"
GONE = "the dispatch has no effect any more"
FOLLOWS = "follows from the other lines"
CARRIED = "a correction of an earlier month"
UPHELD = "dispute upheld"
Key = tuple[str, str]


@dataclass(frozen=True)
class Since:
    """What happened since the version before: assets with a late nomination accepted, with a day left out, lines upheld."""

    late: Collection[str] = ()
    left_out: Collection[str] = ()
    upheld: Collection[Key] = field(default_factory=frozenset)


def differs(before: Result, after: Result) -> bool:
    """Whether any line says something else."""
    return bool(before["lines"] != after["lines"])


def differences(before: Result, after: Result, since: Since) -> list[dict[str, Any]]:
    """Each line that is new, gone or other than before, with both amounts and why."""
    old, new = _lines(before), _lines(after)
    keys = [*new, *(key for key in old if key not in new)]
    return [
        {
            "kind": key[0],
            "reference": key[1],
            "before": old[key]["amount"] if key in old else None,
            "after": new[key]["amount"] if key in new else None,
            "why": _why(key, before, after, since),
        }
        for key in keys
        if old.get(key) != new.get(key)
    ]


def changed_amounts(before: Result, after: Result) -> dict[Key, Decimal]:
    """New amount less the old one, of each line whose amount is another; one that is not there has 0."""
    old, new = _lines(before), _lines(after)
    found = {}
    for key in [*new, *(key for key in old if key not in new)]:
        amounts = [Decimal(each[key]["amount"]) if key in each else Decimal("0.00") for each in (new, old)]
        if amounts[0] != amounts[1]:
            found[key] = amounts[0] - amounts[1]
    return found


def _lines(result: Result) -> dict[Key, Mapping[str, Any]]:
    return {(each["kind"], each["reference"]): each for each in result["lines"]}


def _why(key: Key, before: Result, after: Result, since: Since) -> str:
    found = _cause(key, before, after, since)
    return f"{UPHELD}: {found}" if key in since.upheld else found


def _cause(key: Key, before: Result, after: Result, since: Since) -> str:
    kind, reference = key
    if before["terms"] != after["terms"]:
        return TERMS
    if kind in (LineKind.UTILISATION, LineKind.PENALTY):
        return _cause_of_dispatch(by_id(before).get(reference), by_id(after).get(reference), since)
    if kind == LineKind.AVAILABILITY:
        return _cause_of_availability(key, before, after, since)
    if kind == LineKind.SERVICE_FEE and before["until"] != after["until"]:
        return WITHDRAWN
    return FOLLOWS


def _cause_of_availability(key: Key, before: Result, after: Result, since: Since) -> str:
    old, new = _lines(before).get(key), _lines(after).get(key)
    if (old or {}).get("quantity") != (new or {}).get("quantity"):
        return WITHDRAWN if before["until"] != after["until"] else NOT_THERE
    changed = [
        _cause_of_dispatch(by_id(before).get(each), by_id(after).get(each), since)
        for each in sorted({*by_id(before), *by_id(after)})
        if by_id(before).get(each) != by_id(after).get(each)
    ]
    return changed[0] if changed else NEW_DATA


def _cause_of_dispatch(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, since: Since) -> str:
    if old is None:
        return NEW_DISPATCH
    if new is None:
        return GONE
    if old["assets"] != new["assets"]:
        return SUBSTITUTION
    if _told(old, "requested") != _told(new, "requested") or old["status"] != new["status"]:
        return EVENTS
    if _of_assets(old, "metered") != _of_assets(new, "metered"):
        return NEW_DATA
    if _of_assets(old, "baseline") != _of_assets(new, "baseline"):
        if set(new["assets"]) & set(since.late):
            return LATE_NOMINATION
        return DAY_LEFT_OUT if set(new["assets"]) & set(since.left_out) else NEW_DATA_OF_DAYS
    return SHARED if _of_assets(old, "taken") != _of_assets(new, "taken") else FOLLOWS


def _told(dispatch: Mapping[str, Any], name: str) -> list[Any]:
    return [each[name] for each in dispatch["periods"]]


def _of_assets(dispatch: Mapping[str, Any], name: str) -> list[Any]:
    return [asset[name] for each in dispatch["periods"] for asset in each["assets"]]
