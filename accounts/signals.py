"""What happens in accounts and matters to other apps; sent inside the transaction that makes the change."""

from django.dispatch import Signal

operating_area_changed = Signal()
"""``operator_id``, ``now``: where an operator runs its network is another area now."""

organisations_told = Signal()
"""Sent in the transaction of what organisations are told, also where nobody of theirs hears of it.

Keyword arguments: ``kind``, the code of the notification; ``messages``, by the ID of each organisation what it is told, a
list of :class:`accounts.domain.organisation_notifications.OrganisationMessage`; ``now``.
"""
