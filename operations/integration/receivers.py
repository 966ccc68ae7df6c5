"""Receivers: what other apps are about to do and operations may refuse."""

from typing import Any

from django.dispatch import receiver

from operations.domain.metered_groups import check_moves
from qualification.signals import groups_changing


@receiver(groups_changing, dispatch_uid="operations.members_of_metered_groups")
def keep_members_of_metered_groups(sender: object, **kwargs: Any) -> None:
    """Refuse that assets join or leave a group metered as one while its contract runs."""
    check_moves(kwargs["provider_id"], kwargs["moves"])
