"""Rounds: the list of them, the workspace of one, and what is done to several competitions at once."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.places.maps import collection, competition_features
from competitions.domain.queries import by_next_deadline, competitions_visible_to, operator_competitions
from competitions.domain.rounds import competitions_of, rename_round, rounds_of
from competitions.domain.setting_up.going_live import Visibility, going_live
from competitions.exports.files import write_competition_file
from competitions.exports.published_file import write_published_many
from competitions.forms.set_up import CancelForm, DuplicateManyForm, RoundForm
from competitions.forms.typed import OffsetForm
from competitions.models import Competition
from competitions.presenters.on_maps import legend, shape_properties
from competitions.presenters.rounds import round_page
from competitions.workbooks import bulk
from marketplace import attachments, clock
from marketplace.errors import Refused
from marketplace.keys import tidy_key
from marketplace.web.access import member
from marketplace.web.refusals import refusal_shown

TITLES = {
    "publish": "Publish",
    "move": "Move the dates of",
    "duplicate": "Duplicate",
    "cancel": "Cancel",
}
BulkForm = OffsetForm | DuplicateManyForm | CancelForm
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def round_list(request: MemberRequest) -> HttpResponse:
    """The operator's rounds, those under way first."""
    now = clock.now()
    return render(
        request,
        "competitions/rounds.html",
        {"rounds": rounds_of(request.member, now), "zone": request.member.organisation.zone},
    )


@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def round_workspace(request: MemberRequest, name: str) -> HttpResponse:
    """One round: totals, timeline, map, and all its competitions."""
    now = clock.now()
    competitions = _of_round(request, name)
    page = round_page(request.member, competitions, now)
    return render(
        request,
        "competitions/round.html",
        {
            "name": name,
            "page": page,
            "legend": legend(),
            "zone": request.member.organisation.zone,
            "currency": request.member.organisation.currency,
        },
    )


@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def round_map(request: MemberRequest, name: str) -> HttpResponse:
    """The boundaries of a round's competitions as GeoJSON."""
    now = clock.now()
    competitions = _of_round(request, name)
    prefetch_related_objects(competitions, "boundaries", "boundary_shape")
    features = [
        feature
        for each in competitions
        for feature in competition_features(each, **shape_properties(each, now))
        if feature["properties"].get("look") != "buffer"
    ]
    return JsonResponse(collection(features), content_type="application/geo+json")


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def round_rename(request: MemberRequest, name: str) -> HttpResponse:
    """Give a round another name."""
    number, now = len(_of_round(request, name)), clock.now()
    form = RoundForm(request.POST or None, initial={"name": name})
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["name"]
        try:
            rename_round(by=request.member, name=name, wanted=wanted, now=now)
        except Refused as refusal:
            form.add_error("name", refusal.sentence)
        else:
            messages.success(request, f"The round is called “{tidy_key(wanted)}” now.")
            return redirect("competitions:round", tidy_key(wanted))
    return render(
        request,
        "competitions/round_rename.html",
        {"name": name, "number": number, "form": form},
        status=422 if form.errors else 200,
    )


@require_POST
@member(kind="fsp")
def download_many(request: MemberRequest) -> HttpResponse:
    """The ticked competitions as everybody may read them, in one workbook."""
    now = clock.now()
    keys = [key for key in map(_uuid, request.POST.getlist("competitions")) if key is not None]
    chosen = list(competitions_visible_to(request.member, now).filter(pk__in=keys).order_by("ref"))
    if not chosen:
        messages.info(request, "Choose at least one competition to download.")
        return redirect("competitions:list")
    file = io.BytesIO()
    write_published_many(chosen, file, now)
    return attachments.response(file.getvalue(), "competitions.xlsx", XLSX)


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def change_many(request: MemberRequest) -> HttpResponse:
    """Publish, move, duplicate, cancel or download several: what would happen by GET, done by POST as
    shown."""
    asked = request.POST if request.method == "POST" else request.GET
    verb, chosen = asked.get("verb", ""), _chosen(request, asked.getlist("competitions"))
    back = _back(asked.get("round", ""))
    if not chosen or verb not in (*TITLES, "download"):
        messages.info(request, "Choose at least one competition, and what to do with it.")
        return redirect(back)
    if verb == "download":
        file = io.BytesIO()
        write_competition_file(list(chosen), file)
        return attachments.response(file.getvalue(), "competitions.xlsx", XLSX)
    now = clock.now()
    form = _form(request, verb)
    context: dict[str, Any] = {
        "verb": verb,
        "title": TITLES[verb],
        "back": back,
        "form": form,
        "chosen": chosen,
    }
    context |= {"round_name": asked.get("round", ""), "zone": request.member.organisation.zone}
    if request.method == "POST" and (form is None or form.is_valid()):
        with refusal_shown(request):
            messages.success(request, _do(request, verb, chosen, form, now))
            return redirect(back)
    context["planned"] = planned = _plan(request, verb, chosen, form, now)
    if planned is not None:
        can = [each for each in planned if not each.refusal]
        context |= {"can": can, "cannot": [each for each in planned if each.refusal]}
        context["sentences"] = _sentences(request, verb, can, now)
    return render(request, "competitions/change_many.html", context)


