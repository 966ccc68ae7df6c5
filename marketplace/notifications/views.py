"""A person's list of notifications, what they want to be told, and the way out of a mail."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from marketplace import clock
from marketplace.errors import Refused
from marketplace.members import Member
from marketplace.notifications.actions import mark_all_read, mark_read, set_preferences, unsubscribe
from marketplace.notifications.addresses import who_unsubscribes
from marketplace.notifications.forms import PreferencesForm
from marketplace.notifications.kinds import kinds_for, title_of
from marketplace.notifications.queries import list_seen_in, narrowed, person_seen_in, preferences_of
from marketplace.web.access import public, signed_in
from marketplace.web.lists import page_of
from marketplace.web.zones import zone_of


@signed_in
def notification_list(request: HttpRequest) -> HttpResponse:
    """The person's notifications, newest first; ``?show=new`` only those not read."""
    shown = request.GET.get("show", "")
    found = narrowed(list_seen_in(request), shown)
    page = page_of(found, request.GET.get("page"))
    return render(
        request, "notifications/list.html", {"page": page, "shown": shown, "zone": zone_of(request)}
    )


@require_safe
@signed_in
def open_notification(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Go to the page that a notification speaks of; it counts as read then."""
    notification = get_object_or_404(list_seen_in(request), pk=pk)
    if not getattr(request, "viewing_as", False):
        mark_read(user=request.user, notification=notification, now=clock.now())
    return redirect(notification.link)


@require_POST
@signed_in
def read_one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mark one as read and stay on the list."""
    mark_read(
        user=request.user, notification=get_object_or_404(list_seen_in(request), pk=pk), now=clock.now()
    )
    return redirect("notifications:list")


@require_POST
@signed_in
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark all as read."""
    mark_all_read(user=request.user, now=clock.now())
    return redirect("notifications:list")


@require_safe
@signed_in
def bell(request: HttpRequest) -> HttpResponse:
    """The link of the top bar with the number of new ones, which the page asks for now and then."""
    return render(request, "notifications/_bell.html")


@signed_in
def preferences(request: HttpRequest) -> HttpResponse:
    """What the person wants to be told, and how."""
    member: Member | None = getattr(request, "member", None)
    audience = member.organisation.kind if member is not None else None
    kinds = kinds_for(audience)
    data = request.POST if request.method == "POST" else None
    form = PreferencesForm(data, kinds=kinds, chosen=preferences_of(person_seen_in(request)))
    if request.method == "POST" and form.is_valid():
        set_preferences(user=request.user, audience=audience, chosen=form.chosen())
        messages.success(request, "Your choice is saved.")
        return redirect("notifications:preferences")
    return render(request, "notifications/preferences.html", {"form": form})


@csrf_exempt  # the signed address is what entitles; mail programs post to it without a page of ours
@public
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """The way out of a kind of mail, without signing in: a button for people, one POST for mail programs."""
    try:
        user_id, kind_code = who_unsubscribes(token)
        user = get_object_or_404(get_user_model(), pk=user_id)
        if request.method == "POST":
            unsubscribe(user=user, kind_code=kind_code)
    except (Refused, KeyError) as refusal:
        sentence = str(refusal) if isinstance(refusal, Refused) else "These mails no longer exist."
        return render(request, "notifications/unsubscribe.html", {"sentence": sentence}, status=409)
    context = {"kind_title": title_of(kind_code), "is_done": request.method == "POST"}
    return render(request, "notifications/unsubscribe.html", context)
