"""Changing assets by page: one asset or planned asset, or the status of several."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.errors import Refused
from marketplace.seen import ChangedMeanwhile
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import redirect_refused
from qualification import rules
from qualification.domain import queries
from qualification.domain.assets import statuses
from qualification.domain.verdicts.planned_explanations import planned_lines
from qualification.forms.assets import AssetForm, PlannedAssetForm, StatusForm
from qualification.models import Asset, PlannedAsset
from qualification.tables import PlannedAssets
from qualification.views.common import sent_on, ticked_assets
from qualification.workbooks import typed
from qualification.workbooks.assets_file import PLANNED_SHEET, SHEET

SHOWN_BEFORE = 100  # assets that the page before a change names


@require_POST
@member("fsp", Role.PROCUREMENT)
def change_status(request: MemberRequest) -> HttpResponse:
    """Show what giving the ticked assets a status would do, then do it; each succeeds or fails by itself."""
    now = clock.now()
    form = StatusForm(request.POST)
    try:
        ids = ticked_assets(request, now)
    except Refused as refusal:
        return redirect_refused(request, refusal, "qualification:assets")
    if not form.is_valid():
        messages.error(request, "Choose at least one asset, and a status.")
        return redirect("qualification:assets")
    to = form.cleaned_data["status"]
    if request.POST.get("confirmed") != "yes":
        would = sorted(statuses.outcomes_of(request.member, ids, to), key=lambda each: not each.refusal)
        refused = sum(bool(each.refusal) for each in would)
        context = {
            "to": to,
            "chosen": len(ids),
            "outcomes": would[:SHOWN_BEFORE],
            "left": max(len(would) - SHOWN_BEFORE, 0),
            "done": len(would) - refused,
            "refused": refused,
            "same": len(ids) - len(would),
            "sent": sent_on(request),
        }
        return render(request, "qualification/assets_change.html", context)
    outcomes = statuses.change_status(by=request.member, asset_ids=ids, to=to, now=now)
    done = sum(not each.refusal for each in outcomes)
    messages.success(request, f"{done} asset{'' if done == 1 else 's'} changed to {to.label}.")
    for each in outcomes:
        if each.refusal:
            messages.error(request, f"{each.asset.ref}: {each.refusal}")
    return redirect("qualification:assets")


@require_http_methods(["GET", "POST"])
@member("fsp", Role.PROCUREMENT)
def new_asset(request: MemberRequest) -> HttpResponse:
    """List one asset."""
    return _typed(request, SHEET, None)


@require_http_methods(["GET", "POST"])
@member("fsp", Role.PROCUREMENT)
def edit_asset(request: MemberRequest, asset_id: uuid.UUID) -> HttpResponse:
    """Change one asset."""
    shown = get_object_or_404(queries.assets_visible_to(request.member, clock.now()), pk=asset_id)
    return _typed(request, SHEET, shown)


@require_GET
@member("fsp")
def planned_assets(request: MemberRequest) -> HttpResponse:
    """The company's planned assets, each with how it stands in its competition."""
    listing = PlannedAssets(
        queries.planned_assets_of(request.member).order_by("is_archived", "ref"),
        request=request,
        rows=lambda shown: planned_lines(shown, clock.now()),
    )
    context = {"can_manage": rules.can_manage_assets(request.member)}
    return list_page(request, "qualification/planned_assets.html", listing, context)


@require_http_methods(["GET", "POST"])
@member("fsp", Role.PROCUREMENT)
def new_planned(request: MemberRequest) -> HttpResponse:
    """List one planned asset."""
    return _typed(request, PLANNED_SHEET, None)


@require_http_methods(["GET", "POST"])
@member("fsp", Role.PROCUREMENT)
def edit_planned(request: MemberRequest, planned_id: uuid.UUID) -> HttpResponse:
    """Change one planned asset."""
    shown = get_object_or_404(queries.planned_assets_of(request.member), pk=planned_id)
    return _typed(request, PLANNED_SHEET, shown)


def _typed(request: MemberRequest, sheet: str, present: Asset | PlannedAsset | None) -> HttpResponse:
    now, by = clock.now(), request.member
    cells = typed.cells_of(present, by.organisation.zone) if present is not None else {}
    sent_form = request.POST if request.method == "POST" else None
    options: dict[str, Any] = {
        "cells": cells,
        "types": queries.asset_types(),
        "is_stored": present is not None,
    }
    form: AssetForm | PlannedAssetForm
    seen, changed = str(request.POST.get("seen", "")), None
    if sheet == SHEET:
        form = AssetForm(
            sent_form, asset_groups=queries.groups_of(by).values_list("ref", flat=True), **options
        )
    else:
        form = PlannedAssetForm(sent_form, **options)
    if request.method == "POST":
        sent = form.cells(cells)
        plan = typed.plan_typed(by=by, sheet=sheet, cells=sent, present=present, now=now)
        form.show(plan.problems)
        if not form.errors:
            try:
                saved = typed.save_typed(by=by, sheet=sheet, cells=sent, present=present, seen=seen, now=now)
            except ChangedMeanwhile as refusal:
                changed = refusal
                if present is not None:
                    present.refresh_from_db(fields=["changed_at"])
                seen = typed.version_of(present)
            except Refused as refusal:
                form.add_error(None, refusal.sentence)
            else:
                messages.success(request, "Saved." if saved else "Nothing was changed.")
                for problem in plan.problems:
                    messages.warning(request, problem.message)
                return _shown(sheet, saved or (present.pk if present is not None else None))
    context = {
        "form": form,
        "present": present,
        "seen": seen or typed.version_of(present),
        "changed": changed,
        "is_planned": sheet == PLANNED_SHEET,
    }
    return render(request, "qualification/asset_form.html", context, status=409 if changed else 200)


def _shown(sheet: str, record_id: uuid.UUID | None) -> HttpResponse:
    if sheet == SHEET and record_id is not None:
        return redirect("qualification:asset", record_id)
    return redirect("qualification:planned_assets")
