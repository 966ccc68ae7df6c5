"""What everybody may ask of bidding: the results that are confirmed, and whether a receipt's bid was in the
set."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import VisitorRequest
from bidding.domain.gate.proof import Checked, check_digest, check_receipts, closed_set, tally_of
from bidding.forms.public import ReceiptCheckForm
from marketplace.errors import Refused
from marketplace.web.access import public
from marketplace.web.rate_limits import heavy_for_everybody, heavy_public, limited_by_address

MOST_SHOWN = 50


@require_GET
@public
def historic(request: VisitorRequest, form: str) -> HttpResponse:
    """Where the historic bids were once; they are with the other market data now."""
    if form not in {"xlsx", "csv"}:
        raise Http404
    return redirect("market_data:file", f"historic-bids.{form}", permanent=True)


@require_http_methods(["GET", "POST"])
@public
@limited_by_address("receipt_check", methods=frozenset({"POST"}))
def receipt_check(request: VisitorRequest) -> HttpResponse:
    """Whether a digest, or each receipt of a file, is in the closed set of a competition; known after the
    close only."""
    if request.method == "POST":
        return _checked(request)
    return _receipt_page(request, ReceiptCheckForm(None))


@heavy_for_everybody
def _checked(request: HttpRequest) -> HttpResponse:
    form = ReceiptCheckForm(request.POST, request.FILES)
    checked: list[Checked] = []
    if form.is_valid():
        try:
            file = form.cleaned_data["receipts"]
            checked = check_receipts(file.read()) if file else [check_digest(form.cleaned_data["digest"])]
        except Refused as refusal:
            form.add_error("receipts" if form.cleaned_data["receipts"] else "digest", refusal.sentence)
    return _receipt_page(request, form, checked)


def _receipt_page(
    request: HttpRequest, form: ReceiptCheckForm, checked: Sequence[Checked] = ()
) -> HttpResponse:
    context = {"form": form, "tally": tally_of(checked, MOST_SHOWN)}
    answer = render(request, "bidding/receipt_check.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


@require_GET
@public
@heavy_public
def closed_set_of(request: VisitorRequest, ref: str) -> HttpResponse:
    """The digests of all bids of a confirmed competition, one a line."""
    digests = closed_set(ref)
    if digests is None:
        raise Http404
    return HttpResponse("\n".join(digests), content_type="text/plain; charset=utf-8")
