"""Views of lists that people save under a name; each is its owner's alone."""

from typing import Any
from uuid import UUID

from django.db import transaction

from marketplace.errors import Refused
from marketplace.prepared import asked
from marketplace.web.models import SavedView

MOST_VIEWS = 20  # a person's of one list


def views_of(user: Any, listing: str) -> list[SavedView]:
    """The views of a list that somebody has saved; none for visitors."""
    if not getattr(user, "is_authenticated", False):
        return []
    names, person = ("pk", "name", "query", "is_default"), user.pk

    def saved() -> None:
        list(SavedView.objects.filter(user=person, listing=listing).values_list(*names))

    rows = asked(f"web.saved_views {listing}", SavedView, saved, whose=None, person=person)
    return [SavedView(user_id=person, listing=listing, **dict(zip(names, row, strict=True))) for row in rows]


@transaction.atomic
def save_view(*, user: Any, listing: str, name: str, query: str, is_default: bool) -> SavedView:
    """Keep how a list is shown under a name; the same name replaces what it held.

    Raises :class:`Refused` without a name, and when there are as many views as may be.
    """
    called = " ".join(name.split())
    if not called or len(called) > (SavedView._meta.get_field("name").max_length or 0):
        raise Refused("Give the view a name of up to 60 characters.")
    if len(query) > (SavedView._meta.get_field("query").max_length or 0):
        raise Refused("This view asks for too much to be saved: choose fewer filters.")
    kept = SavedView.objects.select_for_update().filter(user=user, listing=listing)
    names = set(kept.values_list("name", flat=True))
    if called not in names and len(names) >= MOST_VIEWS:
        raise Refused(f"You have {MOST_VIEWS} views of this list. Delete one first.")
    if is_default:
        kept.filter(is_default=True).update(is_default=False)
    view, _ = SavedView.objects.update_or_create(
        user=user, listing=listing, name=called, defaults={"query": query, "is_default": is_default}
    )
    return view


def delete_view(*, user: Any, view_id: UUID) -> None:
    """Forget one of one's own views."""
    SavedView.objects.filter(user=user, pk=view_id).delete()
