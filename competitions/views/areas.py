"""The operator's pages of areas: list and map, upload in two steps, rename, archive."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.places import area_layers
from competitions.domain.places.areas import archive_area, rename_area
from competitions.domain.places.maps import area_map_text, kept_preview
from competitions.domain.queries import areas_of, shapes_of
from competitions.filters import AreaFilter
from competitions.forms.areas import AreaFileForm, LayerForm, RenameForm
from competitions.tables import AreaList
from marketplace import clock
from marketplace.errors import Refused
from marketplace.jobs.actions import keep_for_upload, start_file, start_upload
from marketplace.jobs.queries import jobs_visible_to
from marketplace.seen import ChangedMeanwhile, mark_of
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import refusal_shown

EMPTY = '{"type":"FeatureCollection","features":[]}'
LAYERS_SHOWN = 50


@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def area_list(request: MemberRequest) -> HttpResponse:
    """The operator's areas as a list and on a map."""
    areas = areas_of(request.member)
    found = AreaFilter(request.GET, queryset=areas)
    listing = AreaList(found.qs, request=request)
    return list_page(request, "competitions/areas.html", listing, {"filter": found, "any": areas.exists()})


@gzip_page
@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def area_shapes(request: MemberRequest) -> HttpResponse:
    """The operator's areas as GeoJSON."""
    return HttpResponse(area_map_text(shapes_of(request.member)), content_type="application/geo+json")


@member(kind="so", role=Role.PROCUREMENT)
def area_upload(request: MemberRequest) -> HttpResponse:
    """First step: take the file, and have a worker look which layers and attributes it has."""
    form = AreaFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            kept = keep_for_upload(
                by=request.member,
                kind="competitions.areas",
                filename=sent.name,
                data=sent.read(),
                now=clock.now(),
            )
            job = start_file(
                by=request.member, kind=area_layers.KIND, params={"file": str(kept.pk)}, now=clock.now()
            )
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("competitions:areas_choose", job.pk)
    status = 422 if form.errors else 200
    return render(request, "competitions/areas_upload.html", {"form": form}, status=status)


@member(kind="so", role=Role.PROCUREMENT)
def area_choose(request: MemberRequest, job_id: UUID) -> HttpResponse:
    """Second step: which layer, and which attribute is the reference; then the file is checked.

    Until a worker has listed the layers the page shows how far it is.
    """
    job = get_object_or_404(jobs_visible_to(request.member).filter(kind=area_layers.KIND), pk=job_id)
    if job.output is None:
        return _not_listed(request, job)
    layers = area_layers.layers_found(job.output.read())
    form = LayerForm(request.POST or None, layers=layers)
    kept = area_layers.file_of(request.member, job.params)
    if kept is None:
        messages.error(request, area_layers.NOT_KEPT)
        return redirect("competitions:areas_upload")
    filename, data = kept
    if request.method == "POST" and form.is_valid():
        started = start_upload(
            by=request.member,
            kind="competitions.areas",
            filename=filename,
            data=data,
            params=form.params,
            now=clock.now(),
        )
        return redirect("jobs:job", started.pk)
    context = {"form": form, "layers": layers[:LAYERS_SHOWN], "more": max(0, len(layers) - LAYERS_SHOWN)}
    return render(request, "competitions/areas_choose.html", context | {"filename": filename})


def _not_listed(request: HttpRequest, job: Any) -> HttpResponse:
    """The page while a worker looks into the file; back to the first step once it could not be read."""
    if job.is_going_on:
        return render(request, "competitions/areas_listing.html", {"job": job, "progress": None})
    form = AreaFileForm()
    return render(
        request, "competitions/areas_upload.html", {"form": form, "sentence": job.error}, status=422
    )


@gzip_page
@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def area_preview(request: MemberRequest, job_id: UUID) -> HttpResponse:
    """What a file that was checked holds, as GeoJSON, as the check kept it; empty when it is kept no
    longer."""
    job = get_object_or_404(jobs_visible_to(request.member).filter(kind="competitions.areas"), pk=job_id)
    return HttpResponse(kept_preview(job.pk) or EMPTY, content_type="application/geo+json")


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def area_rename(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Give an area another display name."""
    area = get_object_or_404(areas_of(request.member), pk=pk)
    form = RenameForm(request.POST)
    if form.is_valid():
        name = form.cleaned_data["display_name"]
        seen = mark_of({"display_name": request.POST["seen_name"]}) if "seen_name" in request.POST else ""
        try:
            rename_area(by=request.member, area=area, display_name=name, now=clock.now(), seen=seen)
        except ChangedMeanwhile as refusal:
            stored = refusal.differences[0].stored
            told = f"{area.reference} was renamed to “{stored}” since you opened the list, so “{name}” was not saved."
            messages.error(request, f"{told} Rename it again if yours is right.")
        else:
            area.refresh_from_db(fields=["display_name"])
            messages.success(request, f"{area.reference} is now shown as “{area}”.")
    return redirect("competitions:areas")


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def area_archive(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Take an area out of use."""
    area = get_object_or_404(areas_of(request.member), pk=pk)
    with refusal_shown(request):
        archive_area(by=request.member, area=area, now=clock.now())
        messages.success(request, f"{area.reference} is archived. Uploading it again brings it back.")
    return redirect("competitions:areas")
