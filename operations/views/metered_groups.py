"""The page on which a provider lets a group be metered as one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.dates import day_text
from marketplace.errors import Refused
from marketplace.web.access import member
from operations.domain.metered_groups import meter_as_one as meter_group_as_one
from operations.domain.units import units_of
from operations.forms.metered_groups import AsOneForm
from qualification.domain.queries import groups_of


@require_http_methods(["GET", "POST"])
@member("fsp", Role.OPERATIONS)
def meter_as_one(request: MemberRequest, group_id: UUID) -> HttpResponse:
    """Say from which day a group's assets share one series, or see since when they do."""
    group = get_object_or_404(groups_of(request.member), pk=group_id)
    today = clock.now().astimezone(request.member.organisation.zone).date()
    form = AsOneForm(request.POST or None, initial={"from_day": today})
    if request.method == "POST" and form.is_valid():
        try:
            unit = meter_group_as_one(
                by=request.member, group_id=group_id, from_day=form.cleaned_data["from_day"], now=clock.now()
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            assert unit.from_day is not None
            messages.success(request, f"{group.ref} is metered as one from {day_text(unit.from_day)} on.")
            return redirect("operations:meter_as_one", group_id)
    unit_known = units_of(request.member).filter(group=group_id).first()
    context = {"group": group, "form": form, "unit": unit_known}
    return render(request, "operations/meter_as_one.html", context, status=422 if form.errors else 200)
