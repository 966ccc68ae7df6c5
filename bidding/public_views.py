"""What everybody may ask of bidding: the results that are confirmed, and whether a receipt's bid was in the set."""

from io import BytesIO

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from bidding.domain.proof import Checked, check_digest, check_receipts, closed_set
from bidding.domain.queries import historic_bids
from bidding.forms import ReceiptCheckForm
from bidding.workbooks.downloads import write_historic_bids
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import public

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
MOST_SHOWN = 2_000
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


@require_http_methods(["GET", "POST"])
@public
def receipt_check(request: HttpRequest) -> HttpResponse:
    """Whether a digest, or each receipt of a file, is in the closed set of a competition; known after the close only."""
    form = ReceiptCheckForm(
        request.POST if request.method == "POST" else None, request.FILES if request.method == "POST" else None
    )
    checked: list[Checked] = []
    if request.method == "POST" and form.is_valid():
        try:
            file = form.cleaned_data["receipts"]
            checked = check_receipts(file.read()) if file else [check_digest(form.cleaned_data["digest"])]
        except Refused as refusal:
            form.add_error("receipts" if form.cleaned_data["receipts"] else "digest", refusal.sentence)
    answer = render(request, "bidding/receipt_check.html", {"form": form, "checked": checked[:MOST_SHOWN]})
    answer["Cache-Control"] = "no-store"
    return answer


@require_GET
@public
def closed_set_of(request: HttpRequest, ref: str) -> HttpResponse:
    """The digests of all bids of a confirmed competition, one a line."""
    digests = closed_set(ref)
    if digests is None:
        raise Http404
    return HttpResponse("\n".join(digests), content_type="text/plain; charset=utf-8")
