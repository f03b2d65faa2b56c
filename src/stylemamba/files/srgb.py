"""Any Pillow picture to 8-bit sRGB and a separate alpha channel."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

_ICC_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab ": "LAB"}


def to_srgb(image: Image.Image) -> tuple[Image.Image, Image.Image | None, list[str]]:
    """Converts a loaded picture of any mode to sRGB.

    Embedded ICC profiles are applied (perceptual intent); a picture without one is taken to be
    sRGB, or Pillow's plain CMYK or D50 CIELAB. 16-bit grey is scaled by 255 / 65535; 32-bit and
    floating-point grey outside its usual range (0 to 65535, 0 to 1) is stretched, with a note.

    Colours stay straight (not multiplied by alpha); where alpha is 0 the colour is set to white,
    because whatever a program left there was never meant to be seen.

    Args:
        image: A picture whose pixels are loaded.

    Returns:
        The picture in mode RGB; its alpha in mode L, None if the picture is opaque; notes about
        what was guessed or lost.
    """
    notes: list[str] = []
    profile = image.info.get("icc_profile")
    colour, alpha = _split_alpha(image)
    colour = _to_8bit(colour, notes)
    rgb = _apply_profile(colour, profile, notes) if profile else colour.convert("RGB")
    if alpha is None or alpha.getextrema()[0] == 255:
        return rgb, None, notes
    rgb.paste((255, 255, 255), mask=alpha.point([255] + [0] * 255))
    return rgb, alpha, notes


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
    if image.mode.startswith("I;16"):
        low, high = 0.0, 65535.0
        values = np.asarray(image).astype(np.float64)
    elif image.mode in ("I", "F"):
        values = np.asarray(image).astype(np.float64)
        finite = np.isfinite(values)
        if not finite.all():
            notes.append("values that are not numbers: shown black")
            values = np.where(finite, values, values[finite].min() if finite.any() else 0.0)
        low, high = 0.0, 65535.0 if image.mode == "I" else 1.0
        least, most = float(values.min()), float(values.max())
        if least < low or most > high:
            low, high = least, most
            notes.append(f"values from {least:g} to {most:g}: stretched to black and white")
    elif image.mode == "1":
        return image.convert("L")
    elif image.mode in ("P", "HSV", "YCbCr", "RGBX"):
        return image.convert("RGB")
    else:
        return image
    scaled = (values - low) * (255.0 / (high - low) if high > low else 0.0)
    return Image.fromarray(np.round(scaled).astype(np.uint8))


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
