"""Numbers by which registers know a company: the one form in which they are kept and compared. Pure."""

import re
import unicodedata

from marketplace.errors import Refused
from marketplace.keys import without_white_space

GB_LENGTH = 8
_PREFIX_AND_DIGITS = re.compile(r"([A-Z]{0,2})([0-9]+)")


def company_number(text: str, country: str) -> str:
    """The number without white space, in capitals; a British one padded with zeros to eight characters.

    Empty for an empty text. Raises ``Refused`` for a placeholder (``N/A``, all zeros) and for a British
    number of more than eight characters.
    """
    number = _plain(text)
    if not number:
        return ""
    if _is_placeholder(number):
        raise Refused("Give the number under which your company is registered: this one stands for none.")
    if country.upper() != "GB":
        return number
    number = re.sub(r"[-./]", "", number)
    if len(number) > GB_LENGTH or not number.isalnum():
        raise Refused(
            "A British company number has up to eight letters and digits, such as SC123456 or 01234567."
        )
    parts = _PREFIX_AND_DIGITS.fullmatch(number)
    return parts[1] + parts[2].zfill(GB_LENGTH - len(parts[1])) if parts else number


def vat_number(text: str) -> str:
    """The VAT number without white space, in capitals; empty for an empty text. Raises ``Refused`` for a
    placeholder."""
    number = _plain(text)
    if number and _is_placeholder(number):
        raise Refused("Give the VAT number, or leave it blank if your company has none.")
    return number


def _plain(text: str) -> str:
    """Without white space of any kind and invisible characters, in capitals; digits of other widths as plain
    ones."""
    return without_white_space(unicodedata.normalize("NFKC", text)).upper()


def _is_placeholder(number: str) -> bool:
    """Whether no register gives out such a number: it holds no digit but zeros."""
    return not re.search("[1-9]", number)
