"""What follows a change to a login: an entry in the audit log, and the end of the sessions that it makes
doubtful.

Entries are written in the transaction of the change; those of passwords by the adapter, which makes the
change. The mails that tell of it are allauth's own notifications (``accounts.sign_in.mail_words``); they
can't be turned off.
"""

from typing import Any

from allauth.account import signals as account
from allauth.account.models import EmailAddress
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.db.models.signals import post_save
from django.http import HttpRequest

from accounts.domain import sign_in
from marketplace import clock


def _password_changed(sender: Any, request: HttpRequest, user: Any, **signal: Any) -> None:
    sign_in.end_sessions(user, keep=request.session.session_key)


def _password_reset(sender: Any, request: HttpRequest, user: Any, **signal: Any) -> None:
    sign_in.end_sessions(user)


def _email_changed(
    sender: Any,
    user: Any,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **signal: Any,
) -> None:
    if from_email_address is not None:  # None: the first one, when somebody registers
        changes = {"email": (from_email_address.email, to_email_address.email)}
        sign_in.record(user=user, action="email address changed", changes=changes, now=clock.now())


def _factor_stored(sender: Any, instance: Authenticator, created: bool, **signal: Any) -> None:
    if created and instance.type in sign_in.FACTORS:
        changes = {"second factor": (None, str(instance))}
        sign_in.record(user=instance.user, action="second factor added", changes=changes, now=clock.now())


def _factor_added(
    sender: Any, request: HttpRequest, user: Any, authenticator: Authenticator, **signal: Any
) -> None:
    is_first = authenticator.type in sign_in.FACTORS and sign_in.factors_of(user).count() == 1
    if is_first:  # sessions from before knew the password only
        sign_in.end_sessions(user, keep=request.session.session_key)


def _factor_removed(sender: Any, user: Any, authenticator: Authenticator, **signal: Any) -> None:
    if authenticator.type in sign_in.FACTORS:
        changes = {"second factor": (str(authenticator), None)}
        sign_in.record(user=user, action="second factor removed", changes=changes, now=clock.now())


def _codes_made(sender: Any, user: Any, **signal: Any) -> None:
    sign_in.record(user=user, action="new recovery codes", changes={}, now=clock.now())


account.password_changed.connect(_password_changed)
account.password_set.connect(_password_changed)
account.password_reset.connect(_password_reset)
account.email_changed.connect(_email_changed)
post_save.connect(_factor_stored, sender=Authenticator)
mfa.authenticator_added.connect(_factor_added)
mfa.authenticator_removed.connect(_factor_removed)
mfa.authenticator_reset.connect(_codes_made)
