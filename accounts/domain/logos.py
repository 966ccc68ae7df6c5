"""Logos: read as a picture and written again, so that nothing but the picture is kept."""

import io
import warnings

from PIL import Image, JpegImagePlugin, PngImagePlugin, UnidentifiedImageError, WebPImagePlugin

from marketplace.errors import Refused
from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited

READERS = (
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)  # loaded now: the process that draws can open no file

LARGEST = 2 * 1024 * 1024
MOST_PIXELS = 16_000_000
BOX = (480, 160)


MEMORY_MB = 400
SECONDS = 10
NO_PICTURE = "The logo is not a whole PNG, JPEG or WebP picture, whatever its name says."


def logo_from(data: bytes) -> bytes:
    """The picture as PNG, at most 480 × 160 pixels, drawn in a process that can do nothing else.

    Raises ``Refused`` for anything but a PNG, JPEG or WebP picture.
    """
    if len(data) > LARGEST:
        raise Refused(f"The logo is larger than {LARGEST // 1024**2} MB.")
    try:
        picture, refusal = run_limited(drawn, data, memory_mb=MEMORY_MB, seconds=SECONDS)
    except (LimitExceeded, ChildFailed):
        raise Refused(NO_PICTURE) from None
    if refusal:
        raise Refused(refusal)
    return picture


def drawn(data: bytes) -> tuple[bytes, str]:
    """The picture drawn again and "", or nothing and the sentence that refuses it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return b"", "The logo has too many pixels: at most 4,000 × 4,000."
                shown = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning):
        return b"", NO_PICTURE
    shown.thumbnail(BOX)
    target = io.BytesIO()
    shown.save(target, format="PNG", optimize=True)
    return target.getvalue(), ""
