"""The digest over all chains' heads, published once a day."""

import hashlib
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import QuerySet

from marketplace.audit.models import ChainHead, PublishedDigest


def publish_heads(now: datetime) -> PublishedDigest:
    """Publish the day's digest (UTC) if it isn't yet; returns the day's. Run as often as you like."""
    day = now.astimezone(UTC).date()
    with transaction.atomic():
        published, _ = PublishedDigest.objects.get_or_create(
            day=day, defaults={"published_at": now, "digest": digest_of_heads()}
        )
    return published


def digest_of_heads() -> str:
    """SHA-256 in hex over the chains' digests in order: it tells neither how many chains nor how many entries."""
    digests = ChainHead.objects.exclude(count=0).values_list("digest", flat=True)
    return hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()


def published_digests() -> QuerySet[PublishedDigest]:
    """What was published, newest first."""
    return PublishedDigest.objects.order_by("-day")
