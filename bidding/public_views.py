"""What everybody may take away of bidding: the results that are confirmed."""

from io import BytesIO

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from bidding.domain.queries import historic_bids
from bidding.workbooks.downloads import write_historic_bids
from marketplace import clock
from marketplace.web.access import public

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
KEPT_SECONDS = 24 * 3600


@require_GET
@public
def historic(request: HttpRequest, form: str) -> HttpResponse:
    """The bids of all confirmed competitions; made once after each confirmation and kept."""
    if form not in TYPES:
        raise Http404
    now = clock.now()
    newest = historic_bids(now).order_by("-ballot__competition__confirmed_at").first()
    at = newest.ballot.competition.confirmed_at if newest else None
    key = f"bidding.historic.{form}.{at.timestamp() if at else 0}"
    content = cache.get(key)
    if content is None:
        target = BytesIO()
        write_historic_bids(target, now=now, as_csv=form == "csv")
        content = target.getvalue()
        cache.set(key, content, KEPT_SECONDS)
    response = HttpResponse(content, content_type=TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="historic_bids.{form}"'
    return response
