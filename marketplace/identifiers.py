"""Numbers by which registers know a company: the one form in which they are kept and compared. Pure."""

import re
import unicodedata

from marketplace.errors import Refused
from marketplace.keys import without_white_space

GB_LENGTH = 8
_BRITISH_VAT = re.compile(r"(GB|XI)?([0-9]{9}|[0-9]{12})|(GB)?(GD|HA)[0-9]{3}")
VAT_PREFIXES = {"GR": "EL"}
"""Countries whose VAT numbers begin with other letters than their code."""
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


def national_vat_number(text: str, country: str) -> str:
    """The VAT number in its one form, a British one checked: 9 or 12 digits, after GB or without; empty for an empty text.

    Raises ``Refused`` as :func:`vat_number`, and for a British number of another form.
    """
    number = vat_number(text)
    if number and country.upper() == "GB" and not _BRITISH_VAT.fullmatch(number):
        raise Refused("A British VAT number has 9 or 12 digits, such as GB123456789.")
    return number


def vat_identifier(number: str, country: str) -> str:
    """A VAT number with the prefix of its country, as documents for programs name it: GB123456789."""
    prefix = VAT_PREFIXES.get(country.upper(), country.upper())
    return number if not number or number[:2].isalpha() else prefix + number


def _plain(text: str) -> str:
    """Without white space of any kind and invisible characters, in capitals; digits of other widths as plain
    ones."""
    return without_white_space(unicodedata.normalize("NFKC", text)).upper()


def _is_placeholder(number: str) -> bool:
    """Whether no register gives out such a number: it holds no digit but zeros."""
    return not re.search("[1-9]", number)
