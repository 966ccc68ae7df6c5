"""Who may open a view, declared on the view itself.

Every view carries one of these declarations; a test walks all URLs and fails on one without. What the roles
mean is the apps' business: here they are words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Literal, ParamSpec, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from marketplace.members import Member
from marketplace.web import rate_limits
from marketplace.web.redirects import way_back
from marketplace.web.typed import long_texts

Kind = Literal["so", "fsp"]
Params = ParamSpec("Params")
View = Callable[Concatenate[Any, Params], HttpResponseBase]


class MemberRequest(HttpRequest):
    """A request of somebody who belongs to an organisation."""

    member: Member


@dataclass(frozen=True)
class Access:
    """A declaration: ``level`` and, for members, the organisation's kind and the role that are needed."""

    level: Literal["public", "signed_in", "member", "admin"]
    kind: Kind | None = None
    role: str | None = None


def public(view: View[Params]) -> View[Params]:
    """Open to everyone; to visitors, as often as the settings allow for one address."""
    return _declared(view, Access("public"), _anyone)


def signed_in(view: View[Params]) -> View[Params]:
    """Open to everybody who is signed in, also without an organisation yet."""
    return _declared(view, Access("signed_in"), _refuse_anonymous)


def member(kind: Kind | None = None, role: str | None = None) -> Callable[[View[Params]], View[Params]]:
    """Open to members of an organisation of that kind (others get 404) who hold the role (others get 403)."""
    access = Access("member", kind, role)

    def decorate(view: View[Params]) -> View[Params]:
        return _declared(view, access, lambda request: _refuse_other_members(request, access))

    return decorate


def platform_admin(view: View[Params]) -> View[Params]:
    """Open to platform admins; to others it does not exist."""
    return _declared(view, Access("admin"), _refuse_non_admins)


class LacksRole(PermissionDenied):
    """The member lacks the role that a page needs; the 403 page names it."""

    def __init__(self, role: str) -> None:
        super().__init__(role)
        self.role = role


def _declared(
    view: View[Params], access: Access, refuse: Callable[[HttpRequest], HttpResponse | None]
) -> View[Params]:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Params.args, **kwargs: Params.kwargs) -> HttpResponseBase:
        refusal = refuse(request)
        return view(request, *args, **kwargs) if refusal is None else refusal

    guarded.access = access  # type: ignore[attr-defined]
    return cast(View[Params], guarded)


def _anyone(request: HttpRequest) -> HttpResponse | None:
    if request.user.is_authenticated:
        return None
    rate = rate_limits.rate_named("public")
    if rate_limits.allowed("public", rate_limits.visitor(request), rate):
        return None
    return rate_limits.too_many_requests(request, rate.seconds)


def _refuse_anonymous(request: HttpRequest) -> HttpResponse | None:
    if request.user.is_authenticated:
        return None
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=401)
        response["HX-Refresh"] = "true"
        return response
    if request.method not in ("GET", "HEAD"):
        typed = long_texts(request.POST)
        if typed:  # a redirect would lose it
            shown = {"typed": typed, "way_back": way_back(request), "is_signed_in": False}
            return render(request, "errors/signed_out.html", shown, status=401)
        messages.warning(
            request,
            "You were signed out before this arrived: nothing was recorded. Sign in and send it again.",
        )
    return redirect_to_login(way_back(request))


def _refuse_other_members(request: HttpRequest, access: Access) -> HttpResponse | None:
    refusal = _refuse_anonymous(request)
    if refusal is not None:
        return refusal
    acting = getattr(request, "member", None)
    if acting is None:
        if request.user.is_staff:
            raise Http404
        return redirect(f"/company/?{urlencode({'next': request.get_full_path()})}")
    if access.kind is not None and acting.organisation.kind != access.kind:
        raise Http404
    if access.role is not None and not acting.holds(access.role):
        raise LacksRole(access.role)
    return None


def _refuse_non_admins(request: HttpRequest) -> HttpResponse | None:
    refusal = _refuse_anonymous(request)
    if refusal is None and not request.user.is_staff:
        raise Http404
    return refusal
