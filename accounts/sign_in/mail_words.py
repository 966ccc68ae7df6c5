"""The words of the mails about logins. ``{…}`` stands for what allauth knows of what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MailWords:
    """Subject, sentences, and where the mail leads: ``link`` names the value that holds the address, or is a
    path."""

    title: str
    lines: tuple[str, ...]
    link: str
    link_title: str

    def lines_with(self, values: Mapping[str, Any]) -> list[str]:
        """The sentences, filled in."""
        return [line.format_map(values) for line in self.lines]


NOT_YOU = "If it was not you, ignore this mail."
SECURITY = "/accounts/2fa/"


def _changed(title: str, what: str) -> MailWords:
    """A mail that tells of a change to a login; it can't be turned off."""
    lines = (
        what,
        "It was done on {when}, from the network address {ip}, with {user_agent}.",
        "If it was not you, choose a new password at once, end the other sessions, and tell support.",
    )
    return MailWords(title, lines, SECURITY, "See how you sign in")


MAIL_WORDS: Mapping[str, MailWords] = {
    "account/email/email_confirmation_signup": MailWords(
        "Verify your email address",
        (
            "Somebody, hopefully you, registered with this address on the flexibility marketplace.",
            "Open the link to show that the address is yours; then you name your company.",
            NOT_YOU,
        ),
        "activate_url",
        "This is my address",
    ),
    "account/email/email_confirmation": MailWords(
        "Verify your email address",
        (
            "Somebody, hopefully you, wants to use this address on the flexibility marketplace.",
            "Open the link to show that the address is yours.",
            NOT_YOU,
        ),
        "activate_url",
        "This is my address",
    ),
    "account/email/account_already_exists": MailWords(
        "You have a login already",
        (
            "Somebody, hopefully you, tried to register with this address on the flexibility marketplace.",
            "It has a login already: sign in with it. If you have forgotten the password, choose a new one.",
            NOT_YOU,
        ),
        "password_reset_url",
        "Choose a new password",
    ),
    "account/email/password_reset_key": MailWords(
        "Choose a new password",
        (
            "Somebody, hopefully you, asked for a new password on the flexibility marketplace.",
            "Open the link to choose one; it works once.",
            "If it was not you, ignore this mail: your password stays as it is.",
        ),
        "password_reset_url",
        "Choose a new password",
    ),
    "account/email/unknown_account": MailWords(
        "No login with this address",
        (
            "Somebody, hopefully you, asked for a new password for this address on the flexibility marketplace.",
            "There is no active login with this address. You may have registered with another one.",
            NOT_YOU,
        ),
        "/accounts/signup/",
        "Register as a provider",
    ),
    "account/email/password_changed": _changed(
        "Your password was changed", "The password of your login was changed."
    ),
    "account/email/password_set": _changed("Your password was set", "Your login has a password now."),
    "account/email/password_reset": _changed(
        "Your password was changed", "The password of your login was changed with a link from a mail."
    ),
    "account/email/email_changed": _changed(
        "Your email address was changed",
        "You sign in with {to_email} from now on, no longer with {from_email}.",
    ),
    "account/email/email_deleted": _changed(
        "An email address was removed", "{deleted_email} no longer belongs to your login."
    ),
    "mfa/email/totp_activated": _changed(
        "Authenticator app added", "Signing in asks for a code of your app now."
    ),
    "mfa/email/totp_deactivated": _changed(
        "Authenticator app removed", "Signing in no longer asks for a code of your app."
    ),
    "mfa/email/webauthn_added": _changed("Security key added", "A security key was added to your login."),
    "mfa/email/webauthn_removed": _changed(
        "Security key removed", "A security key was removed from your login."
    ),
    "mfa/email/recovery_codes_generated": _changed(
        "New recovery codes", "New recovery codes were made for your login; the ones before no longer work."
    ),
}
