"""The operator's pages of areas: list and map, upload in two steps, rename, archive."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST
from django_tables2 import RequestConfig

from accounts.enums import Role
from competitions.domain.areas import archive_area, rename_area
from competitions.domain.maps import area_map_text, keep_preview, kept_preview
from competitions.domain.queries import areas_of, shapes_of
from competitions.filters import AreaFilter
from competitions.forms import AreaFileForm, LayerForm, RenameForm
from competitions.tables import AreaTable
from marketplace import clock, geo, jobs
from marketplace.errors import Refused
from marketplace.web.access import member

EMPTY = '{"type":"FeatureCollection","features":[]}'


@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def area_list(request: HttpRequest) -> HttpResponse:
    """The operator's areas as a list and on a map."""
    areas = areas_of(request.member)
    found = AreaFilter(request.GET, queryset=areas)
    table = AreaTable(found.qs)
    RequestConfig(request, paginate={"per_page": 25}).configure(table)
    return render(request, "competitions/areas.html", {"table": table, "filter": found, "any": areas.exists()})


@gzip_page
@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def area_shapes(request: HttpRequest) -> HttpResponse:
    """The operator's areas as GeoJSON."""
    return HttpResponse(area_map_text(shapes_of(request.member)), content_type="application/geo+json")


@member(kind="so", role=Role.PROCUREMENT)
def area_upload(request: HttpRequest) -> HttpResponse:
    """First step: take the file, look which layers and attributes it has."""
    form = AreaFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            kept = jobs.keep_for_upload(
                by=request.member, kind="competitions.areas", filename=sent.name, data=sent.read(), now=clock.now()
            )
            _check_attributes(geo.layers_of(bytes(kept.content), kept.name))
        except (Refused, geo.UnreadableGeoFile) as refusal:
            form.add_error("file", str(refusal))
        else:
            return redirect("competitions:areas_choose", kept.pk)
    status = 422 if form.errors else 200
    return render(request, "competitions/areas_upload.html", {"form": form}, status=status)


def _check_attributes(layers: list[geo.LayerInfo]) -> None:
    if not any(layer.fields for layer in layers):
        raise geo.UnreadableGeoFile(
            "Its shapes have no attribute that could be their reference. Save it again with one."
        )


@member(kind="so", role=Role.PROCUREMENT)
def area_choose(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Second step: which layer, and which attribute is the reference; then the file is checked."""
    kept = get_object_or_404(jobs.files_visible_to(request.member), pk=file_id)
    try:
        layers = geo.layers_of(bytes(kept.content), kept.name)
    except geo.UnreadableGeoFile as refusal:
        messages.error(request, str(refusal))
        return redirect("competitions:areas_upload")
    form = LayerForm(request.POST or None, layers=layers)
    if request.method == "POST" and form.is_valid():
        layer, reference_field = form.chosen
        job = jobs.start_upload(
            by=request.member,
            kind="competitions.areas",
            filename=kept.name,
            data=bytes(kept.content),
            params={"layer": layer, "reference_field": reference_field},
            now=clock.now(),
        )
        return redirect("jobs:job", job.pk)
    return render(request, "competitions/areas_choose.html", {"form": form, "layers": layers, "file": kept})


@gzip_page
@require_GET
@member(kind="so", role=Role.PROCUREMENT)
def area_preview(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """What a file that is being checked holds, as GeoJSON."""
    job = get_object_or_404(jobs.jobs_visible_to(request.member).filter(kind="competitions.areas"), pk=job_id)
    if kept_preview(job.pk) is None:
        reading = geo.read_areas(
            bytes(job.upload.content),
            job.upload.name,
            layer=job.params.get("layer"),
            reference_field=job.params["reference_field"],
        )
        keep_preview(job.pk, reading)
    return HttpResponse(kept_preview(job.pk) or EMPTY, content_type="application/geo+json")


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def area_rename(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give an area another display name."""
    area = get_object_or_404(areas_of(request.member), pk=pk)
    form = RenameForm(request.POST)
    if form.is_valid():
        rename_area(by=request.member, area=area, display_name=form.cleaned_data["display_name"], now=clock.now())
        messages.success(request, f"{area.reference} is now shown as “{area}”.")
    return redirect("competitions:areas")


@require_POST
@member(kind="so", role=Role.PROCUREMENT)
def area_archive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take an area out of use."""
    area = get_object_or_404(areas_of(request.member), pk=pk)
    try:
        archive_area(by=request.member, area=area, now=clock.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{area.reference} is archived. Uploading it again brings it back.")
    return redirect("competitions:areas")
