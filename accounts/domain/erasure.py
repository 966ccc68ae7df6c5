"""A person who asks to be forgotten: what may go goes, what the law keeps is shown under a pseudonym.

The audit log's entries can't change: each digest covers who acted. They hold a reference in place of the address,
which is erased beside them; pages name the pseudonym, which stands for the same person in all of them.
"""

from collections.abc import Iterable
from datetime import datetime
from secrets import token_hex

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q

from accounts.domain.registration import PlatformAdmin
from accounts.domain.sign_in import end_sessions, record
from accounts.models import Invitation, LoginMail, Member, User
from marketplace.audit.persons import erase_addresses
from marketplace.errors import Refused
from marketplace.jobs.models import Job
from marketplace.notifications.models import Notification, Preference
from marketplace.web.models import SavedView

ERASED = "@erased.invalid"
"""How the addresses of pseudonyms end: no mail can ever be sent there (RFC 2606)."""


@transaction.atomic
def erase_person(*, by: PlatformAdmin, user: User, now: datetime) -> str:
    """Erase a person's name, address, sessions, second factors, messages and views; returns the pseudonym.

    The login stays as a row that nobody can sign in to, since what the person did for a company names it. The
    caller has made sure who is asking. Raises ``Refused`` for oneself, for somebody who still belongs to a
    team, and for somebody erased already.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    _check_may_be_erased(by, locked)
    address, pseudonym = locked.email, f"person-{token_hex(6)}{ERASED}"
    end_sessions(locked)
    for model in (Authenticator, EmailAddress, Notification, Preference, SavedView):
        model._default_manager.filter(user=locked).delete()
    erase_addresses(locked.pk, address)
    LoginMail.objects.filter(to__iexact=address).delete()
    Invitation.objects.filter(email__iexact=address).update(email=pseudonym)
    Job.objects.filter(requested_by_id=locked.pk).update(requested_by_email=pseudonym)
    LogEntry.objects.filter(_about(locked)).update(object_repr=pseudonym, change_message="")
    locked.email, locked.name = pseudonym, ""
    locked.is_active = locked.is_staff = locked.is_superuser = False
    locked.last_login = None
    locked.set_unusable_password()
    locked.save()
    record(user=locked, by=by, action="person erased", changes={}, now=now)
    return pseudonym


def pseudonyms(user_ids: Iterable[int]) -> dict[int, str]:
    """By their ids, those of these people who were erased, as they are named since."""
    erased = User.objects.filter(pk__in=list(user_ids), email__endswith=ERASED)
    return {pk: email.removesuffix(ERASED) for pk, email in erased.values_list("pk", "email")}


def _check_may_be_erased(by: PlatformAdmin, user: User) -> None:
    if by.user_id == user.pk:
        raise Refused("Let another platform admin erase you: who did it is recorded.")
    if user.email.endswith(ERASED):
        raise Refused("This person was erased already.")
    if Member.objects.filter(user=user, is_active=True).exists():
        raise Refused(
            f"{user.email} belongs to a team: let a colleague with the role Account deactivate them first."
        )


def _about(user: User) -> Q:
    return Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))
