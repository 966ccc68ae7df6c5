"""What notifications tell the apps above them."""

from django.dispatch import Signal

notified = Signal()
"""Sent in the transaction that writes notifications.

Keyword arguments: ``kind``, the code; ``messages``, a list of :class:`marketplace.notifications.kinds.Message`; ``now``.
"""
