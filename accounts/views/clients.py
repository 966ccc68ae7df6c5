"""Programs on the Team page: made, changed, given another secret, revoked. A secret is on one page, once."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.domain.clients import (
    NewSecret,
    add_secret,
    change_client,
    create_client,
    end_secret,
    revoke_client,
)
from accounts.domain.queries import clients_of
from accounts.enums import Role
from accounts.forms.clients import ClientForm
from accounts.models import ApiClient
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member
from marketplace.web.refusals import redirect_refused, refusal_shown


@member(role=Role.ACCOUNT)
def client_new(request: MemberRequest) -> HttpResponse:
    """Make a program; the answer is the one page that shows its secret."""
    form = ClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_client(by=request.member, terms=form.terms(), now=clock.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            return _secret_page(request, made)
    status = 422 if form.is_bound else 200
    return render(request, "accounts/client_new.html", {"form": form}, status=status)


@member(role=Role.ACCOUNT)
def client(request: MemberRequest, client_id: str) -> HttpResponse:
    """What a program may do, its secrets and its last use; to be changed here."""
    found = _own(request, client_id)
    form = ClientForm(request.POST) if request.method == "POST" else ClientForm.of(found)
    if form.is_bound and form.is_valid():
        try:
            change_client(by=request.member, client=found, terms=form.terms(), now=clock.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{form.cleaned_data['name']} is saved.")
            return redirect("accounts:client", client_id=found.pk)
    shown = {"client": found, "form": form, "secrets": found.secrets.filter(ended_at=None)}
    return render(request, "accounts/client.html", shown, status=422 if form.is_bound else 200)


@require_POST
@member(role=Role.ACCOUNT)
def client_secret_new(request: MemberRequest, client_id: str) -> HttpResponse:
    """Give a program a second secret; the answer is the one page that shows it."""
    found = _own(request, client_id)
    try:
        made = add_secret(by=request.member, client=found, now=clock.now())
    except Refused as refusal:
        return redirect_refused(request, refusal, "accounts:client", found.pk)
    return _secret_page(request, made)


@require_POST
@member(role=Role.ACCOUNT)
def client_secret_end(request: MemberRequest, client_id: str, pk: int) -> HttpResponse:
    """End one of two secrets."""
    found = _own(request, client_id)
    with refusal_shown(request):
        end_secret(by=request.member, client=found, secret_id=pk, now=clock.now())
        messages.success(request, "The secret has ended, and every token that it got.")
    return redirect("accounts:client", client_id=found.pk)


@require_POST
@member(role=Role.ACCOUNT)
def client_revoke(request: MemberRequest, client_id: str) -> HttpResponse:
    """Shut a program out at once."""
    found = _own(request, client_id)
    revoke_client(by=request.member, client=found, now=clock.now())
    messages.success(request, f"{found.name} is revoked: it can do nothing any more.")
    return redirect("accounts:team")


def _own(request: MemberRequest, client_id: str) -> ApiClient:
    return get_object_or_404(clients_of(request.member), pk=client_id)


def _secret_page(request: HttpRequest, made: NewSecret) -> HttpResponse:
    return render(request, "accounts/client_secret.html", {"client": made.client, "secret": made.text})
