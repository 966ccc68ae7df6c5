"""How a password is kept, and what makes one too weak: see also AUTH_PASSWORD_VALIDATORS."""

import re
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher, PBKDF2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts.models import User

LIST = Path(__file__).parent / "data" / "breached-passwords.txt.gz"
WORDS = (
    "flexibility",
    "marketplace",
    "market",
    "electricity",
    "power",
    "energy",
    "operator",
    "network",
    "networks",
    "grid",
    "provider",
    "procurement",
    "bidding",
    "tender",
    "admin",
    "password",
    "passwort",
    "welcome",
    "login",
    "secret",
)
"""What comes to mind first here. A password that is little else is refused; docs/asvs.md names the list."""

LEAST_OF_ITS_OWN = 6
"""Letters that a password has besides such words, digits and signs."""

TOO_NEAR = "This password is made of words that come to mind here first. Choose another one."
TOO_KNOWN = "This password became known in a data breach, so attackers try it first. Choose another one."


class Argon2id(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane: what OWASP's *Password Storage Cheat Sheet* asks for at least.

    Each guess needs that memory, which makes it dear to those who guess by the million on graphics cards. A process
    that signs in eight people at once needs 152 MiB for a moment.
    """

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


def even_out(email: str, password: str) -> None:
    """After a refusal, do the work of the other way to keep passwords, as long as any password is kept in the old one.

    An old hash takes ten times as long as a new one: how long a refusal takes must not tell whose login is an old one,
    nor that there is one.
    """
    old = User.objects.filter(password__startswith=f"{PBKDF2PasswordHasher.algorithm}$")
    if old.exists():
        other = Argon2id() if old.filter(email__iexact=email).exists() else PBKDF2PasswordHasher()
        other.encode(password, other.salt())


class BreachedPasswordValidator(CommonPasswordValidator):
    """Refuses passwords that are known from data breaches, in any case, by a list that is shipped
    (data/SOURCES.md)."""

    def __init__(self) -> None:
        super().__init__(LIST)
        self.passwords |= CommonPasswordValidator().passwords

    def get_error_message(self) -> str:
        return TOO_KNOWN

    def get_help_text(self) -> str:
        return "It must not be known from a data breach."


class NearWordsValidator:
    """Refuses a password that is little more than words of this trade, or the name of one's organisation."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ``ValidationError`` for such a password."""
        rest = password.casefold()
        words = [*WORDS, *_own_words(user)]
        without = rest
        for word in sorted(words, key=len, reverse=True):
            without = without.replace(word, "")
        if without != rest and len(re.findall(r"[^\W\d_]", without)) < LEAST_OF_ITS_OWN:
            raise ValidationError(TOO_NEAR, code="password_too_near")

    def get_help_text(self) -> str:
        return "It must be more than words such as flexibility or the name of your organisation."


def _own_words(user: Any) -> list[str]:
    member = getattr(user, "member", None) if user is not None and user.pk else None
    name = "" if member is None else member.organisation.name
    return [word for word in re.findall(r"\w+", name.casefold()) if len(word) > 3]
