"""Asset groups by page: the list, one group, making, renaming and removing them, and putting many assets into
one."""

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.errors import Refused
from marketplace.numbers import count_text
from marketplace.seen import ChangedMeanwhile, mark_of
from marketplace.web.access import member
from marketplace.web.refusals import redirect_refused
from qualification import rules
from qualification.domain.assets import group_figures
from qualification.domain.assets import groups as actions
from qualification.forms.groups import GroupForm, PutForm, RenameGroupForm
from qualification.models import AssetGroup
from qualification.views.common import ticked_assets


@require_GET
@member("fsp")
def groups(request: MemberRequest) -> HttpResponse:
    """The company's asset groups, what each holds and adds up to."""
    rows = [
        (group, group_figures.capacities_of(group))
        for group in group_figures.groups_with_figures(request.member)
    ]
    return render(
        request,
        "qualification/groups.html",
        {"rows": rows, "form": GroupForm(), "can_manage": rules.can_manage_assets(request.member)},
    )


@require_http_methods(["GET", "POST"])
@member("fsp", Role.PROCUREMENT)
def new_group(request: MemberRequest) -> HttpResponse:
    """Create a group."""
    form = GroupForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            made = actions.make_group(by=request.member, now=clock.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error("ref", refusal.sentence)
        else:
            messages.success(
                request, f"Group {made.ref} is made. Put assets into it from the list of assets."
            )
            return redirect("qualification:group", made.pk)
    return render(request, "qualification/group_form.html", {"form": form})


@require_GET
@member("fsp")
def group(request: MemberRequest, group_id: uuid.UUID) -> HttpResponse:
    """One group: how many assets, MW by capacity, and how it stands in each live competition."""
    return _group_page(request, group_id, None)


@require_POST
@member("fsp", Role.PROCUREMENT)
def rename_group(request: MemberRequest, group_id: uuid.UUID) -> HttpResponse:
    """Give a group another name."""
    shown = _group(request, group_id)
    form = RenameGroupForm(request.POST)
    if not form.is_valid():
        return _group_page(request, group_id, form)
    name, seen = form.cleaned_data["name"], str(request.POST.get("seen", ""))
    try:
        changed = actions.rename_group(by=request.member, group=shown, name=name, now=clock.now(), seen=seen)
    except ChangedMeanwhile as refusal:
        return _group_page(request, group_id, form, refusal)
    except Refused as refusal:
        form.add_error("name", refusal.sentence)
        return _group_page(request, group_id, form)
    messages.success(request, "Renamed." if changed else "Nothing was changed.")
    return redirect("qualification:group", shown.pk)


@require_POST
@member("fsp", Role.PROCUREMENT)
def remove_group(request: MemberRequest, group_id: uuid.UUID) -> HttpResponse:
    """Remove an empty group."""
    shown = _group(request, group_id)
    try:
        actions.remove_group(by=request.member, group=shown, now=clock.now())
    except Refused as refusal:
        return redirect_refused(request, refusal, "qualification:group", shown.pk)
    messages.success(request, f"Group {shown.ref} is removed.")
    return redirect("qualification:groups")


@require_POST
@member("fsp", Role.PROCUREMENT)
def put_into_group(request: MemberRequest) -> HttpResponse:
    """Put the ticked assets, or all that the list's filter finds, into a group, or take them out of
    theirs."""
    form = PutForm(request.POST)
    query = request.POST.get("matching", "")
    if not form.is_valid():
        messages.error(request, form.sentence)
        return _back_to_list(query)
    try:
        ids = ticked_assets(request, clock.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return _back_to_list(query)
    ref = None if form.cleaned_data["take_out"] else form.cleaned_data["group"]
    try:
        moved = actions.put_into_group(by=request.member, asset_ids=ids, ref=ref, now=clock.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return _back_to_list(query)
    where = "taken out of their groups" if ref is None else f"put into group {ref}"
    left = len(ids) - moved
    also = f" {count_text(left)} {'was' if left == 1 else 'were'} so already." if left else ""
    messages.success(request, f"{count_text(moved)} asset{'' if moved == 1 else 's'} {where}.{also}")
    return _back_to_list(query)


def _back_to_list(query: str) -> HttpResponse:
    kept = [(name, value) for name, value in QueryDict(query[:2000]).items() if name != "page"]
    return redirect(f"{reverse('qualification:assets')}{'?' if kept else ''}{urlencode(kept)}")


def _group(request: MemberRequest, group_id: uuid.UUID) -> AssetGroup:
    return get_object_or_404(group_figures.groups_with_figures(request.member), pk=group_id)


def _group_page(
    request: MemberRequest,
    group_id: uuid.UUID,
    form: RenameGroupForm | None,
    changed: ChangedMeanwhile | None = None,
) -> HttpResponse:
    shown = _group(request, group_id)
    context = {
        "group": shown,
        "capacities": group_figures.capacities_of(shown),
        "rows": group_figures.competitions_of_group(request.member, shown, clock.now()),
        "form": form or RenameGroupForm(initial={"name": shown.name}),
        "seen": mark_of({"name": shown.name}),
        "changed": changed,
        "can_manage": rules.can_manage_assets(request.member),
        "zone": request.member.organisation.zone,
    }
    return render(request, "qualification/group.html", context, status=409 if changed else 200)
