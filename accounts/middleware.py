"""Who acts: the member behind the signed-in user, whether they may, and when they were last seen."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import logout
from django.contrib.auth.middleware import get_user
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone

from accounts.domain.queries import member_of
from accounts.domain.sign_in import lacks_second_factor
from accounts.domain.terms import terms_due, versions_in_force
from accounts.domain.viewing import Viewing, member_seen_by
from marketplace import clock

VIEWING = "viewing_as"
"""Where the session of an admin who views as a member keeps whom and until when."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WHILE_VIEWING = frozenset({"accounts:stop_viewing", "account_logout"})
"""What an admin may send while viewing as a member."""

TERMS = "terms"
"""Where a session keeps which terms its user must accept before going on."""

BEFORE_TERMS = frozenset({"accounts:terms_accept", "accounts:terms"})

SEEN_EVERY = 60.0
"""Seconds between two notes that a session is in use."""

_seen: dict[str, float] = {}

WITHOUT_SECOND_FACTOR = {
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "account_reauthenticate",
    "account_logout",
    "healthz",
    "readyz",
    "metrics",
}
"""What opens for somebody who must set up a second factor first, by the names of the addresses."""


class MemberMiddleware:
    """Puts ``request.member`` on every request: the active member, or None. Ends the session of a deactivated
    one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = get_user(request)
        member = member_of(user) if user.is_authenticated else None
        if member is not None and not member.is_active:
            logout(request)
            member = None
        request.member = member  # type: ignore[attr-defined]
        return self.get_response(request)


class ViewingMiddleware:
    """Lets an admin who chose to view as a member see what that member sees, and refuses whatever would
    change it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.viewing_as = False  # type: ignore[attr-defined]
        viewing = Viewing.from_session(request.session.get(VIEWING)) if VIEWING in request.session else None
        if viewing is not None and request.user.is_authenticated and request.user.is_staff:
            member = member_seen_by(viewing, clock.now())
            if member is None:
                del request.session[VIEWING]
            else:
                request.member = member  # type: ignore[attr-defined]
                request.viewing_as, request.viewing_until = True, viewing.until  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: list[Any], named: dict[str, Any]
    ) -> HttpResponse | None:
        """None to go on."""
        if not getattr(request, "viewing_as", False) or request.method in SAFE_METHODS:
            return None
        match = request.resolver_match
        if match is not None and match.view_name in WHILE_VIEWING:
            return None
        return render(request, "accounts/viewing_only.html", status=403)


class SecondFactorMiddleware:
    """Redirects users who must set up a second factor and have none to the page for it, from every address.

    It stands before all views, those of other packages too, so that no page can be forgotten.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.second_factor_missing = ""  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: list[Any], named: dict[str, Any]
    ) -> HttpResponse | None:
        """None to go on."""
        if not request.user.is_authenticated:
            return None
        # An admin who sees the product as a member is asked as an admin: that member's factors are not theirs.
        own = None if getattr(request, "viewing_as", False) else request.member  # type: ignore[attr-defined]
        missing = lacks_second_factor(request.user, own)
        request.second_factor_missing = missing  # type: ignore[attr-defined]
        match = request.resolver_match
        if not missing or (match is not None and match.view_name in WITHOUT_SECOND_FACTOR):
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=403, headers={"HX-Redirect": resolve_url("mfa_index")})
        return redirect("mfa_index")


class TermsMiddleware:
    """Redirects users who have not accepted the current terms to the page that asks for it, from every
    address of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: list[Any], named: dict[str, Any]
    ) -> HttpResponse | None:
        """None to go on."""
        if not request.user.is_authenticated or getattr(request, "viewing_as", False):
            return None
        noted = request.session.get(TERMS)
        if not isinstance(noted, dict) or noted.get("versions") != versions_in_force():
            noted = {"versions": versions_in_force(), "due": terms_due(request.user)}
            request.session[TERMS] = noted
        match = request.resolver_match
        if not noted["due"] or (
            match is not None and match.view_name in BEFORE_TERMS | WITHOUT_SECOND_FACTOR
        ):
            return None
        to = resolve_url("accounts:terms_accept")
        if request.headers.get("HX-Request"):
            return HttpResponse(status=403, headers={"HX-Redirect": to})
        return redirect(
            f"{to}?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else to
        )


class SeenMiddleware:
    """Notes once a minute that a session is in use, from where and with what: the list of sessions shows
    it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        key = request.session.session_key
        if request.user.is_authenticated and key and is_due(key) and not _is_noted_as_before(request, key):
            UserSession.objects.create_from_request(request)
        return response


def _is_noted_as_before(request: HttpRequest, key: str) -> bool:
    """Note the use of a session that is used from where it was and with what it was, in one statement."""
    most = UserSession._meta.get_field("user_agent").max_length
    same = UserSession.objects.filter(
        session_key=key,
        user_id=request.user.pk,
        ip=get_adapter().get_client_ip(request),
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:most],
    )
    return bool(same.update(last_seen_at=timezone.now()))


def is_due(key: str) -> bool:
    """Whether this process has not noted for a minute that the session is in use; it counts as noted from now
    on."""
    now = time.monotonic()
    if now - _seen.get(key, -SEEN_EVERY) < SEEN_EVERY:
        return False
    if len(_seen) > 50_000:
        _seen.clear()
    _seen[key] = now
    return True
