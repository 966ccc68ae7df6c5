"""The one form in which keys are compared: references, names of sheets and columns, labels, choices.

Pure: no database. :mod:`marketplace.key_columns` gives the same form to the database.
"""

import re
import unicodedata

# What Unicode calls ignorable by default (zero-width characters, joiners, marks of direction, variation selectors).
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
WHITE_SPACE = "\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000"
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_WHITE_SPACE = re.compile(f"[{WHITE_SPACE}]+")


def tidy_key(text: object) -> str:
    """A key as it is kept and shown: NFC, without invisible characters, white space as one space, trimmed."""
    written = str(text)
    if not written.isascii():
        written = unicodedata.normalize("NFC", _INVISIBLE.sub("", written))
    return _WHITE_SPACE.sub(" ", written).strip(" ")


def key_form(text: object) -> str:
    """The form in which keys are compared: :func:`tidy_key` without regard to case. Two keys with one form
    are one."""
    folded = tidy_key(text).casefold()
    return folded if folded.isascii() else unicodedata.normalize("NFC", folded)


def same_key(one: object, other: object) -> bool:
    """Whether two texts are the same key."""
    return key_form(one) == key_form(other)


def without_white_space(text: object) -> str:
    """An identifier (meter ID, postcode, company number) without invisible characters and white space of any
    kind."""
    return _WHITE_SPACE.sub("", tidy_key(text))
