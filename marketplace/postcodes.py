"""Postcodes and sectors of Great Britain and Northern Ireland: what is one, and its normal form. Pure."""

import re

from marketplace.keys import tidy_key, without_white_space

_DISTRICT = "[A-Z]{1,2}[0-9][A-Z0-9]?"
_POSTCODE = re.compile(f"{_DISTRICT} [0-9][A-Z]{{2}}")
_SECTOR = re.compile(f"{_DISTRICT} [0-9]")


def postcode_of(text: str) -> str | None:
    """A postcode in capitals with one space before its last three characters; None for what can't be one."""
    packed = without_white_space(text).upper()
    whole = f"{packed[:-3]} {packed[-3:]}"
    return whole if is_postcode(whole) else None


def postcode_sql(column: str) -> str:
    """SQL for what compares as the postcode or sector of a column, in its normal form or not: spaces and case
    apart."""
    return f"upper(replace({column}, ' ', ''))"


def sector_sql(column: str) -> str:
    """SQL for what compares as the sector of the postcode of a column; NULL where it is too short to have
    one."""
    return f"CASE WHEN length(replace({column}, ' ', '')) > 3 THEN left({postcode_sql(column)}, -2) END"


def normal_postcode(text: str) -> str:
    """A postcode or sector in capitals with one space, where the text allows; in a postcode no white space
    counts."""
    return postcode_of(text) or tidy_key(text).upper()


def is_postcode(normal: str) -> bool:
    """Whether a text in the normal form is a postcode: AB1 2CD."""
    return _POSTCODE.fullmatch(normal) is not None


def is_sector(normal: str) -> bool:
    """Whether a text in the normal form is a postcode sector: AB1 2."""
    return _SECTOR.fullmatch(normal) is not None
