"""Pages of webhooks: where an organisation has its events posted, what was sent, and what was answered."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from api.models import WebhookEndpoint
from api.pages.webhooks import DeliveryList, ReplayForm, WebhookForm, shown
from api.webhooks import endpoints
from marketplace import clock
from marketplace.errors import Refused
from marketplace.numbers import counted
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import redirect_refused, refusal_shown


@require_GET
@member(role=Role.ACCOUNT)
def webhooks(request: MemberRequest) -> HttpResponse:
    """The organisation's webhooks."""
    return render(request, "api/webhooks.html", {"webhooks": endpoints.endpoints_of(request.member)})


@member(role=Role.ACCOUNT)
def webhook_new(request: MemberRequest) -> HttpResponse:
    """Add one; the answer is the one page that shows its secret."""
    form = WebhookForm(request.POST or None)
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        try:
            made = endpoints.add_endpoint(
                by=request.member, url=told["url"], kinds=told["kinds"], now=clock.now()
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return _secret_page(request, made)
    return render(request, "api/webhook_new.html", {"form": form}, status=422 if form.is_bound else 200)


@member(role=Role.ACCOUNT)
def webhook(request: MemberRequest, webhook_id: UUID) -> HttpResponse:
    """One webhook: its log, and what it is told of, to be changed here."""
    found = _own(request, webhook_id)
    form = WebhookForm(request.POST) if request.method == "POST" else WebhookForm.of(found)
    if form.is_bound and form.is_valid():
        try:
            _change(request, found, is_on=found.is_on, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "The webhook is saved.")
            return redirect("api:webhook", webhook_id=found.pk)
    log = DeliveryList(endpoints.deliveries_of(found), request=request, zone=request.member.organisation.zone)
    told = {
        "webhook": found,
        "form": form,
        "replay": ReplayForm(),
        "signs_twice": found.former_until is not None and found.former_until > clock.now(),
    }
    response = list_page(request, "api/webhook.html", log, told)
    if form.is_bound:
        response.status_code = 422
    return response


@require_GET
@member(role=Role.ACCOUNT)
def webhook_delivery(request: MemberRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """One delivery: what was posted, and what each try was answered."""
    found = _own(request, webhook_id)
    delivery = get_object_or_404(endpoints.deliveries_of(found), pk=delivery_id)
    return render(request, "api/webhook_delivery.html", {"webhook": found, **shown(delivery)})


@require_POST
@member(role=Role.ACCOUNT)
def webhook_switch(request: MemberRequest, webhook_id: UUID) -> HttpResponse:
    """Switch a webhook off or on."""
    found = _own(request, webhook_id)
    with refusal_shown(request):
        _change(request, found, url=found.url, kinds=found.kinds, is_on=not found.is_on)
        messages.success(request, f"The webhook is switched {'off' if found.is_on else 'on'}.")
    return redirect("api:webhook", webhook_id=found.pk)


@require_POST
@member(role=Role.ACCOUNT)
def webhook_secret(request: MemberRequest, webhook_id: UUID) -> HttpResponse:
    """Give it a new secret; the answer is the one page that shows it."""
    found = _own(request, webhook_id)
    changed = endpoints.rotate_secret(by=request.member, endpoint_id=found.pk, now=clock.now())
    return _secret_page(request, changed)


@require_POST
@member(role=Role.ACCOUNT)
def webhook_test(request: MemberRequest, webhook_id: UUID) -> HttpResponse:
    """Post a ping to it, and show what becomes of that."""
    found = _own(request, webhook_id)
    try:
        made = endpoints.send_ping(by=request.member, endpoint_id=found.pk, now=clock.now())
    except Refused as refusal:
        return redirect_refused(request, refusal, "api:webhook", found.pk)
    return redirect("api:webhook_delivery", webhook_id=found.pk, delivery_id=made.pk)


@require_POST
@member(role=Role.ACCOUNT)
def webhook_replay(request: MemberRequest, webhook_id: UUID) -> HttpResponse:
    """Send once more what happened since some hours ago."""
    found = _own(request, webhook_id)
    form = ReplayForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose from when on it is sent again.")
        return redirect("api:webhook", webhook_id=found.pk)
    now = clock.now()
    with refusal_shown(request):
        since = now - timedelta(hours=form.cleaned_data["hours"])
        number = endpoints.replay_deliveries(by=request.member, endpoint_id=found.pk, since=since, now=now)
        messages.success(
            request,
            f"{counted(number, 'delivery is', 'deliveries are')} sent again, under the same message ids.",
        )
    return redirect("api:webhook", webhook_id=found.pk)


@require_POST
@member(role=Role.ACCOUNT)
def webhook_delivery_replay(request: MemberRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send one delivery once more."""
    found = _own(request, webhook_id)
    delivery = get_object_or_404(endpoints.deliveries_of(found), pk=delivery_id)
    with refusal_shown(request):
        endpoints.replay_deliveries(
            by=request.member, endpoint_id=found.pk, delivery_id=delivery.pk, now=clock.now()
        )
        messages.success(request, "It is sent again, under the same message id.")
    return redirect("api:webhook", webhook_id=found.pk)


@require_POST
@member(role=Role.ACCOUNT)
def webhook_remove(request: MemberRequest, webhook_id: UUID) -> HttpResponse:
    """Forget a webhook with its log."""
    found = _own(request, webhook_id)
    endpoints.remove_endpoint(by=request.member, endpoint_id=found.pk, now=clock.now())
    messages.success(request, f"{found.url} is removed: nothing is posted there any more.")
    return redirect("api:webhooks")


def _own(request: MemberRequest, webhook_id: UUID) -> WebhookEndpoint:
    return get_object_or_404(endpoints.endpoints_of(request.member), pk=webhook_id)


def _change(
    request: MemberRequest, found: WebhookEndpoint, *, url: str, kinds: list[str], is_on: bool
) -> None:
    endpoints.change_endpoint(
        by=request.member, endpoint_id=found.pk, url=url, kinds=kinds, is_on=is_on, now=clock.now()
    )


def _secret_page(request: HttpRequest, of: WebhookEndpoint) -> HttpResponse:
    return render(request, "api/webhook_secret.html", {"webhook": of, "secret": of.secret})
