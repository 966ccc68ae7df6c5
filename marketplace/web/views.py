"""The pages of no app: the search, the guides, and saving how a list is shown."""

from urllib.parse import urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from marketplace import clock, guides
from marketplace.errors import Refused
from marketplace.web.access import MemberRequest, member, public, signed_in
from marketplace.web.lists import List
from marketplace.web.rate_limits import limited_by_address
from marketplace.web.refusals import refusal_shown
from marketplace.web.saved_views import delete_view, save_view
from marketplace.web.search import LONGEST, search_for
from marketplace.web.visitors import kept_for_visitors


@require_GET
@member()
@limited_by_address("search")
def search(request: MemberRequest) -> HttpResponse:
    """What the member finds by a text: a page, or under the field of the top bar the list alone."""
    text = request.GET.get("q", "")
    found = search_for(request.member, text, clock.now())
    template = "shell/_search_found.html" if "HX-Request" in request.headers else "shell/search.html"
    answer = render(request, template, {"found": found, "text": text.strip()[:LONGEST]})
    answer["Vary"] = "HX-Request, Cookie"
    return answer


@require_GET
@public
def help_index(request: HttpRequest) -> HttpResponse:
    """The guides with their headings, and what is found in them."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    shown = [guides.guide_of(name) for name in guides.FILES]
    found = guides.sections_with(text) if text else []
    return render(request, "shell/help.html", {"guides": shown, "text": text, "found": found})


@require_GET
@public
def help_guide(request: HttpRequest, name: str) -> HttpResponse:
    """One guide."""
    if name not in guides.FILES:
        raise Http404
    return render(request, "shell/guide.html", {"guide": guides.guide_of(name)})


@require_GET
@public
@kept_for_visitors
def how_it_works(request: HttpRequest) -> HttpResponse:
    """For newcomers: how a competition goes, from the need to the contract."""
    return render(request, "shell/guide.html", {"guide": guides.guide_of("how-it-works")})


@require_POST
@signed_in
def save(request: HttpRequest) -> HttpResponse:
    """Keep the filters, order and columns of a list under a name, and go back to it."""
    listing, query = request.POST.get("listing", ""), request.POST.get("query", "")
    with refusal_shown(request):
        if listing not in {each.__name__ for each in List.__subclasses__()}:
            raise Refused("There is no such list.")
        view = save_view(
            user=request.user,
            listing=listing,
            name=request.POST.get("name", ""),
            query=query,
            is_default=request.POST.get("is_default") == "1",
        )
        messages.success(request, f"“{view.name}” is saved.")
    return redirect(f"{_page(request)}?{query}")


@require_POST
@signed_in
def delete(request: HttpRequest, view_id: UUID) -> HttpResponse:
    """Forget one of one's own views."""
    delete_view(user=request.user, view_id=view_id)
    return redirect(_page(request))


def _page(request: HttpRequest) -> str:
    """The path of the page that the form stood on, which is one of ours."""
    path = urlsplit(request.POST.get("path", "")).path
    is_ours = url_has_allowed_host_and_scheme(path, {request.get_host()}) and path.startswith("/")
    return path if is_ours else "/"
