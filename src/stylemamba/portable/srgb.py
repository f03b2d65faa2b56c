"""Any Pillow picture to 8-bit sRGB and a separate alpha channel."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageCms

_ICC_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab ": "LAB"}
_FEW = 0.01
_FEW_BITS = "16-bit file of which {} bits are used: brightened to fit"


def to_srgb(
    image: Image.Image, *, deep: bool = False
) -> tuple[Image.Image, Image.Image | None, list[str]]:
    """Converts a loaded picture of any mode to sRGB.

    Embedded ICC profiles are applied (perceptual intent); a picture without one is taken to be
    sRGB, or Pillow's plain CMYK or D50 CIELAB. 16-bit grey is scaled by 255 / 65535; 32-bit and
    floating-point grey outside its usual range (0 to 65535, 0 to 1) is cut off there if that is 1 %
    of it at most, else stretched, with a note. 16-bit pictures that use 12 bits at most are scaled
    by the bits that they use, with a note.

    Colours stay straight (not multiplied by alpha); where alpha is 0 the colour is set to white,
    because whatever a program left there was never meant to be seen.

    Args:
        image: A picture whose pixels are loaded.
        deep: Whether an RGB picture had 16 bits a sample before Pillow kept the upper 8 of them.

    Returns:
        The picture in mode RGB, without the profile and other metadata, which are not true of it;
        its alpha in mode L, None if the picture is opaque; notes about what was guessed or lost.
    """
    notes: list[str] = []
    profile = image.info.get("icc_profile")
    colour, alpha = _split_alpha(image)
    colour = _to_8bit(colour, notes)
    if deep and colour.mode == "RGB":
        colour = _widen_upper_bytes(colour, notes)
    rgb = _apply_profile(colour, profile, notes) if profile else colour.convert("RGB")
    rgb.info.clear()  # or whoever sees the old profile, or sRGB's, converts the colours again
    if alpha is None or alpha.getextrema()[0] == 255:
        return rgb, None, notes
    alpha.info.clear()
    rgb.paste((255, 255, 255), mask=alpha.point([255] + [0] * 255))
    return rgb, alpha, notes


def scale_to_8bit(
    values: np.ndarray[Any, Any], high: float, notes: list[str]
) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """As `scaled`, as levels of 8 bits."""
    return np.round(scaled(values, high, notes) * 255).astype(np.uint8)


def scaled(values: np.ndarray[Any, Any], high: float, notes: list[str]) -> np.ndarray[Any, Any]:
    """Samples of any range to [0, 1], with notes on what was cut off or stretched.

    Args:
        values: Floating point, any shape.
        high: The usual white; black is 0.
        notes: Gets a line for what was guessed.
    """
    finite = np.isfinite(values)
    if not finite.all():
        notes.append("values that are not numbers: shown black")
        values = np.where(finite, values, values[finite].min() if finite.any() else 0.0)
    low, least, most = 0.0, float(values.min()), float(values.max())
    if least < low or most > high:
        outside = np.count_nonzero((values < low) | (values > high))
        span = f"values from {least:g} to {most:g}"
        if outside <= _FEW * values.size:
            notes.append(f"{span}: cut off at black and white")
            values = values.clip(low, high)
        else:
            low, high = least, most
            notes.append(f"{span}: stretched to black and white")
    return (values - low) * (1.0 / (high - low) if high > low else 0.0)


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    if not image.has_transparency_data:
        return image, None
    if image.mode in ("LA", "La"):  # stays grey, so that a grey ICC profile still fits
        grey_alpha = image.convert("LA")
        return grey_alpha.getchannel("L"), grey_alpha.getchannel("A")
    if image.mode == "I" or image.mode.startswith("I;16"):
        key = image.info["transparency"]
        opaque = np.asarray(image) != key if isinstance(key, int) else np.ones(image.size[::-1])
        return image, Image.fromarray(opaque.astype(np.uint8) * 255)
    rgba = image.convert("RGBA")
    return rgba.convert("RGB"), rgba.getchannel("A")


def _to_8bit(image: Image.Image, notes: list[str]) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.asarray(image).astype(np.float64)
        high = 1.0 if image.mode == "F" else 65535.0
        if image.mode != "F" and values.min() >= 0:
            bits = bits_used(values.max())
            if bits < 16:
                high = 2.0**bits - 1
                notes.append(_FEW_BITS.format(bits))
        return Image.fromarray(scale_to_8bit(values, high, notes))
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "HSV", "YCbCr", "RGBX"):
        return image.convert("RGB")
    return image


def bits_used(most: float) -> int:
    """The bit depth, of those that cameras and scanners have, that fits the greatest value."""
    return next((bits for bits in (8, 10, 12) if 0 < most < 2**bits), 16)


def _widen_upper_bytes(image: Image.Image, notes: list[str]) -> Image.Image:
    """Scales an RGB picture that has the upper 8 of 16 bits, if only the lower 12 were used."""
    most = max(high for _, high in image.getextrema())  # type: ignore[misc]
    bits = bits_used(most * 256)
    if bits == 16:
        return image
    notes.append(_FEW_BITS.format(bits))
    white = 2 ** (bits - 8) - 1
    return image.point([min(255, round(value * 255 / white)) for value in range(256)] * 3)


def _apply_profile(image: Image.Image, profile: bytes, notes: list[str]) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = _ICC_MODES.get(source.profile.xcolor_space, "")
        if mode == "RGB" and image.mode == "L":
            image = image.convert("RGB")
        if mode != image.mode:
            raise ValueError("the profile is for another kind of picture")
        converted = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        notes.append("colour profile unusable: ignored")
        return image.convert("RGB")
    assert converted is not None  # None is returned only for inPlace
    return converted
