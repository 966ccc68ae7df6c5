"""The acting member, loaded anew where work goes on without a request."""

from accounts.models import Member


def acting_member(user_id: int) -> Member | None:
    """The user's active membership, or None when the user may no longer act."""
    members = Member.objects.select_related("user", "organisation")
    return members.filter(user_id=user_id, is_active=True, user__is_active=True).first()
