"""The mails of accounts that allauth does not send."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts.domain.registration import invitation_token
from accounts.models import Invitation


def send_invitation(invitation: Invitation, base_url: str) -> None:
    """Mail the invitation's link; ``base_url`` is the site's address without a path."""
    values = {
        "invitation": invitation,
        "link": f"{base_url}/invitation/{invitation_token(invitation)}/",
        "support_email": settings.SUPPORT_EMAIL,
    }
    text = render_to_string("accounts/email/invitation.txt", values)
    send_mail(f"{invitation.organisation} invites you to the flexibility marketplace", text, None, [invitation.email])
