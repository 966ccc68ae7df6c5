"""GB meter point administration numbers (MPAN): the 13-digit core and its check digit. Pure."""

WEIGHTS = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
CORE_LENGTH, LONG_LENGTH = 13, 21


def core_of(digits: str) -> str | None:
    """The 13-digit core of a meter ID in either form; None when it has neither."""
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (CORE_LENGTH, LONG_LENGTH):
        return None
    return digits[-CORE_LENGTH:]


def is_meter_id(core: str) -> bool:
    """Whether the last of 13 digits is the others' check digit: weighted by primes, modulo 11, modulo 10."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, core, strict=False))
    return total % 11 % 10 == int(core[-1])
