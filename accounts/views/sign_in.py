"""What this platform adds to allauth's pages: ending one session, the policy of an organisation, the last
factor."""

import time
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from accounts.domain import one_time_codes
from accounts.domain.sign_in import check_factor_may_go, end_session, open_sessions, set_second_factor_policy
from accounts.enums import Role
from accounts.models import User
from accounts.requests import MemberRequest, SignedInRequest
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member, signed_in
from marketplace.web.refusals import redirect_refused, refusal_shown


@require_POST
@signed_in
def session_end(request: SignedInRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions, after showing again that it is oneself."""
    answer: HttpResponse = _end(
        request, get_object_or_404(UserSession.objects.filter(user=request.user), pk=pk)
    )
    return answer


@reauthentication_required
def _end(request: HttpRequest, session: UserSession) -> HttpResponse:
    end_session(session, now=clock.now())
    messages.success(request, "That session is ended.")
    return redirect("usersessions_list")


@require_POST
@member(role=Role.ACCOUNT)
def second_factor_policy(request: MemberRequest) -> HttpResponse:
    """Require a second factor of every member, or no longer."""
    required = request.POST.get("required") == "on"
    with refusal_shown(request):
        set_second_factor_policy(by=request.member, required=required, now=clock.now())
        messages.success(
            request,
            "From now on everybody here needs a second factor."
            if required
            else "A second factor is no longer required.",
        )
    return redirect("accounts:team")


class Sessions(ListUserSessionsView):  # type: ignore[misc]
    """Where one is signed in; posting to it ends all sessions but this one. One query, however many there
    are."""

    @method_decorator(reauthentication_required)
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sessions = list(open_sessions(self.request.user, clock.now()))
        return FormView.get_context_data(self, **kwargs) | {
            "sessions": sessions,
            "session_count": len(sessions),
        }


class KeepsLastFactor:
    """Refuses to remove the last second factor of somebody who is asked for one, also when two go at once."""

    request: SignedInRequest

    def get_authenticator(self) -> Authenticator:
        raise NotImplementedError

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        User.objects.select_for_update().get(pk=self.request.user.pk)
        try:
            check_factor_may_go(self.get_authenticator(), self.request.member)
        except Refused as refusal:
            return redirect_refused(self.request, refusal, "mfa_index")
        return super().form_valid(form)  # type: ignore[misc,no-any-return]


class RemoveKey(KeepsLastFactor, RemoveWebAuthnView):  # type: ignore[misc]
    def get_authenticator(self) -> Authenticator:
        return self.get_object()


class RemoveApp(KeepsLastFactor, DeactivateTOTPView):  # type: ignore[misc]
    def get_authenticator(self) -> Authenticator:
        return self.authenticator


class SetUpApp(ActivateTOTPView):  # type: ignore[misc]
    """Setting up an authenticator app; the code that shows that it works does not sign in afterwards."""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        app = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        one_time_codes.take(app, form.cleaned_data["code"], time.time())
        return answer
