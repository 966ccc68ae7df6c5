from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks

from marketplace.notifications import Kind

INVITATION = Kind("invitation", "Invitations", switchable=False, explanation="Only by email.")
SECURITY = Kind(
    "security", "How you sign in: passwords, second factors", switchable=False, explanation="Only by email."
)


def check_whose_address_counts(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    """Warn when a proxy stands before the site and everybody would share its address, and the limits on tries."""
    if settings.SECURE_PROXY_SSL_HEADER is None or settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return []
    said = "BEHIND_PROXY is 1 and TRUSTED_PROXIES is 0: everybody shares the proxy's address, and its limits on tries."
    return [checks.Warning(said, hint="See docs/operations.md.", id="accounts.W001")]


class AccountsConfig(AppConfig):
    name = "accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.domain import operating_area
        from accounts.domain.login_mails import LoginMails
        from accounts.domain.queries import member_who_may_act, organisation_names
        from accounts.enums import LOGIN_MAIL_TRANSITIONS, LoginMailState, Role
        from accounts.integration import security
        from accounts.sign_in import session_limits
        from marketplace import audit, jobs, notifications, states
        from marketplace.deliveries import channels

        jobs.register_member_loader(member_who_may_act)
        jobs.register_upload(
            jobs.UploadKind(
                name=operating_area.KIND,
                title="Operating area",
                check=operating_area.check,
                apply=operating_area.apply,
                accepts=operating_area.ENDINGS,
                role=Role.ACCOUNT,
                audience="so",
                result_url="accounts:profile_edit",
                whole="file",
            )
        )
        audit.register_names(organisation_names)
        notifications.declare(INVITATION)
        notifications.declare(SECURITY)
        states.register(
            states.Machine(
                "accounts.LoginMail", "state", LoginMailState, LoginMailState.WAITING, LOGIN_MAIL_TRANSITIONS
            )
        )
        channels.register(LoginMails)
        security.connect()
        session_limits.connect()
        checks.register(check_whose_address_counts)
