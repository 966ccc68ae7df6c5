"""The digest over all chains' heads, published once a day."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from marketplace.audit.models import ChainHead, PublishedDigest


def publish_heads(now: datetime) -> PublishedDigest:
    """Publish the day's digest (UTC) if it isn't yet; returns the day's. Run as often as you like."""
    day = now.astimezone(UTC).date()
    with transaction.atomic():
        found = PublishedDigest.objects.filter(day=day).first()
        if found is not None:
            return found
        heads = current_heads()
        published, _ = PublishedDigest.objects.get_or_create(
            day=day, defaults={"published_at": now, "digest": digest_of_heads(heads), "heads": heads}
        )
    return published


def current_heads() -> dict[str, tuple[int, str]]:
    """Where every chain ends now: its organisation's id (empty: the platform) to the number of entries and
    the digest."""
    heads = ChainHead.objects.exclude(count=0)
    return {str(head.organisation_id or ""): (head.count, head.digest) for head in heads}


def digest_of_heads(heads: Mapping[str, Sequence[Any]]) -> str:
    """SHA-256 in hex over the chains' digests in order: it tells neither how many chains nor how many
    entries."""
    return hashlib.sha256("\n".join(sorted(digest for _, digest in heads.values())).encode()).hexdigest()


def published_digests() -> QuerySet[PublishedDigest]:
    """What was published, newest first."""
    return PublishedDigest.objects.order_by("-day")
