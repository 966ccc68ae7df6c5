"""What an installation says of itself in environment variables, read one way."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def switch(name: str, default: bool) -> bool:
    """An environment variable that is 0 or 1; anything else stops the start."""
    text = os.environ.get(name, "1" if default else "0")
    if text not in {"0", "1"}:
        raise ImproperlyConfigured(f"{name} is {text!r}; it must be 0 or 1.")
    return text == "1"


def listed(name: str, default: str = "") -> list[str]:
    """An environment variable that is a comma-separated list."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def secret(name: str, default: str = "") -> str:
    """An environment variable, or what the file holds that the variable with ``_FILE`` names; both stop the start."""
    given, file = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if given and file:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: leave one of them empty.")
    if not file:
        return given or default
    try:
        return Path(file).read_text().strip() or default
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE can't be read: {error.strerror}.") from error
