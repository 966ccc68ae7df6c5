"""What contracts tell the apps above them."""

from django.dispatch import Signal

contracts_moved = Signal()
"""Sent inside the transaction that awards contracts, or signs, ends or withdraws one, once they stand so.

Keyword arguments: ``contracts``, all in the same status, with their competition and parties; ``now``.
"""

contract_signed = Signal()
"""Sent inside the transaction that marks a contract signed, or gives a signed one its settlement terms; its logs are
locked. A receiver that raises undoes it. Keyword arguments: ``contract``; ``by``, the acting member; ``now``.
"""

contract_withdrawing = Signal()
"""Sent inside the transaction that withdraws a contract, before its status changes; its logs are locked.

Keyword arguments: ``contract``; ``by``, the acting member; ``now``.
"""
