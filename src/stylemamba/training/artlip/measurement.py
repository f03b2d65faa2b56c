"""What can be measured in a picture and said in a prompt: palette, light, contrast, grain.

The phrases give the text side of the encoder examples of "dark blue and orange palette" or "loose
broad strokes" without anybody labelling a picture. Colours are compared in OKLab (B. Ottosson, "A
perceptual color space for image processing", 2020). Thresholds are quantiles of the training
paintings, so that "high contrast" means: more than most pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.spatial import cKDTree

Array = NDArray[np.float32]

COLOUR_PROTOTYPES: Mapping[str, tuple[str, ...]] = {
    "black": ("#000000", "#161616", "#1c1a18", "#15181c"),
    "grey": ("#555555", "#7f7f7f", "#a8a8a8", "#8a8780", "#7f858a", "#5a5650", "#555a5f"),
    "white": ("#ffffff", "#ebebeb", "#dcdcdc", "#e6e8ea"),
    "cream": ("#f5ecd0", "#ebdcb4", "#e0d2b0", "#f3e3c8", "#ddcfae"),
    "beige": ("#cdb891", "#bfa986", "#c8b8a0", "#b8a285"),
    "brown": ("#3a2414", "#5c3a1e", "#7a5230", "#8c6844", "#4a3a28", "#6b4a3a", "#6e5c40"),
    "gold": ("#d4a62a", "#c79a3a", "#b8862b", "#dcb04c"),
    "red": ("#ff0000", "#c81e1e", "#8b1414", "#d2413a", "#a83232", "#5a1010"),
    "orange": ("#ff7f00", "#e8822a", "#d2691e", "#f0a050", "#c8642d"),
    "yellow": ("#ffff00", "#f5e23c", "#e6d25a", "#f0dc82", "#fff06e"),
    "olive green": ("#6b6b2a", "#808040", "#4e5226", "#8c8c50"),
    "green": ("#00ff00", "#2e8b2e", "#1e5a28", "#64a050", "#8cbe6e", "#4b7850", "#16381c"),
    "teal": ("#00ffff", "#008080", "#2aa198", "#5fb4aa", "#1e5a5f", "#40d0c8"),
    "blue": ("#0000ff", "#1e4bb4", "#14285f", "#4678b4", "#3c5a82", "#6482a0", "#0f1c40"),
    "sky blue": ("#87ceeb", "#96bede", "#b4d2e6", "#6eb4f0"),
    "purple": ("#800080", "#5a2d82", "#8c64b4", "#3c1e5a", "#a08cc8", "#7a5a96"),
    "pink": ("#ff69b4", "#ffc0cb", "#e696aa", "#f0b4b4", "#ff00ff", "#d678a0", "#dca0a0"),
}
"""Colour names -> sRGB prototypes; a pixel gets the name of the nearest prototype in OKLab."""

WARM = frozenset({"red", "orange", "yellow", "gold", "brown", "pink", "cream", "beige"})
COOL = frozenset({"blue", "sky blue", "teal", "green", "purple"})
NEUTRAL = frozenset({"black", "white", "grey"})

_WORKING_SIDE = 160
_LIGHTNESS_WEIGHT = 0.6
_BAND_SIGMAS = (0.6, 1.2, 2.4, 4.8, 9.6)


@dataclass(frozen=True)
class Measurement:
    """Measured looks of a picture, taken at a short side of at most 160 px.

    Attributes:
        palette: (colour name, share of the pixels), largest share first, shares of 2 % and more.
        brightness: mean OKLab lightness, 0 to 1.
        saturation: mean OKLab chroma, 0 to about 0.3.
        contrast: standard deviation of OKLab lightness.
        edge_density: share of pixels whose lightness gradient exceeds 0.06 per pixel.
        grain: dominant scale of detail, in pixels of the working size.
        hue_spread: 0 when all coloured pixels share one hue, 1 when hues cancel out.
    """

    palette: tuple[tuple[str, float], ...]
    brightness: float
    saturation: float
    contrast: float
    edge_density: float
    grain: float
    hue_spread: float


def srgb_to_oklab(image: Array) -> Array:
    """Convert sRGB (..., 3) in [0, 1] to OKLab (..., 3): lightness, green-red, blue-yellow."""
    linear = np.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055) ** 2.4)
    to_cone = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    to_lab = np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    )
    return (np.cbrt(np.clip(linear, 0, None) @ to_cone.T) @ to_lab.T).astype(np.float32)


def _weighted(lab: Array) -> Array:
    return lab * np.array([_LIGHTNESS_WEIGHT, 1.0, 1.0], np.float32)


def _hex_to_rgb(code: str) -> tuple[float, ...]:
    return tuple(int(code[i : i + 2], 16) / 255 for i in (1, 3, 5))


_NAMES = tuple(name for name, codes in COLOUR_PROTOTYPES.items() for _ in codes)
_TREE = cKDTree(
    _weighted(
        srgb_to_oklab(
            np.array(
                [_hex_to_rgb(code) for codes in COLOUR_PROTOTYPES.values() for code in codes],
                np.float32,
            )
        )
    )
)


def _shrink(image: Array) -> Array:
    height, width = image.shape[:2]
    scale = _WORKING_SIDE / min(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = Image.fromarray((np.clip(image, 0, 1) * 255).round().astype(np.uint8))
    return np.asarray(picture.resize(size, Image.Resampling.BOX), np.float32) / np.float32(255)


def _palette(lab: Array) -> tuple[tuple[str, float], ...]:
    _, nearest = _TREE.query(_weighted(lab.reshape(-1, 3)))
    counts = np.bincount(nearest, minlength=len(_NAMES)) / nearest.size
    shares: dict[str, float] = {}
    for name, share in zip(_NAMES, counts, strict=True):
        shares[name] = shares.get(name, 0.0) + float(share)
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    return tuple((name, share) for name, share in ranked if share >= 0.02)


def _grain(lightness: Array) -> float:
    """Energy-weighted geometric mean of the scales of a difference-of-Gaussians stack."""
    levels = [lightness, *(ndimage.gaussian_filter(lightness, sigma) for sigma in _BAND_SIGMAS)]
    energy = np.array(
        [np.std(fine - coarse) for fine, coarse in zip(levels, levels[1:], strict=False)]
    )
    if energy.sum() < 1e-6:
        return float(_BAND_SIGMAS[-1])
    return float(np.exp(np.sum(energy * np.log(_BAND_SIGMAS)) / energy.sum()))


def measure(image: Array) -> Measurement:
    """Measure a picture.

    Args:
        image: (h, w, 3) sRGB in [0, 1].

    Returns:
        The measurement; independent of the picture's size beyond a short side of 160 px.
    """
    lab = srgb_to_oklab(_shrink(image))
    lightness = lab[..., 0]
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    smooth = ndimage.gaussian_filter(lightness, 0.8)
    gradient = np.hypot(ndimage.sobel(smooth, 0), ndimage.sobel(smooth, 1)) / 8
    direction = np.hypot(lab[..., 1].mean(), lab[..., 2].mean())
    mean_chroma = float(chroma.mean())
    return Measurement(
        palette=_palette(lab),
        brightness=float(lightness.mean()),
        saturation=mean_chroma,
        contrast=float(lightness.std()),
        edge_density=float((gradient > 0.06).mean()),
        grain=_grain(lightness),
        hue_spread=float(1 - direction / mean_chroma) if mean_chroma > 0.01 else 0.0,
    )


# Quantiles over 400 random training paintings: (10 %, 90 %) unless the name says otherwise.
_BRIGHTNESS = (0.41, 0.77)
_BRIGHTNESS_TERCILES = (0.52, 0.665)
_SATURATION = (0.018, 0.083)
_MEDIAN_SATURATION = 0.045
_CONTRAST = (0.098, 0.235)
_EDGE_DENSITY = (0.031, 0.253)
_GRAIN = (2.39, 3.43)
_HUE_SPREAD_COLOURFUL = 0.38
_WARM_SHARE = 0.78
_COOL_SHARE = 0.30
_GREYSCALE_SATURATION = 0.009
_ONE_HUE_SPREAD = 0.01
_DULL = NEUTRAL | {"brown", "beige", "cream"}


def _main_colours(palette: tuple[tuple[str, float], ...]) -> list[str]:
    """One to three colour names; vivid colours count threefold, as the eye counts them."""
    weights = {name: share * (1 if name in _DULL else 3) for name, share in palette}
    ranked = sorted(weights, key=lambda name: -weights[name])
    return [name for name in ranked[:3] if weights[name] >= 0.15] or ranked[:1]


def _palette_phrases(measured: Measurement) -> list[str]:
    colours = _main_colours(measured.palette)
    if not colours:
        return []
    if measured.brightness < _BRIGHTNESS_TERCILES[0]:
        tone = "dark "
    elif measured.brightness > _BRIGHTNESS_TERCILES[1]:
        tone = "pale " if measured.saturation < _MEDIAN_SATURATION else "bright "
    else:
        tone = ""
    if len(colours) == 1 or measured.palette[0][1] > 0.75:
        return [f"{colours[0]} tones", f"mostly {colours[0]}", f"in {colours[0]}"]
    pair = f"{colours[0]} and {colours[1]}"
    if colours[0] in ("black", "white"):
        tone = ""
    phrases = [f"{tone}{pair} palette", f"in {pair}", f"{pair} colours"]
    if len(colours) == 3:
        phrases.append(f"palette of {colours[0]}, {colours[1]} and {colours[2]}")
    return phrases


def _colour_phrases(measured: Measurement) -> list[str]:
    shares = dict(measured.palette)
    if measured.saturation < _GREYSCALE_SATURATION:
        return ["black and white", "monochrome", "greyscale", "without colour"]
    phrases = []
    if measured.hue_spread < _ONE_HUE_SPREAD:
        brown = sum(shares.get(name, 0) for name in ("brown", "beige", "cream"))
        phrases.append("sepia tones" if brown > 0.5 else "monochrome tint")
    if measured.saturation > _SATURATION[1]:
        phrases += ["bright saturated colours", "vivid colours"]
    elif measured.saturation < _SATURATION[0]:
        phrases.append("muted colours")
        if measured.brightness > _BRIGHTNESS_TERCILES[1]:
            phrases.append("pale and muted")
        elif measured.brightness < _BRIGHTNESS_TERCILES[0]:
            phrases.append("dark and muted")
    if measured.hue_spread > _HUE_SPREAD_COLOURFUL and measured.saturation > sum(_SATURATION) / 2:
        phrases += ["colourful", "many contrasting colours"]
    if sum(shares.get(name, 0) for name in WARM) > _WARM_SHARE:
        phrases.append("warm colours")
    elif sum(shares.get(name, 0) for name in COOL) > _COOL_SHARE:
        phrases.append("cool colours")
    return phrases


def _light_phrases(measured: Measurement) -> list[str]:
    phrases = []
    if measured.brightness < _BRIGHTNESS[0]:
        phrases += ["dark", "dark and gloomy", "low key"]
    elif measured.brightness > _BRIGHTNESS[1]:
        phrases += ["light and bright", "high key"]
    if measured.contrast > _CONTRAST[1]:
        phrases += ["high contrast", "strong light and dark"]
    elif measured.contrast < _CONTRAST[0]:
        phrases += ["low contrast", "soft even tones"]
    return phrases


def _detail_phrases(measured: Measurement) -> list[str]:
    phrases = []
    if measured.edge_density < _EDGE_DENSITY[0]:
        phrases += ["bold flat shapes", "large flat areas"]
    elif measured.edge_density > _EDGE_DENSITY[1]:
        phrases += ["busy with lines and edges", "intricate"]
    if measured.grain < _GRAIN[0]:
        phrases += ["fine detail", "fine lines and small dots"]
    elif measured.grain > _GRAIN[1] and measured.edge_density >= _EDGE_DENSITY[0]:
        phrases += ["loose broad strokes", "big bold shapes"]
    elif measured.grain > _GRAIN[1]:
        phrases.append("soft and blurry")
    return phrases


def describe(measurement: Measurement) -> list[str]:
    """Short caption phrases that fit a measurement: palette, colour, light, then detail.

    A palette phrase is nearly always there; the others only where the picture lies among the
    extreme tenth or so of the paintings.
    """
    return [
        *_palette_phrases(measurement),
        *_colour_phrases(measurement),
        *_light_phrases(measurement),
        *_detail_phrases(measurement),
    ]
