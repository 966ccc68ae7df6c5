"""What a view declares of who may open it, what that promises somebody, and which of it was answered."""

from inspect import getclosurevars
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import RequestFactory
from django.urls import resolve, reverse
from django.views.decorators.http import require_POST

from accounts.models import Member
from marketplace.web.access import Access

METHODS = require_POST(lambda request: None).__code__


def takes(view, method) -> bool:
    """Whether a view is reached by the method: False where the outermost that it is wrapped in refuses all others."""
    if getattr(view, "__code__", None) is not METHODS:
        return True
    return method.upper() in getclosurevars(view).nonlocals["request_method_list"]


def must_be(access: Access, user, member) -> str:
    """What the declaration promises this person: login, nothing (404), forbidden (403), company, or open."""
    if access.level == "public":
        return "open"
    if user is None:
        return "login"
    if access.level == "signed_in":
        return "open"
    if access.level == "admin":
        return "open" if user.is_staff else "nothing"
    if member is None:
        return "nothing" if user.is_staff else "company"
    if access.kind and member.organisation.kind != access.kind:
        return "nothing"
    return "forbidden" if access.role and not member.holds(access.role) else "open"


def member_of(user):
    return Member.objects.select_related("organisation").filter(user=user).first() if user else None


def was(status, target) -> str:
    if status == 302 and target == reverse("account_login"):
        return "login"
    if status == 302 and target == reverse("accounts:company"):
        return "company"
    return {404: "nothing", 403: "forbidden"}.get(status, "open")


def of_view(url, user, member):
    """What the view of an address answers by itself to a form of somebody, as a status and as :func:`was` says it."""
    match, request = resolve(url), RequestFactory().post(url)
    request.user, request.member, request.session = user or AnonymousUser(), member, {}
    request.resolver_match, request._messages = match, FallbackStorage(request)
    try:
        response = match.func(request, *match.args, **match.kwargs)
    except Http404:
        return 404, "nothing"
    except PermissionDenied:
        return 403, "forbidden"
    return response.status_code, was(
        response.status_code, urlsplit(response.headers.get("Location", "")).path
    )
