"""A ballot as it stood after each of its changes, told from the company's own receipts. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from bidding.models import Receipt


@dataclass(frozen=True)
class Version:
    """One accepted change: when, where in the company's log, what was placed, changed or withdrawn, what
    stood then."""

    number: int
    at: datetime
    position: int
    changes: tuple[tuple[str, dict[str, Any]], ...]
    bids: tuple[dict[str, Any], ...]
    assets: tuple[str, ...]

    @property
    def is_withdrawn(self) -> bool:
        return not self.bids


def versions_of(receipts: Iterable[Receipt], lists: Mapping[str, Sequence[str]]) -> list[Version]:
    """The versions of one ballot, newest first; a withdrawn bid is told with what it was.

    ``lists`` holds the refs of the lists of assets that the receipts name, by digest.
    """
    ordered = sorted(receipts, key=lambda each: (each.audit_position, str(each.bid_id)))
    standing: dict[Any, dict[str, Any]] = {}
    found: list[Version] = []
    for position, group in groupby(ordered, key=lambda each: each.audit_position):
        issued = list(group)
        changes = []
        for receipt in issued:
            if receipt.action == "withdrawn":
                content = standing.pop(receipt.bid_id, receipt.content)
            else:
                content = standing[receipt.bid_id] = receipt.content
            changes.append((receipt.action, content))
        bids = sorted(standing.values(), key=lambda each: (each["window"], each["split"]))
        assets = _assets_of(bids[0], lists) if bids else ()
        shown = sorted(changes, key=lambda each: (each[1].get("window", ""), each[1].get("split", 0)))
        found.append(
            Version(len(found) + 1, issued[0].recorded_at, position, tuple(shown), tuple(bids), assets)
        )
    return found[::-1]


def _assets_of(content: Mapping[str, Any], lists: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(lists[content["assets_digest"]] if "assets_digest" in content else content["assets"])
