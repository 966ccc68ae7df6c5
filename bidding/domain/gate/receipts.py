"""Receipts: what a digest is of, and the proof an FSP holds of each accepted change."""

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from accounts.models import Organisation
from bidding.models import AssetList, Ballot, Bid, Receipt
from bidding.signals import ballot_recorded
from marketplace.canonical_json import canonical_json
from marketplace.numbers import exact_text


@dataclass(frozen=True)
class Sealed:
    """A bid's content with its random nonce, and their digest."""

    content: dict[str, Any]
    nonce: str
    digest: str


def seal(content: dict[str, Any]) -> Sealed:
    """Content under a fresh nonce, which keeps the digest from being guessed."""
    nonce = secrets.token_hex(32)
    return Sealed(content, nonce, digest_of(content, nonce))


def digest_of(content: dict[str, Any], nonce: str) -> str:
    """SHA-256 in hex over the JSON of content and nonce: keys sorted, no spaces, UTF-8."""
    return hashlib.sha256(canonical_json({"content": content, "nonce": nonce}).encode()).hexdigest()


@dataclass(frozen=True)
class OfferedAssets:
    """The assets of a ballot as its receipts name them: how many, and the digest of their list."""

    count: int
    digest: str


def list_digest(refs: Sequence[str]) -> str:
    """SHA-256 in hex over the JSON list of refs: sorted, no spaces, UTF-8."""
    return hashlib.sha256(canonical_json(sorted(refs)).encode()).hexdigest()


def keep_assets(provider: Organisation, refs: Sequence[str]) -> OfferedAssets:
    """Keep the list of refs under its digest, for the receipts that name it; a list that is kept already
    stays."""
    digest = list_digest(refs)
    kept = AssetList(provider=provider, digest=digest, refs=sorted(refs))
    AssetList.objects.bulk_create([kept], ignore_conflicts=True)
    return OfferedAssets(len(refs), digest)


def lists_named(provider_id: uuid.UUID, contents: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The refs of each list of assets that these contents name, by its digest."""
    digests = {content["assets_digest"] for content in contents if "assets_digest" in content}
    kept = AssetList.objects.filter(provider=provider_id, digest__in=digests).order_by("digest")
    return dict(kept.values_list("digest", "refs"))


def content_of(ballot: Ballot, bid: Bid, window: str, assets: OfferedAssets, now: datetime) -> dict[str, Any]:
    """What a bid's digest is of: all that was offered, by whom and when."""
    return {
        "competition": ballot.competition.ref,
        "provider": ballot.provider.code,
        "ballot": ballot.label,
        "ballot_id": str(ballot.pk),
        "bid_id": str(bid.pk),
        "window": window,
        "split": bid.split,
        "capacity_mw": exact_text(bid.capacity_mw),
        "maximum_run_time_seconds": int(bid.maximum_run_time.total_seconds()),
        "availability_price": _price(bid.availability_price),
        "utilisation_price": _price(bid.utilisation_price),
        "service_fee": _price(bid.service_fee),
        "asset_count": assets.count,
        "assets_digest": assets.digest,
        "recorded_at": now.astimezone(UTC).isoformat(),
    }


def withdrawal_of(ballot: Ballot, bid: Bid, now: datetime) -> dict[str, Any]:
    """What the digest of a bid's withdrawal is of."""
    return {
        "competition": ballot.competition.ref,
        "provider": ballot.provider.code,
        "ballot": ballot.label,
        "ballot_id": str(ballot.pk),
        "bid_id": str(bid.pk),
        "withdrawn": bid.digest,
        "recorded_at": now.astimezone(UTC).isoformat(),
    }


def issue(
    ballot: Ballot, changes: Sequence[tuple[Bid, str, Sealed]], position: int, now: datetime
) -> list[Receipt]:
    """A receipt for each changed bid (with the action's name), all at one place of the FSP's audit chain."""
    made = Receipt.objects.bulk_create(
        Receipt(
            provider=ballot.provider,
            competition=ballot.competition,
            ballot_id=ballot.pk,
            bid_id=bid.pk,
            action=action,
            digest=sealed.digest,
            nonce=sealed.nonce,
            content=sealed.content,
            recorded_at=now,
            audit_position=position,
        )
        for bid, action, sealed in changes
    )
    actions = {bid.pk: action for bid, action, _ in changes}
    ballot_recorded.send(sender=Ballot, ballot=ballot, actions=actions, now=now)
    return made


def _price(price: Any) -> str | None:
    return None if price is None else f"{price:.2f}"
