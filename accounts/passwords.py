"""What makes a password too weak: see also AUTH_PASSWORD_VALIDATORS."""

from pathlib import Path

from django.contrib.auth.password_validation import CommonPasswordValidator

LIST = Path(__file__).parent / "data" / "breached-passwords.txt.gz"
TOO_KNOWN = "This password became known in a data breach, so attackers try it first. Choose another one."


class BreachedPasswordValidator(CommonPasswordValidator):
    """Refuses passwords that are known from data breaches, in any case, by a list that is shipped (data/SOURCES.md)."""

    def __init__(self) -> None:
        super().__init__(LIST)
        self.passwords |= CommonPasswordValidator().passwords

    def get_error_message(self) -> str:
        return TOO_KNOWN

    def get_help_text(self) -> str:
        return "It must not be known from a data breach."
