"""How the pages look and behave for one user, wherever they sign in."""

from accounts.enums import Theme
from accounts.models import User


def choose_theme(*, user: User, theme: str) -> None:
    """Keep light, dark or the device's choice; another word leaves what is chosen."""
    if theme in Theme.values:
        User.objects.filter(pk=user.pk).update(theme=theme)


def choose_single_keys(*, user: User, wanted: bool) -> None:
    """Whether single letters act as shortcuts."""
    User.objects.filter(pk=user.pk).update(single_keys=wanted)
