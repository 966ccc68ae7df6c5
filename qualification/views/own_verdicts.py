"""How a provider's assets stand across the live competitions."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.web.access import member
from marketplace.web.lists import list_page
from qualification.domain import queries
from qualification.filters import OwnVerdictFilter
from qualification.presenters import own_verdicts
from qualification.tables import OwnVerdicts

OWN_VERDICT = (
    "competition",
    "in_buffer",
    "failed",
    "override",
    "eligible",
    "relevant_capacity_mw",
    "asset__ref",
    "asset__name",
)
"""What a line tells of a verdict and its asset."""


@require_GET
@member("fsp")
def asset_qualification(request: MemberRequest) -> HttpResponse:
    """Every asset in every live competition whose boundary holds it or whose operator decided on it."""
    now = clock.now()
    live = queries.live_competitions_for(request.member, now)
    verdicts = queries.verdicts_visible_to(request.member, now).filter(
        competition__in=live.order_by().values("pk")
    )
    rows = verdicts.select_related(None).select_related("asset").only(*OWN_VERDICT)
    chosen = OwnVerdictFilter(
        request.GET,
        queryset=queries.with_listed_competitions(rows).order_by(
            "asset__ref", "competition__qualification_close", "competition__ref", "pk"
        ),
        competitions=queries.live_named(request.member, now),
        groups=queries.groups_of(request.member),
        views=own_verdicts.VIEWS,
    )
    listing = OwnVerdicts(
        chosen.qs,
        request=request,
        rows=lambda shown: own_verdicts.verdict_rows(request.member, shown, now),
        zone=request.member.organisation.zone,
        chips=own_verdicts.view_chips(request.member, verdicts, OwnVerdicts.most_rows, now),
        narrowed_by=chosen,
    )
    context = {
        "filter": chosen,
        "has_any": bool(listing.records) or verdicts.exists(),
        "closing": own_verdicts.closing_next(request.member, now),
        "eligible": queries.eligible_asset_count(request.member, now),
        "listed": queries.listed_asset_count(request.member, now),
    }
    return list_page(request, "qualification/asset_qualification.html", listing, context)
