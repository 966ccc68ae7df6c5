"""Market data: the files for everybody, what their columns mean, and the files that only providers get."""

import codecs

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import http_date, quote_etag
from django.views.decorators.http import require_safe

from accounts.requests import MemberRequest, VisitorRequest
from competitions.presenters.market_data import dictionary_sections, file_groups, prices
from marketplace import clock
from marketplace.jobs import public_files
from marketplace.jobs.models import PublicFile
from marketplace.jobs.public_kinds import PublicKind, public_kind
from marketplace.web.access import member, public
from marketplace.web.rate_limits import heavy_public
from marketplace.web.visitors import kept_for_visitors

FRESH_SECONDS = 60
RETRY_SECONDS = 60


@require_safe
@public
@kept_for_visitors
def market_data(request: VisitorRequest) -> HttpResponse:
    """The files that this visitor may have, each with its size, date and rows."""
    acting = getattr(request, "member", None)
    groups = file_groups(is_provider=acting is not None and acting.is_fsp)
    told = prices(request.GET.get("area", ""), clock.now())
    return render(request, "competitions/market_data.html", {"groups": groups, "prices": told})


@require_safe
@public
@kept_for_visitors
def dictionary(request: VisitorRequest) -> HttpResponse:
    """What every column of the files means, from the very declaration that writes them."""
    return render(request, "competitions/data_dictionary.html", {"sections": dictionary_sections()})


@require_safe
@public
def map_sources(request: VisitorRequest) -> HttpResponse:
    """Where the base of the maps comes from, and under which licences."""
    return render(request, "competitions/map_sources.html")


@require_safe
@public
@heavy_public
def public_file(request: VisitorRequest, name: str) -> HttpResponseBase:
    """A file for everybody."""
    return _answer(request, _kind(name, "everyone"))


@require_safe
@member("fsp")
def provider_file(request: MemberRequest, name: str) -> HttpResponseBase:
    """A file for signed-in providers."""
    return _answer(request, _kind(name, "fsp"))


def _kind(name: str, audience: str) -> PublicKind:
    kind = public_kind(name)
    if kind is None or kind.audience != audience:
        raise Http404
    return kind


def _answer(request: HttpRequest, kind: PublicKind) -> HttpResponseBase:
    """The whole file, 304 when the asker has it, or 503 while it was never made.

    A request never makes a file itself: what anybody may ask for must not cost more than reading it.
    """
    file = public_files.public_file(kind)
    if file is None:
        public_files.ask_for()
        page = render(request, "competitions/market_data_soon.html", {"kind": kind}, status=503)
        page["Retry-After"] = str(RETRY_SECONDS)
        page["Cache-Control"] = "no-store"
        return page
    mark = _mark(request, file)
    etag, changed = quote_etag(file.stored.sha256 + mark.hex()), int(file.changed_at.timestamp())
    response = get_conditional_response(request, etag=etag, last_modified=changed) or _whole(
        file, request, mark
    )
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed)
    response["Cache-Control"] = (
        f"{'public' if kind.audience == 'everyone' else 'private'}, max-age={FRESH_SECONDS}"
    )
    if kind.audience == "everyone":
        response["Access-Control-Allow-Origin"] = "*"
    return response


def _mark(request: HttpRequest, file: PublicFile) -> bytes:
    """The byte-order mark of a CSV that a person opens in a spreadsheet program; programs ask without and get
    none."""
    return codecs.BOM_UTF8 if file.name.endswith(".csv") and request.GET.get("for") == "spreadsheet" else b""


def _whole(file: PublicFile, request: HttpRequest, mark: bytes) -> HttpResponse:
    content = b"" if request.method == "HEAD" else mark + file.stored.read()
    response = HttpResponse(content, content_type=file.stored.content_type)
    response["Content-Length"] = str(file.stored.size + len(mark))
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response
