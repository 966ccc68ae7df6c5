"""Logos: read as a picture and written anew, so that nothing but the picture is kept."""

import io
import warnings

from PIL import Image, UnidentifiedImageError

from marketplace.errors import Refused

LARGEST = 2 * 1024 * 1024
MOST_PIXELS = 16_000_000
BOX = (480, 160)


def logo_from(data: bytes) -> bytes:
    """The picture as PNG, at most 480 × 160 pixels. Raises ``Refused`` for what is no PNG, JPEG or WebP picture."""
    if len(data) > LARGEST:
        raise Refused(f"The logo is larger than {LARGEST // 1024**2} MB.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Refused("The logo has too many pixels: at most 4,000 × 4,000.")
                shown = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, Warning):
        raise Refused("The logo is not a whole PNG, JPEG or WebP picture, whatever its name says.") from None
    shown.thumbnail(BOX)
    target = io.BytesIO()
    shown.save(target, format="PNG", optimize=True)
    return target.getvalue()
