"""Changing assets by page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.enums import Role
from marketplace import clock
from marketplace.web.access import MemberRequest, member
from qualification.domain import queries, statuses
from qualification.forms import StatusForm


@require_POST
@member("fsp", Role.PROCUREMENT)
def change_status(request: MemberRequest) -> HttpResponse:
    """Give the selected assets a status; each succeeds or fails by itself."""
    now = clock.now()
    offered = queries.assets_visible_to(request.member, now).values_list("pk", flat=True)
    form = StatusForm(request.POST, offered=list(offered))
    if not form.is_valid():
        messages.error(request, "Choose at least one asset, and a status.")
        return redirect("qualification:assets")
    to = form.cleaned_data["status"]
    outcomes = statuses.change_status(by=request.member, asset_ids=form.cleaned_data["assets"], to=to, now=now)
    done = sum(not each.refusal for each in outcomes)
    messages.success(request, f"{done} asset{'' if done == 1 else 's'} changed to {to.label}.")
    for each in outcomes:
        if each.refusal:
            messages.error(request, f"{each.asset.ref}: {each.refusal}")
    return redirect("qualification:assets")
