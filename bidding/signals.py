"""What bidding tells the apps above it."""

from django.dispatch import Signal

results_confirmed = Signal()
"""Sent inside the confirming transaction; a receiver that raises undoes the confirmation.

Keyword arguments: ``competition``; ``bids``, the accepted ones, each with ``ballot.provider``,
``ballot.ballot_assets`` and ``window.period`` loaded; ``confirmation``; ``by``, the member who confirmed;
``now``.
"""
