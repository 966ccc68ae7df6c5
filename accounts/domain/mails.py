"""The mails of accounts that allauth does not send."""

from accounts.domain.login_mails import send_login_mail
from accounts.domain.registration import invitation_token
from accounts.models import Invitation, User
from marketplace import clock
from marketplace.notifications.addresses import absolute


def send_invitation(invitation: Invitation) -> None:
    """Mail the invitation's link, by a worker."""
    send_login_mail(
        to=invitation.email,
        title=f"{invitation.organisation} invites you to the flexibility marketplace",
        lines=[
            f"{invitation.organisation} invites you to work for it on the flexibility marketplace.",
            "Open the link within seven days; it works once.",
            "If you did not expect this, ignore it.",
        ],
        link=absolute(f"/invitation/{invitation_token(invitation)}/"),
        link_title="Join",
        now=clock.now(),
    )


def send_factors_removed(user: User) -> None:
    """Tell somebody that support took away their second factors: in case it was not they who asked."""
    send_login_mail(
        to=user.email,
        title="Your second factors were removed",
        lines=[
            "Support took away the second factors of your login, as you had asked, and ended all its sessions.",
            "Sign in with your password, and set up a new one.",
            "If it was not you who asked, tell support at once.",
        ],
        link=absolute("/accounts/2fa/"),
        link_title="See how you sign in",
        now=clock.now(),
    )
