"""What operations tell the apps above them."""

from django.dispatch import Signal

messages_written = Signal()
"""Sent in the transaction that writes messages to an organisation. Keyword arguments: ``messages``, in their order; ``now``."""
