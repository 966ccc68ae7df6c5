"""An operator's qualified assets across its competitions."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.queries import operator_competitions
from marketplace import clock
from marketplace.web.access import member
from marketplace.web.lists import list_page
from qualification.domain import queries
from qualification.filters import QualifiedFilter
from qualification.presenters.qualified import qualified_rows, to_chase
from qualification.tables import QualifiedAssets


@require_GET
@member("so", Role.PROCUREMENT)
def qualified_assets(request: MemberRequest) -> HttpResponse:
    """Every asset within the boundary of a published competition or with an override there, and how it
    stands."""
    now = clock.now()
    published = operator_competitions(request.member).filter(publish_on__lte=now)
    verdicts = queries.verdicts_visible_to(request.member, now).select_related(
        "asset__provider", "competition"
    )
    ordered = verdicts.order_by("-competition__qualification_close", "competition__ref", "asset__ref", "pk")
    chosen = QualifiedFilter(request.GET, queryset=ordered, competitions=published)
    listing = QualifiedAssets(
        chosen.qs,
        request=request,
        rows=lambda shown: qualified_rows(request.member, shown, now),
        zone=request.member.organisation.zone,
    )
    can_be_entered = published.filter(
        qualification_open__lte=now, qualification_close__gt=now, cancelled_at=None
    )
    context = {"filter": chosen, "chased": to_chase(request.member, list(can_be_entered), now)}
    return list_page(request, "qualification/qualified.html", listing, context)
