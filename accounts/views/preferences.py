"""What a user chooses about the pages themselves: theme and keyboard."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.domain.preferences import choose_single_keys, choose_theme
from accounts.requests import SignedInRequest
from marketplace.web.access import signed_in
from marketplace.web.redirects import way_back


@require_POST
@signed_in
def theme(request: SignedInRequest) -> HttpResponse:
    """Keep the theme that was chosen in the account menu."""
    choose_theme(user=request.user, theme=request.POST.get("theme", ""))
    return redirect(way_back(request))


@require_GET
@signed_in
def keyboard(request: SignedInRequest) -> HttpResponse:
    """The keys that lead through the pages."""
    return render(request, "accounts/keyboard.html")


@require_POST
@signed_in
def single_keys(request: SignedInRequest) -> HttpResponse:
    """Turn single letters as shortcuts on or off."""
    wanted = request.POST.get("wanted") == "on"
    choose_single_keys(user=request.user, wanted=wanted)
    messages.success(
        request, "Single letters act as shortcuts." if wanted else "Single letters do nothing any more."
    )
    return redirect("accounts:keyboard")
