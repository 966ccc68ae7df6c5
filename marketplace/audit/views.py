"""The log's pages: what is published of it, and an organisation's own entries."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from marketplace.audit import publication, queries
from marketplace.web.access import MemberRequest, member, public

PAGE_ROWS = 50


@require_GET
@public
def published(request: HttpRequest) -> HttpResponse:
    """The daily digests, for everyone."""
    page = Paginator(publication.published_digests(), PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "audit/published.html", {"page": page})


@require_GET
@member()
def entries(request: MemberRequest) -> HttpResponse:
    """What was done in the member's organisation, newest first."""
    page = Paginator(queries.entries_visible_to(request.member), PAGE_ROWS).get_page(request.GET.get("page"))
    return render(request, "audit/entries.html", {"page": page, "zone": request.member.organisation.zone})
