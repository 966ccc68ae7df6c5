"""Canonical JSON: one text for equal values, to take digests over. No Django in here: workers of a proof
import it."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any


def text_of(value: Any) -> str:
    """The value in words the database takes (no NUL, no lone surrogate): instants in UTC, everything else by
    str."""
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(UTC)
    if isinstance(value, (date, time)):
        value = value.isoformat()
    text = str(value)
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def canonical_json(value: Any, *, escaped: bool = False, default: Callable[[Any], Any] = text_of) -> str:
    """The value as JSON: keys sorted, no spaces, characters as they are, or ``escaped`` beyond ASCII.

    ``default`` makes JSON of other values, such as an instant. Stored digests are over this text: it never
    changes.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=escaped, default=default)
