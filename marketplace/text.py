"""The one check of text from outside, whichever way it comes in: files, forms, programs, geodata, names of
files.

Pure. :mod:`marketplace.web.form_text` puts it into every form.
"""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_NEAR = 80  # characters; what is longer is no misspelt name
# Control characters, surrogates, characters that turn the direction of what follows, and what is no character at all.
_REFUSED = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + 0xFFFE) + chr(plane * 0x10000 + 0xFFFF) for plane in range(17))
    + "]"
)
_REFUSED_IN_LINES = re.compile(_REFUSED.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NAMES = {"\x00": "NUL", "\t": "tab", "\x1b": "escape", "\x7f": "delete"}


class BadText(ValueError):
    """Text that can't be kept; ``sentence`` (also ``str()``) is what the user reads."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def text_fault(text: str, *, field: str = "", multiline: bool = False) -> str | None:
    """What is wrong with the text in a sentence that names the ``field`` and what was found; None for good
    text.

    Control characters (NUL among them) and characters that turn the direction of text are refused. Line
    breaks and tabs pass where the text may have several lines.
    """
    found = (_REFUSED_IN_LINES if multiline else _REFUSED).search(
        text.replace("\r\n", "\n") if multiline else text
    )
    if found is None:
        return None
    character = found[0]
    subject = f"“{field}” " if field else ""
    if character in "\r\n":
        return _begun(f"{subject}must be a single line; remove the line break.")
    if character in _TURNING:
        name = unicodedata.name(character).lower()
        return _begun(
            f"{subject}holds an invisible character that turns the direction of text ({name}, {_code(character)}): "
            "type the text again."
        )
    name = f"{_NAMES[character]}, " if character in _NAMES else ""
    return _begun(
        f"{subject}holds a control character that can't be kept ({name}{_code(character)}): type the text again."
    )


def checked_line(text: str, *, field: str = "") -> str:
    """The same text of one line. Raises :class:`BadText`."""
    return _checked(text, field, multiline=False)


def checked_lines(text: str, *, field: str = "") -> str:
    """The text of several lines with plain line breaks. Raises :class:`BadText`."""
    return _checked(text.replace("\r\n", "\n").replace("\r", "\n"), field, multiline=True)


def _checked(text: str, field: str, *, multiline: bool) -> str:
    fault = text_fault(text, field=field, multiline=multiline)
    if fault is not None:
        raise BadText(fault)
    return text


def _begun(sentence: str) -> str:
    return sentence[0].upper() + sentence[1:]


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def did_you_mean(text: str, choices: Iterable[str]) -> str:
    """“ Did you mean “ACKLAM”?” for the choice that is spelt most like the text; nothing where none is
    near."""
    typed = text.casefold()
    if not 1 < len(typed) <= LONGEST_NEAR:
        return ""
    near = {
        each.casefold(): each
        for each in choices
        if abs(len(each) - len(typed)) <= 2 and each[:1].casefold() == typed[0]
    }
    found = get_close_matches(typed, near, n=1, cutoff=0.7)
    return f" Did you mean “{near[found[0]]}”?" if found else ""
