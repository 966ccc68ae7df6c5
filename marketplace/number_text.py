"""Numbers as people and programs write them, brought into the one form that is read. Pure."""

import re

from marketplace.keys import tidy_key

_SIGNS = str.maketrans(
    {
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2212": "-",
        "\ufe63": "-",
        "\uff0d": "-",
        "\uff0b": "+",
    }
)
_GROUPED = re.compile(r"([+-]? ?)([1-9][0-9]{0,2}(?: [0-9]{3})+)((?:[.,][0-9]+)?)")


def number_text(text: str) -> str:
    """The text with a plain minus (for U+2212, dashes and full-width signs), without what nobody sees, and
    without spaces, no-break and thin ones among them, between groups of three digits. Any other text stays
    what it is."""
    tidied = tidy_key(text).translate(_SIGNS)
    grouped = _GROUPED.fullmatch(tidied)
    if grouped is None:
        return tidied
    sign, digits, decimals = grouped.groups()
    return f"{sign.strip()}{digits.replace(' ', '')}{decimals}"
