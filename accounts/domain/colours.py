"""A brand colour made legible. Pure: colours are “#rrggbb”, contrast is that of WCAG 2.2 (relative luminance)."""

import re
from dataclasses import dataclass

LEAST_CONTRAST = 4.5
WHITE, BLACK = "#ffffff", "#000000"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Palette:
    """What pages use of a brand colour: a band with text on it, and an accent that is legible on white."""

    band: str
    on_band: str
    accent: str


def is_colour(text: str) -> bool:
    return _COLOUR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def palette_of(colour: str) -> Palette:
    """The band is the colour itself under black or white text, whichever is plainer; the accent is darkened until legible.

    Of black and white one always reaches a contrast of 4.58, whatever the colour.
    """
    on_band = max((WHITE, BLACK), key=lambda text: contrast(text, colour))
    return Palette(colour.lower(), on_band, _darkened(colour))


def _darkened(colour: str) -> str:
    channels = _channels(colour)
    for percent in range(100, -1, -2):
        darker = "#" + "".join(f"{channel * percent // 100:02x}" for channel in channels)
        if contrast(darker, WHITE) >= LEAST_CONTRAST:
            return darker
    return BLACK


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
