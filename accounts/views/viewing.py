"""View as: the page on which an admin says whom and why, and the button that ends it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.domain.queries import members_for_admins
from accounts.domain.registration import PlatformAdmin
from accounts.domain.viewing import LASTS, LONGEST_REASON, Viewing, start_viewing, stop_viewing
from accounts.middleware import VIEWING
from accounts.requests import SignedInRequest
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import platform_admin, signed_in
from marketplace.web.form_style import StyledForm


class ReasonForm(StyledForm):
    """Why an admin wants to see what a member sees."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        help_text="The organisation reads it in its audit log.",
    )


@platform_admin
def view_as(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why, then see the marketplace as this member, read-only."""
    member = get_object_or_404(members_for_admins(), pk=pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        by = PlatformAdmin(request.user)  # type: ignore[arg-type]
        try:
            viewing = start_viewing(by=by, member=member, reason=form.cleaned_data["reason"], now=clock.now())
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            request.session[VIEWING] = viewing.to_session()
            return redirect("accounts:home")
    minutes = int(LASTS.total_seconds() // 60)
    return render(request, "accounts/view_as.html", {"form": form, "whom": member, "minutes": minutes})


@require_POST
@signed_in
def stop(request: SignedInRequest) -> HttpResponse:
    """See the marketplace as oneself again."""
    viewing = Viewing.from_session(request.session.pop(VIEWING, None))
    if viewing is not None:
        stop_viewing(by=PlatformAdmin(request.user), viewing=viewing, now=clock.now())
        messages.success(request, "You see the marketplace as yourself again.")
    return redirect("admin:index" if request.user.is_staff else "accounts:home")
