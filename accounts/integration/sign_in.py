"""What is noted in the session at each sign-in."""

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.domain.terms import terms_due, versions_in_force
from accounts.middleware import TERMS
from accounts.models import User
from accounts.sign_in import session_limits


@receiver(user_logged_in, dispatch_uid="accounts.session_limits")
def begin_session(sender: object, request: HttpRequest, **signal: object) -> None:
    """Note when the session begins, since it lasts only so long."""
    session_limits.begin(request)


@receiver(user_logged_in, dispatch_uid="accounts.note_terms")
def note_terms(sender: object, request: HttpRequest, user: User, **signal: object) -> None:
    """Note which terms are due, so that no page has to ask."""
    request.session[TERMS] = {"versions": versions_in_force(), "due": terms_due(user)}
