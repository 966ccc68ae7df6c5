"""GB meter point administration numbers (MPAN): the 13-digit core and its check digit. Pure."""

from marketplace.keys import without_white_space
from marketplace.text import text_fault

WEIGHTS = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
CORE_LENGTH, LONG_LENGTH = 13, 21
PLACEHOLDERS = frozenset(
    ("n/a", "na", "none", "nil", "null", "tbc", "tba", "tbd", "unknown", "x", "xxx", "pending")
)
PLACEHOLDER_TYPED = "Is a placeholder, not a meter ID: leave it blank where there is none."


def core_of(digits: str) -> str | None:
    """The 13-digit core of a meter ID in either form; None when it has neither."""
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (CORE_LENGTH, LONG_LENGTH):
        return None
    return digits[-CORE_LENGTH:]


def is_meter_id(core: str) -> bool:
    """Whether the last of 13 digits is the others' check digit: weighted by primes, modulo 11, modulo 10."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, core, strict=False))
    return total % 11 % 10 == int(core[-1])


def read_meter_id(text: str) -> tuple[str, str]:
    """The 13-digit core of what was typed, or what is wrong with it in a sentence; the other of the two is
    empty.

    White space between the groups of digits counts for nothing, whichever character it is. Every way in reads
    meter IDs with this function: workbooks, forms, meter lists.
    """
    written = without_white_space(text)
    core = core_of(written)
    if core is not None:
        if not core.strip("0"):
            return "", PLACEHOLDER_TYPED
        if not is_meter_id(core):
            return "", "Is not a valid meter ID (MPAN): its last digit does not match the others."
        return core, ""
    if "e+" in written.casefold():
        return "", "A spreadsheet has rounded this meter ID: format the column as text and enter it again."
    if written.casefold() in PLACEHOLDERS or not written.strip("0-./?"):
        return "", PLACEHOLDER_TYPED
    return "", text_fault(text) or "Must be a meter ID (MPAN) of 13 digits, or of 21 in the long form."
