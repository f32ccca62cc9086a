"""Write into a picture who exported it, when, and what for. Pure."""

import io

from PIL import Image, ImageDraw, ImageFont, UnidentifiedImageError

JPEG_QUALITY = 92
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
_TILES = 3
"""Rows of faint text across the picture, so that no cut leaves a part without any."""
MAX_PIXELS = 50_000_000


def can_be_marked(media_type: str) -> bool:
    """Return whether ``add_watermark`` understands a media type."""
    return media_type in _FORMATS


def add_watermark(picture: bytes, media_type: str, words: str) -> bytes:
    """Return a picture with a line at its lower edge and faint lines across it.

    Nothing but the pixels is kept: neither the place nor the device that a camera has noted.

    Args:
        words: ASCII, as the built-in font has no other characters.

    Raises:
        ValueError: It is no picture, or has more than ``MAX_PIXELS`` pixels.
    """
    try:
        with Image.open(io.BytesIO(picture), formats=[_FORMATS[media_type]]) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise ValueError(f"{opened.width} x {opened.height} pixels are too many")
            image = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"is no {media_type}: {error}") from None
    marked = Image.alpha_composite(image, _layer(image.size, words)).convert("RGB")
    output = io.BytesIO()
    marked.save(output, _FORMATS[media_type], quality=JPEG_QUALITY)
    return output.getvalue()


def _layer(size: tuple[int, int], words: str) -> Image.Image:
    width, height = size
    layer = Image.new("RGBA", size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    text_height = max(10, height // 40)
    font = ImageFont.load_default(text_height)
    bar = int(text_height * 1.6)
    draw.rectangle((0, height - bar, width, height), fill=(0, 0, 0, 170))
    draw.text((6, height - bar + 2), words, font=font, fill=(255, 255, 255, 255))
    for row in range(_TILES):
        y = (2 * row + 1) * (height - bar) // (2 * _TILES)
        draw.text((width // 12, y), words, font=font, fill=(255, 255, 255, 70))
    return layer
