"""A brand colour made legible. Pure: colours are “#rrggbb”, contrast is that of WCAG 2.2 (relative
luminance)."""

import re
from dataclasses import dataclass

LEAST_CONTRAST = 4.5
LEAST_EDGE_CONTRAST = 2.0
"""Between a dark page and a button on it, so that the button is seen as one."""
WHITE, BLACK = "#ffffff", "#000000"
LIGHT_SURFACE, DARK_SURFACE = WHITE, "#141c24"
SOFT_SHARE, DARK_SOFT_SHARE = 9, 24
"""How many percent of the accent tint a chosen row, as ``tokens.css`` mixes it."""
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = range(0, 101, 2)


@dataclass(frozen=True)
class Accent:
    """What a theme uses of a brand colour: the accent, the same under the pointer, text on it, and it as
    text."""

    accent: str
    hover: str
    on_accent: str
    ink: str


@dataclass(frozen=True)
class Palette:
    """A brand colour in both themes."""

    light: Accent
    dark: Accent


def is_colour(text: str) -> bool:
    return _COLOUR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: str, other: str, percent: int) -> str:
    """``percent`` of the one colour in the other, channel by channel."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(
        f"{(first * percent + second * (100 - percent)) // 100:02x}" for first, second in pairs
    )


def palette_of(colour: str) -> Palette:
    """Darken or lighten the colour in steps until text on it, and it as text, reach a contrast of 4.5 in both
    themes."""
    accent = _legible_under_white(colour.lower())
    on_page = _stands_out(accent)
    return Palette(
        Accent(accent, mixed(BLACK, accent, 18), WHITE, _ink(accent, LIGHT_SURFACE, BLACK, SOFT_SHARE)),
        Accent(
            on_page, mixed(BLACK, on_page, 14), WHITE, _ink(on_page, DARK_SURFACE, WHITE, DARK_SOFT_SHARE)
        ),
    )


def _legible_under_white(colour: str) -> str:
    found = (mixed(BLACK, colour, percent) for percent in _STEPS)
    return next(each for each in found if contrast(each, WHITE) >= LEAST_CONTRAST)


def _stands_out(accent: str) -> str:
    """The accent lightened until it stands out from a dark page, as far as white text on it stays legible."""
    chosen = accent
    for percent in _STEPS:
        lighter = mixed(WHITE, accent, percent)
        if contrast(lighter, WHITE) < LEAST_CONTRAST:
            break
        chosen = lighter
        if contrast(lighter, DARK_SURFACE) >= LEAST_EDGE_CONTRAST:
            break
    return chosen


def _ink(accent: str, surface: str, towards: str, soft: int) -> str:
    """The accent as text: legible on the surface and on the tint that a chosen row has."""
    tint = mixed(accent, surface, soft)
    found = (mixed(towards, accent, percent) for percent in _STEPS)
    return next(
        each for each in found if min(contrast(each, surface), contrast(each, tint)) >= LEAST_CONTRAST
    )


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
