"""Who acts: the member behind the signed-in user."""

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from accounts.domain.queries import acting_member


class MemberMiddleware:
    """Puts ``request.member`` on every request: the active member, or None. Ends the session of a deactivated one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = acting_member(request.user.pk) if request.user.is_authenticated else None
        if member is not None and not member.is_active:
            logout(request)
            member = None
        request.member = member  # type: ignore[attr-defined]
        return self.get_response(request)
