"""The log's pages: what is published of it, and an organisation's own entries."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from marketplace.audit import publication, queries
from marketplace.audit.filters import EntryFilter
from marketplace.audit.sentences import names_for, sentence, who
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
    """What was done in the member's organisation, newest first, narrowed by day, person, action and object."""
    zone = request.member.organisation.zone
    found = EntryFilter(request.GET, queryset=queries.entries_visible_to(request.member), zone=zone)
    page = Paginator(found.qs, PAGE_ROWS).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    names = names_for(shown)
    context = {
        "page": page,
        "rows": [(entry, sentence(entry, names), who(entry, names)) for entry in shown],
        "filter": found,
        "params": {name: value for name, value in request.GET.items() if name in found.filters and value},
        "zone": zone,
    }
    return render(request, "audit/entries.html", context)
