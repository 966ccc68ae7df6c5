"""Pages of assets and their verdicts."""

import hashlib
import uuid
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.queries import listed
from competitions.enums import AssetStatus
from marketplace import clock
from marketplace.jobs.queries import jobs_visible_to
from marketplace.web.access import member
from marketplace.web.lists import list_page, page_of
from qualification import rules
from qualification.domain import queries
from qualification.domain.assets.portfolio import DEFICIT, EXCESS
from qualification.domain.meters.clashes import meter_clashes
from qualification.domain.verdicts import explanations, requalification
from qualification.filters import AssetFilter
from qualification.presenters.assets import (
    asset_lines,
    asset_totals,
    data_of,
    history_of,
    status_chips,
    steps_of,
)
from qualification.tables import Assets, Verdicts

LISTED = (
    "ref",
    "name",
    "status",
    "postcode",
    "latitude",
    "longitude",
    "voltage_kv",
    *DEFICIT,
    *EXCESS,
    "import_meter_id",
    "export_meter_id",
    "asset_type__name",
    "group__ref",
)
"""What a line tells of an asset."""
HISTORY_ROWS = 50
HISTORY_SHOWN = 10


@require_GET
@member("fsp")
def assets(request: MemberRequest) -> HttpResponse:
    """The company's assets, with filters and search."""
    now = clock.now()
    own, groups = (
        queries.assets_visible_to(request.member, now).order_by("ref"),
        queries.groups_of(request.member),
    )
    chosen = AssetFilter(
        request.GET, queryset=own, groups=groups, eligible=queries.eligible_somewhere(request.member, now)
    )
    can_manage = rules.can_manage_assets(request.member)
    hidden = [name for name, is_shown in (("select", can_manage), ("group", groups)) if not is_shown]
    chips = status_chips(own)
    context = {
        "filter": chosen,
        "groups": groups,
        "eligible_in": queries.eligible_asset_count(request.member, now),
        "can_manage": can_manage,
        "has_any": len(chips) > 1,
        "statuses": AssetStatus.choices,
    }
    listing = Assets(
        chosen.qs.select_related(None).select_related("asset_type", "group").only(*LISTED),
        request=request,
        rows=lambda shown: asset_lines(request.member, shown, now),
        chips=chips,
        narrowed_by=chosen,
        totals=asset_totals(chosen.qs),
        exclude=hidden,
    )
    return list_page(request, "qualification/assets.html", listing, context)


@require_GET
@member("fsp", Role.PROCUREMENT)
def upload(request: MemberRequest) -> HttpResponse:
    """Upload the assets file, get the template, see earlier files."""
    history = jobs_visible_to(request.member).filter(kind="qualification.assets")
    context = {"history": history[:10], "zone": request.member.organisation.zone}
    return render(request, "qualification/upload.html", context)


@require_GET
@member()
def asset(request: MemberRequest, asset_id: uuid.UUID) -> HttpResponse:
    """One asset: its data, and how it stands in every live competition."""
    now = clock.now()
    shown = get_object_or_404(queries.assets_visible_to(request.member, now), pk=asset_id)
    history = list(history_of(request.member, shown)[: HISTORY_SHOWN + 1])
    context = _verdicts(request, shown, now) | {
        "asset": shown,
        "data": data_of(shown),
        "can_manage": rules.can_manage_assets(request.member),
        "zone": request.member.organisation.zone,
        "clash": meter_clashes(request.member, [shown]).get(shown.pk),
        "history": steps_of(history[:HISTORY_SHOWN]),
        "is_history_longer": len(history) > HISTORY_SHOWN,
        "decisions": queries.decisions_told(request.member, shown)[:20],
        "file_params": {"asset": str(shown.pk)},
    }
    context |= _verdicts_shown(request, context)
    return render(request, "qualification/asset.html", context)


@require_GET
@member()
def asset_history(request: MemberRequest, asset_id: uuid.UUID) -> HttpResponse:
    """Every change of one asset that the member's own log holds, newest first."""
    shown = get_object_or_404(queries.assets_visible_to(request.member, clock.now()), pk=asset_id)
    page = page_of(history_of(request.member, shown), request.GET.get("page"), HISTORY_ROWS)
    context = {
        "asset": shown,
        "page": page,
        "history": steps_of(page.object_list),
        "zone": request.member.organisation.zone,
    }
    return render(request, "qualification/asset_history.html", context)


@require_GET
@member()
def asset_verdicts(request: MemberRequest, asset_id: uuid.UUID) -> HttpResponse:
    """The verdicts alone, for the page to refresh itself; nothing (204) while they are as ``seen``."""
    now = clock.now()
    shown = get_object_or_404(queries.assets_visible_to(request.member, now), pk=asset_id)
    context = _verdicts(request, shown, now) | {"asset": shown}
    told = _verdicts_shown(request, context)
    if told["digest"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "qualification/_live_verdicts.html", context | told)


def _verdicts_shown(request: MemberRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The verdicts as they are drawn, and the digest by which the page knows whether they have changed."""
    drawn = render_to_string("qualification/_verdicts.html", context, request)
    return {"verdicts": drawn, "digest": hashlib.sha256(drawn.encode()).hexdigest()[:16]}


def _verdicts(request: MemberRequest, shown: Any, now: datetime) -> dict[str, Any]:
    within = queries.verdicts_visible_to(request.member, now).filter(asset=shown, competition=OuterRef("pk"))
    live = queries.live_competitions_for(request.member, now)
    if request.member.is_so:
        live = live.filter(Exists(within))
    ordered = live.annotate(is_within=Exists(within))
    listing = Verdicts(
        listed(ordered.order_by("-is_within", *ordered.query.order_by)),
        request=request,
        rows=lambda competitions: explanations.lines_of(shown, competitions, now),
        count=None if request.member.is_so else queries.live_count(request.member, now),
    )
    return {
        "listing": listing,
        "is_pending": requalification.is_pending(shown.provider_id, shown.pk, now),
    }
