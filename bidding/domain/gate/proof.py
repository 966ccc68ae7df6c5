"""Proving afterwards what was bid: receipts to take away, and the public answer on a closed set of bids."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bidding.domain.gate.receipts import digest_of, lists_named
from bidding.enums import BallotState
from bidding.models import Bid, GateClose, Receipt
from marketplace.errors import Refused
from marketplace.numbers import count_text

MOST_RECEIPTS = 5_000
MOST_BRACKETS = 4 * MOST_RECEIPTS
NO_RECEIPTS = "This is not a file of receipts as the platform makes it."
TOO_MANY = f"The file holds more than {count_text(MOST_RECEIPTS)} receipts: check them in parts."
LARGEST_RECEIPTS = 6 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Membership:
    """A digest's place in the closed set of a competition. ``closed_at`` is the competition's bidding close,
    from which on nothing was taken, however late the gate was closed in the books."""

    competition_ref: str
    recorded_at: datetime
    closed_at: datetime
    set_digest: str


@dataclass(frozen=True)
class Checked:
    """One receipt of a file, or a digest typed: whether content and nonce give the digest, and where it
    is."""

    digest: str
    is_genuine: bool | None
    found: Membership | None


def memberships_of(digests: Iterable[str]) -> dict[str, Membership]:
    """Where the bids with these digests are in closed sets, by digest, in one query; other digests are left
    out, also those of bids while bidding is open."""
    closed = Bid.objects.filter(
        digest__in=set(digests),
        ballot__state=BallotState.SUBMITTED,
        ballot__competition__gate_close__isnull=False,
    )
    rows = closed.order_by().values_list(
        "digest",
        "submitted_at",
        "ballot__competition__ref",
        "ballot__competition__bidding_close",
        "ballot__competition__gate_close__digest",
    )
    return {
        digest: Membership(ref, recorded_at, bidding_close or recorded_at, set_digest)
        for digest, recorded_at, ref, bidding_close, set_digest in rows
    }


@dataclass(frozen=True)
class Tally:
    """How many receipts of a file are what, and those that a page shows: what is wrong comes first."""

    total: int
    altered: int
    in_no_set: int
    sound: int
    shown: Sequence[Checked]

    @property
    def left_out(self) -> int:
        return self.total - len(self.shown)


def tally_of(checked: Sequence[Checked], most_shown: int) -> Tally:
    """The counts of what was checked. Sound is what was not altered and is in a closed set."""
    ordered = sorted(checked, key=lambda each: (each.is_genuine is not False, each.found is not None))
    return Tally(
        total=len(checked),
        altered=sum(each.is_genuine is False for each in checked),
        in_no_set=sum(each.found is None for each in checked),
        sound=sum(each.is_genuine is not False and each.found is not None for each in checked),
        shown=ordered[:most_shown],
    )


def check_digest(text: str) -> Checked:
    """A digest as somebody typed it. Raises ``Refused`` for anything but a SHA-256 in hex."""
    digest = text.strip().lower()
    if not _DIGEST.fullmatch(digest):
        raise Refused("A digest is 64 characters, each 0 to 9 or a to f.")
    return Checked(digest, None, memberships_of([digest]).get(digest))


def check_receipts(data: bytes) -> list[Checked]:
    """The receipts of a file made by :func:`receipts_file`, each worked out again from its content and nonce.

    Raises ``Refused`` for any other file.
    """
    if len(data) > LARGEST_RECEIPTS:
        raise Refused("The file is too large for a file of receipts.")
    if data.count(b"{") + data.count(b"[") > MOST_BRACKETS:
        raise Refused(TOO_MANY)
    try:
        receipts = json.loads(data)["receipts"]
        pairs = [
            (str(each["digest"]).lower(), digest_of(each["content"], str(each["nonce"]))) for each in receipts
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refused(NO_RECEIPTS) from None
    if not all(_DIGEST.fullmatch(told) for told, _ in pairs):
        raise Refused(NO_RECEIPTS)
    if len(pairs) > MOST_RECEIPTS:
        raise Refused(TOO_MANY)
    found = memberships_of(told for told, _ in pairs)
    return [Checked(told, told == worked_out, found.get(told)) for told, worked_out in pairs]


def receipts_file(receipts: list[Receipt]) -> dict[str, Any]:
    """The receipts with all that is needed to prove them, as plain data."""
    return {
        "how_to_verify": (
            'The digest is the SHA-256, in hex, of the JSON object {"content": …, "nonce": …} '
            "with sorted keys, no spaces, in UTF-8. A content's assets_digest is the SHA-256 of the JSON list of refs "
            "that stands under it in asset_lists, sorted, no spaces, in UTF-8; older contents hold the refs themselves."
        ),
        "receipts": [
            {
                "receipt_id": str(receipt.pk),
                "bid_id": str(receipt.bid_id),
                "action": receipt.action,
                "recorded_at": receipt.recorded_at.isoformat(),
                "place_in_audit_log": receipt.audit_position,
                "content": receipt.content,
                "nonce": receipt.nonce,
                "digest": receipt.digest,
            }
            for receipt in receipts
        ],
        "asset_lists": lists_named(receipts[0].provider_id, [each.content for each in receipts])
        if receipts
        else {},
    }


def closed_set(competition_ref: str) -> list[str] | None:
    """For everyone: the sorted digests of all bids of a confirmed competition; None for any other.

    Their SHA-256, one digest a line joined by line feeds, is the digest recorded when the gate closed.
    """
    gate = GateClose.objects.filter(
        competition__ref__iexact=competition_ref,
        competition__confirmed_at__isnull=False,
        competition__cancelled_at=None,
    ).first()
    if gate is None:
        return None
    bids = Bid.objects.filter(ballot__competition=gate.competition_id, ballot__state=BallotState.SUBMITTED)
    return sorted(bids.values_list("digest", flat=True))
