"""The front page, and the ways into an organisation: registering a company, following an invitation."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts import rules
from accounts.domain.queries import acting_member
from accounts.domain.registration import (
    accept_invitation,
    invitation_of,
    register_provider,
)
from accounts.forms.organisations import CompanyForm
from accounts.forms.team import InvitedForm
from accounts.requests import SignedInRequest, VisitorRequest
from accounts.sign_in.limits import limited
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import public, signed_in
from marketplace.web.home import first_steps_for, parts_for
from marketplace.web.todo import todo_for
from marketplace.web.visitors import kept_for_visitors


@public
@kept_for_visitors
def home(request: VisitorRequest) -> HttpResponse:
    """The front page; for members, what there is to do next."""
    if request.member is None:
        if request.user.is_authenticated and not request.user.is_staff:
            return redirect("accounts:company")
        return render(request, "accounts/home.html", {"parts": parts_for(None, clock.now())})
    now, only_mine = clock.now(), request.GET.get("whose") == "mine"
    first_steps = first_steps_for(request.member, now)
    return render(
        request,
        "accounts/member_home.html",
        {
            "today": now.astimezone(request.member.organisation.zone).date(),
            "todo": todo_for(request.member, now, only_mine=only_mine, whole="all" in request.GET),
            "only_mine": only_mine,
            "first_steps": first_steps,
            "steps_done": sum(step.is_done for step in first_steps),
            "parts": parts_for(request.member, now),
        },
    )


@signed_in
def company(request: SignedInRequest) -> HttpResponse:
    """The second step of registering: the company behind a new login."""
    if request.member is not None or request.user.is_staff:
        return redirect("accounts:home")
    form = CompanyForm(request.POST or None, initial={"contact_email": request.user.email})
    if request.method == "POST" and form.is_valid():
        try:
            register_provider(user=request.user, organisation=form.save(commit=False), now=clock.now())
        except Refused as refusal:
            if acting_member(request.user.pk) is not None:  # the form came twice: the first one registered it
                return redirect("accounts:home")
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "Your company is registered. Next: upload your assets.")
            return redirect("accounts:home")
    return render(request, "accounts/company.html", {"form": form})


@public
@limited("invitation")
def invitation(request: VisitorRequest, token: str) -> HttpResponse:
    """Where an invitation's link leads: a new login, or joining with the one that is signed in."""
    user = request.user if request.user.is_authenticated else None
    form = InvitedForm(request.POST or None)
    try:
        invited = invitation_of(token)
        rules.check_invitation_is_open(invited, clock.now())
        if request.method == "POST" and (user is not None or form.is_valid()):
            values: dict[str, Any] = {"name": "", "password": None} if user is not None else form.cleaned_data
            joined = accept_invitation(
                invitation=invited,
                name=values["name"],
                password=values["password"],
                signed_in=user,
                now=clock.now(),
            )
            login(request, joined.user, backend="allauth.account.auth_backends.AuthenticationBackend")
            messages.success(request, f"Welcome to {joined.organisation}.")
            return redirect("accounts:home")
    except Refused as refusal:
        return render(request, "accounts/refused.html", {"sentence": str(refusal)}, status=409)
    return render(
        request, "accounts/invitation.html", {"form": form, "invitation": invited, "user_joins": user}
    )
