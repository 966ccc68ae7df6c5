"""The kinds of notifications about operations."""

from marketplace.notifications import declare
from operations.domain import availability_notifications, substitution_notifications

declare(*availability_notifications.KINDS, *substitution_notifications.KINDS)
