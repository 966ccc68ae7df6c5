"""The log's pages: what is published of it, and an organisation's own entries."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from marketplace.audit import publication, queries
from marketplace.audit.filters import EntryFilter
from marketplace.audit.models import AuditEntry
from marketplace.audit.sentences import names_for, sentence, who
from marketplace.audit.tables import Entries, PublishedDigests
from marketplace.web.access import MemberRequest, member, public
from marketplace.web.lists import list_page


@require_GET
@public
def published(request: HttpRequest) -> HttpResponse:
    """The daily digests, for everyone."""
    listing = PublishedDigests(publication.published_digests(), request=request)
    return list_page(request, "audit/published.html", listing, {})


@require_GET
@member()
def entries(request: MemberRequest) -> HttpResponse:
    """What was done in the member's organisation, newest first, narrowed by day, person, action and
    object."""
    zone = request.member.organisation.zone
    found = EntryFilter(request.GET, queryset=queries.entries_visible_to(request.member), zone=zone)

    def told(shown: list[AuditEntry]) -> list[tuple[AuditEntry, str, str]]:
        names = names_for(shown)
        return [(entry, sentence(entry, names), who(entry, names)) for entry in shown]

    listing = Entries(
        found.qs,
        request=request,
        rows=told,
        exclude=("place",) if getattr(request, "viewing_as", False) else (),
    )
    context = {
        "filter": found,
        "params": {name: value for name, value in request.GET.items() if name in found.filters and value},
        "zone": zone,
    }
    return list_page(request, "audit/entries.html", listing, context)
