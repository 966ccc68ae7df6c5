"""Pages of assets, their verdicts, and entries."""

import hashlib
import uuid
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from competitions.domain.queries import competitions_visible_to
from competitions.enums import AssetStatus
from marketplace import clock, jobs
from marketplace.errors import Refused
from marketplace.web.access import MemberRequest, member
from qualification import rules
from qualification.domain import entries as actions
from qualification.domain import explanations, queries, requalification
from qualification.domain.meters.clashes import meter_clashes
from qualification.filters import AssetFilter
from qualification.forms.overrides import AnswerForm
from qualification.presenters.assets import data_of, entry_rows, history_of, steps_of
from qualification.views.common import competition_assets_page

PAGE_ROWS = 50
VERDICT_ROWS = 25
HISTORY_SHOWN = 10


def _page(request: HttpRequest, rows: "QuerySet[Any]", size: int = PAGE_ROWS) -> "Page[Any]":
    return Paginator(rows, size).get_page(request.GET.get("page"))


@require_GET
@member("fsp")
def assets(request: MemberRequest) -> HttpResponse:
    """The company's assets, with filters and search."""
    now = clock.now()
    own, groups = queries.assets_visible_to(request.member, now).order_by("ref"), queries.groups_of(request.member)
    chosen = AssetFilter(request.GET, queryset=own, groups=groups)
    context = {
        "filter": chosen,
        "groups": groups,
        "page": _page(request, chosen.qs),
        "eligible_in": queries.eligible_asset_count(request.member, now),
        "can_manage": rules.can_manage_assets(request.member),
        "is_filtered": bool(request.GET),
        "statuses": AssetStatus.choices,
    }
    return render(request, "qualification/assets.html", context)


@require_GET
@member("fsp", Role.PROCUREMENT)
def upload(request: MemberRequest) -> HttpResponse:
    """Upload the assets file, get the template, see earlier files."""
    history = jobs.jobs_visible_to(request.member).filter(kind="qualification.assets")
    context = {"history": history[:10], "zone": request.member.organisation.zone}
    return render(request, "qualification/upload.html", context)


@require_GET
@member()
def asset(request: MemberRequest, asset_id: uuid.UUID) -> HttpResponse:
    """One asset: its data, and how it stands in every live competition."""
    now = clock.now()
    shown = get_object_or_404(queries.assets_visible_to(request.member, now), pk=asset_id)
    context = _verdicts(request, shown) | {
        "asset": shown,
        "data": data_of(shown),
        "can_manage": rules.can_manage_assets(request.member),
        "zone": request.member.organisation.zone,
        "clash": meter_clashes(request.member, [shown]).get(shown.pk),
        "history": steps_of(history_of(request.member, shown)[:HISTORY_SHOWN]),
        "is_history_longer": history_of(request.member, shown).count() > HISTORY_SHOWN,
        "decisions": queries.overrides_visible_to(request.member).filter(asset=shown)[:20],
        "file_params": {"asset": str(shown.pk)},
    }
    context["digest"] = _digest(render_to_string("qualification/_verdicts.html", context, request))
    return render(request, "qualification/asset.html", context)


@require_GET
@member()
def asset_history(request: MemberRequest, asset_id: uuid.UUID) -> HttpResponse:
    """Every change of one asset that the member's own log holds, newest first."""
    shown = get_object_or_404(queries.assets_visible_to(request.member, clock.now()), pk=asset_id)
    page = _page(request, history_of(request.member, shown))
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
    shown = get_object_or_404(queries.assets_visible_to(request.member, clock.now()), pk=asset_id)
    context = _verdicts(request, shown) | {"asset": shown}
    digest = _digest(render_to_string("qualification/_verdicts.html", context, request))
    if digest == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "qualification/_live_verdicts.html", context | {"digest": digest})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _verdicts(request: MemberRequest, shown: Any) -> dict[str, Any]:
    now = clock.now()
    within = queries.verdicts_visible_to(request.member, now).filter(asset=shown, competition=OuterRef("pk"))
    live = queries.live_competitions_for(request.member, now)
    if request.member.is_so:
        live = live.filter(Exists(within))
    ordered = live.annotate(is_within=Exists(within))
    page = _page(request, ordered.order_by("-is_within", *ordered.query.order_by), VERDICT_ROWS)
    return {
        "page": page,
        "lines": explanations.lines_of(shown, list(page.object_list), now),
        "is_pending": requalification.is_pending(shown.provider_id, shown.pk, now),
    }


@require_GET
@member("fsp")
def entries(request: MemberRequest) -> HttpResponse:
    """The live competitions, what the company could offer in each, and its entries."""
    now = clock.now()
    page = _page(request, queries.competitions_to_answer(request.member, now), VERDICT_ROWS)
    context = {
        "page": page,
        "rows": entry_rows(request.member, list(page.object_list), now),
        "can_manage": rules.can_manage_assets(request.member),
        "zone": request.member.organisation.zone,
    }
    return render(request, "qualification/entries.html", context)


@require_POST
@member("fsp", Role.PROCUREMENT)
def enter(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Enter one competition."""
    return _answer(request, competition_id, actions.enter, "You have entered {}.")


@require_POST
@member("fsp", Role.PROCUREMENT)
def withdraw(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Withdraw from one competition."""
    return _answer(request, competition_id, actions.withdraw, "You do not take part in {}.")


def _answer(request: MemberRequest, competition_id: uuid.UUID, action: Any, told: str) -> HttpResponse:
    now = clock.now()
    competition = get_object_or_404(competitions_visible_to(request.member, now), pk=competition_id)
    try:
        action(by=request.member, competition=competition, now=now)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    else:
        messages.success(request, told.format(competition.ref))
    return redirect("qualification:entries")


@require_POST
@member("fsp", Role.PROCUREMENT)
def answer_many(request: MemberRequest) -> HttpResponse:
    """Enter, or withdraw from, several competitions; each succeeds or fails by itself."""
    now = clock.now()
    offered = queries.competitions_to_answer(request.member, now)
    form = AnswerForm(request.POST, offered=list(offered.values_list("pk", flat=True)))
    if not form.is_valid():
        messages.error(request, "Choose at least one of the competitions.")
        return redirect("qualification:entries")
    chosen = offered.filter(pk__in=form.cleaned_data["competitions"])
    act = actions.enter_many if form.cleaned_data["answer"] == "enter" else actions.withdraw_many
    outcomes = act(by=request.member, competitions=chosen, now=now)
    done = [each.competition.ref for each in outcomes if not each.refusal]
    if done:
        messages.success(request, f"Done for {len(done)}: {', '.join(done)}.")
    for each in outcomes:
        if each.refusal:
            messages.error(request, each.refusal)
    return redirect("qualification:entries")


@require_GET
@member("so")
def competition_assets(request: MemberRequest, competition_id: uuid.UUID) -> HttpResponse:
    """Which assets qualify in one of the operator's competitions, why others do not, and who has entered."""
    now = clock.now()
    competition = get_object_or_404(
        competitions_visible_to(request.member, now).filter(publish_on__lte=now), pk=competition_id
    )
    return competition_assets_page(request, competition)
