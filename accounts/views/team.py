"""The team: its people, their roles, and the invitations that are open."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.domain.mails import send_invitation
from accounts.domain.queries import clients_of, open_invitations_of, team_of
from accounts.domain.registration import (
    AlreadyInvited,
    change_roles,
    invite,
)
from accounts.domain.sign_in import members_without_second_factor
from accounts.domain.team import (
    deactivate_member,
    reactivate_member,
    send_invitation_again,
    withdraw_invitation,
)
from accounts.enums import Role
from accounts.forms.team import InviteForm, RolesForm
from accounts.requests import MemberRequest
from accounts.sign_in.limits import limited
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member
from marketplace.web.refusals import refusal_shown


@member(role=Role.ACCOUNT)
def team(request: MemberRequest) -> HttpResponse:
    """The people of the organisation, their roles, and open invitations."""
    return render(request, "accounts/team.html", _team_context(request, InviteForm()))


def _team_context(request: MemberRequest, form: InviteForm) -> dict[str, object]:
    members = [
        (one, RolesForm(initial={"roles": one.roles}, prefix=f"m{one.pk}")) for one in team_of(request.member)
    ]
    return {
        "members": members,
        "invitations": open_invitations_of(request.member),
        "clients": clients_of(request.member),
        "form": form,
        "without_second_factor": members_without_second_factor(request.member.organisation),
    }


@require_POST
@member(role=Role.ACCOUNT)
@limited("invite")
def team_invite(request: MemberRequest) -> HttpResponse:
    """Invite a colleague."""
    form, waiting = InviteForm(request.POST), None
    if form.is_valid():
        try:
            invited = invite(
                by=request.member,
                organisation=request.member.organisation,
                email=form.cleaned_data["email"],
                roles=form.cleaned_data["roles"],
                now=clock.now(),
            )
        except AlreadyInvited as refusal:  # told beside the button that sends it again
            waiting = refusal.invitation
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            send_invitation(invited)
            messages.success(request, f"{invited.email} is invited.")
            return redirect("accounts:team")
    return render(
        request, "accounts/team.html", _team_context(request, form) | {"waiting": waiting}, status=422
    )


@require_POST
@member(role=Role.ACCOUNT)
def team_roles(request: MemberRequest, pk: int) -> HttpResponse:
    """Change the roles of a colleague."""
    colleague = get_object_or_404(team_of(request.member), pk=pk)
    form = RolesForm(request.POST, prefix=f"m{colleague.pk}")
    if form.is_valid():
        with refusal_shown(request):
            change_roles(
                by=request.member, member=colleague, roles=form.cleaned_data["roles"], now=clock.now()
            )
            messages.success(request, f"The roles of {colleague.user} are saved.")
    return redirect("accounts:team")


@require_POST
@member(role=Role.ACCOUNT)
def team_deactivate(request: MemberRequest, pk: int) -> HttpResponse:
    """Shut a colleague out."""
    colleague = get_object_or_404(team_of(request.member), pk=pk)
    with refusal_shown(request):
        deactivate_member(by=request.member, member=colleague, now=clock.now())
        messages.success(request, f"{colleague.user} is deactivated and signed out everywhere.")
    return redirect("accounts:team")


@require_POST
@member(role=Role.ACCOUNT)
def team_reactivate(request: MemberRequest, pk: int) -> HttpResponse:
    """Let a colleague back in."""
    colleague = get_object_or_404(team_of(request.member), pk=pk)
    with refusal_shown(request):
        reactivate_member(by=request.member, member=colleague, now=clock.now())
        messages.success(request, f"{colleague.user} is active again.")
    return redirect("accounts:team")


@require_POST
@member(role=Role.ACCOUNT)
@limited("invite")
def invitation_send_again(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Send an invitation's mail again, with a new link."""
    invited = get_object_or_404(open_invitations_of(request.member), pk=pk)
    with refusal_shown(request):
        invited = send_invitation_again(by=request.member, invitation=invited, now=clock.now())
        send_invitation(invited)
        messages.success(request, f"The invitation to {invited.email} is sent again.")
    return redirect("accounts:team")


@require_POST
@member(role=Role.ACCOUNT)
def invitation_withdraw(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Withdraw an invitation that nobody has used."""
    invited = get_object_or_404(open_invitations_of(request.member), pk=pk)
    with refusal_shown(request):
        withdraw_invitation(by=request.member, invitation=invited, now=clock.now())
        messages.success(request, f"The invitation to {invited.email} is withdrawn.")
    return redirect("accounts:team")
