"""The operator's pages of meter lists, one an area."""

import csv
import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.queries import areas_of
from marketplace import clock
from marketplace.jobs.queries import jobs_visible_to
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import refusal_shown
from qualification.domain.meters import lists as lists
from qualification.domain.queries import listed_areas
from qualification.tables import MeterLists

KIND = "qualification.meter_list"


@require_GET
@member("so", Role.PROCUREMENT)
def meter_lists(request: MemberRequest) -> HttpResponse:
    """The operator's areas, each with how many meters its list holds."""
    listing = MeterLists(listed_areas(request.member), request=request)
    return list_page(
        request, "qualification/meter_lists.html", listing, {"zone": request.member.organisation.zone}
    )


@require_GET
@member("so", Role.PROCUREMENT)
def meter_list(request: MemberRequest, area_id: uuid.UUID) -> HttpResponse:
    """One area's list: what stands on it for, upload, download, earlier files."""
    area = get_object_or_404(listed_areas(request.member), pk=area_id)
    history = jobs_visible_to(request.member).filter(kind=KIND, params__area=str(area.pk))
    context = {
        "area": area,
        "asking": lists.asking_for(area, clock.now()),
        "file_params": {"area": str(area.pk)},
        "history": history[:10],
        "zone": request.member.organisation.zone,
    }
    return render(request, "qualification/meter_list.html", context)


@require_GET
@member("so", Role.PROCUREMENT)
def meter_csv(request: MemberRequest, area_id: uuid.UUID) -> HttpResponse:
    """An area's list in the form in which it can be uploaded again."""
    area = get_object_or_404(areas_of(request.member), pk=area_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="meters_{slugify(area.reference) or "area"}.csv"'
    response.write("\ufeff")
    writer = csv.writer(response)
    writer.writerow([lists.HEADER])
    writer.writerows([meter] for meter in lists.meters_of(area))
    return response


@require_POST
@member("so", Role.PROCUREMENT)
def remove_meters(request: MemberRequest, area_id: uuid.UUID) -> HttpResponse:
    """Drop an area's list."""
    area = get_object_or_404(areas_of(request.member), pk=area_id)
    with refusal_shown(request):
        lists.replace_meters(by=request.member, area=area, meter_ids=[], now=clock.now())
        messages.success(request, f"{area.reference} has no meter list any more.")
    return redirect("qualification:meter_list", area.pk)