def _sentences(request: MemberRequest, verb: str, can: Sequence[bulk.Planned], now: datetime) -> list[str]:
    """What becomes visible to providers, and when."""
    seen = [each.goes_live for each in can if each.goes_live is not None]
    if verb == "publish":
        seen = [Visibility(each.competition.publish_on, now) for each in can]
    return going_live(seen, now, request.member.organisation.zone)


def _form(request: MemberRequest, verb: str) -> BulkForm | None:
    if verb == "move":
        data = request.POST or (request.GET if "days" in request.GET else None)
        return OffsetForm(data, initial={"periods": True})
    if verb == "duplicate":
        return DuplicateManyForm(request.POST or (request.GET if "find" in request.GET else None))
    return CancelForm(request.POST or None) if verb == "cancel" else None


def _plan(
    request: MemberRequest,
    verb: str,
    chosen: Sequence[Competition],
    form: BulkForm | None,
    now: datetime,
) -> list[bulk.Planned] | None:
    """What would happen; None while it is not known how far the dates move."""
    if verb == "publish":
        return bulk.plan_publishing(chosen, now)
    if verb == "cancel":
        return bulk.plan_cancelling(chosen, now)
    if form is None or not form.is_bound or not form.is_valid():
        return None
    told = form.cleaned_data
    if verb == "duplicate":
        return bulk.plan_duplicating(by=request.member, competitions=chosen, how=_copying(told), now=now)
    return bulk.plan_moving(
        by=request.member, competitions=chosen, days=told["days"], with_periods=told["periods"], now=now
    )


def _do(
    request: MemberRequest,
    verb: str,
    chosen: Sequence[Competition],
    form: BulkForm | None,
    now: datetime,
) -> str:
    seen = {each.pk: request.POST.get(f"seen-{each.pk}", "") for each in chosen}
    chosen = [each for each in chosen if seen[each.pk]]
    if not chosen:
        raise Refused("None of these can be changed so.")
    told = form.cleaned_data if form is not None else {}
    number = f"{len(chosen)} competition{'s' if len(chosen) > 1 else ''}"
    if verb == "publish":
        bulk.publish_many(by=request.member, competitions=chosen, seen=seen, now=now)
        return f"{number} published: providers see them from now on."
    if verb == "cancel":
        bulk.cancel_many(by=request.member, competitions=chosen, seen=seen, reason=told["reason"], now=now)
        return f"{number} cancelled."
    if verb == "duplicate":
        bulk.duplicate_many(by=request.member, competitions=chosen, seen=seen, how=_copying(told), now=now)
        return f"{number} duplicated."
    bulk.move_many(
        by=request.member,
        competitions=chosen,
        seen=seen,
        days=told["days"],
        with_periods=told["periods"],
        now=now,
    )
    return f"The dates of {number} are moved."


def _copying(told: Mapping[str, Any]) -> bulk.Copying:
    return bulk.Copying(told["find"], told["replacement"], told["days"], told["round_wanted"])


def _of_round(request: MemberRequest, name: str) -> list[Competition]:
    found = competitions_of(request.member, name, clock.now())
    listed = list(found.prefetch_related("periods")) if name else []
    if not listed:
        raise Http404
    return listed


def _chosen(request: MemberRequest, keys: Sequence[str]) -> list[Competition]:
    own = by_next_deadline(operator_competitions(request.member), clock.now())
    return list(own.filter(pk__in=[key for key in map(_uuid, keys) if key is not None]))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _back(name: str) -> str:
    return reverse("competitions:round", args=[name]) if name else reverse("competitions:list")
