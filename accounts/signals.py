"""What happens in accounts and matters to other apps; sent inside the transaction that makes the change."""

from django.dispatch import Signal

operating_area_changed = Signal()
"""``operator_id``, ``now``: where an operator runs its network is another area now."""
