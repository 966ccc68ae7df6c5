"""What bidding tells the apps above it."""

from django.dispatch import Signal

results_confirmed = Signal()
"""Sent inside the confirming transaction; a receiver that raises undoes the confirmation.

Keyword arguments: ``competition``; ``bids``, the accepted ones, each with ``ballot.provider``,
``ballot.ballot_assets`` and ``window.period`` loaded; ``confirmation``; ``by``, the member who confirmed;
``now``.
"""

ballot_recorded = Signal()
"""Sent in the transaction that records bids of a ballot, or their withdrawal: of concern to the bidder alone until the close.

Keyword arguments: ``ballot``, with its competition; ``actions``, by the id of each bid what was done; ``now``.
"""
