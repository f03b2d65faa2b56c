"""Cartoon: clean bright colours, a shadow of a second tone, and a thick dark outline.

As cels are painted: every area one colour of the photo's own hue, from few inks; what is in shade
a step darker. Sources: cel shading (Lake, Marshall, Harris and Blackstein, "Stylized Rendering
Techniques for Scalable Real-Time 3D Animation", 2000); outlines as of `lines`.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred
from ..geometry import Array, luma
from ..sampling import blocks
from .faces import features, whole
from .flat import CRISP, areas, covers, felt, weights
from .ground import Ground
from .lines import drawing, outlines
from .paint import Amount, over
from .tones import smoothstep

INKS = 12
SHADOW, TEXTURE = 0.22, 0.08  # of what areas are told apart by; see `felt`
ROUND = 0.8  # deviation by which areas are rounded further, in cells of the ground's grid
PICTURE = (0.15, 0.15, 0.15)  # share of the picture in the colours, in Oklab
BRIGHT, CONTRAST, MEAN, LIFT = (0.17, 0.97), 1.35, 0.68, 0.6
"""Lightness of inks, its gain at most, and what part of them its mean comes to, by this power."""
VIVID, MOST = 2.0, 0.21  # gain in chroma, and what it tends to
GREYS = ((0.25, 0.01, -0.06), (0.6, -0.01, -0.06), (0.8, 0.01, 0.06), (0.97, 0.0, 0.02))
GREY = np.float32(0.028)
"""What greys of some lightness are painted in, (lightness, a, b) in Oklab; and chroma of a grey."""
SHADE, TONE = (0.72, 0.075, 0.068), (0.865, 0.045, 0.055)  # skin's in Oklab
TURN = (-0.03, 0.03)  # lightness against the mean of skin from where to where its shade ends
FINE, BROAD, EASE = 0.7, 1.9, 1.0  # half the widths of lines, and how easily they are drawn
BORDER = (0.2, 0.36)  # change of colour across an area's border from where to where it has a line
WIDTH = 1.1  # half the width of that, in pixels at scale 1
BLACK = (0.1, 0.16)  # lightness of the photo from where to where black ends
INK = np.array([0.07, 0.055, 0.085], dtype=np.float32)[:, None, None]


def paint_cartoon(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) as a cel of a cartoon, in [0, 1]; see `brushwork`."""
    area = blurred(areas(ground, felt(ground, SHADOW, TEXTURE), INKS, CRISP), ROUND)
    inks = _inks(picture, area, ground)
    cover = covers(area, ground)
    cel = np.tensordot(inks, cover, ((0,), (0,)))
    line = np.maximum(*drawing(ground, rng, FINE, BROAD, EASE))
    line = np.maximum(line, outlines(cel, WIDTH * ground.scale, BORDER))
    line = np.maximum(line, features(ground))
    line = np.maximum(line, 1 - smoothstep(*BLACK, luma(ground.photo)))
    return over(picture, cel + line * (INK - cel), amount)


def _inks(picture: Array, area: Array, ground: Ground) -> Array:
    """Bright colours (count, 3) of areas (count, h', w')."""
    weight, cover = area.sum((1, 2)), weights(area)
    photo, painted = (to_oklab(maps) for maps in (ground.masses, blocks(picture, ground.pitch)))
    share = np.array(PICTURE, dtype=np.float32)[:, None, None]
    ink = cover @ (photo + share * (painted - photo)).reshape(3, -1).T
    chroma = np.hypot(*ink[:, 1:].T)[:, None]
    ink[:, 1:] *= np.float32(MOST) * np.tanh(VIVID * chroma / MOST) / (chroma + np.float32(1e-4))
    level, *plane = np.array(GREYS).T
    grey = np.stack([np.interp(ink[:, 0], level, part) for part in plane], 1)
    ink[:, 1:] += np.exp(-np.square(chroma / GREY)) * (grey - ink[:, 1:])
    share = weight / weight.sum()
    mean = share @ ink[:, 0]
    deviation = np.sqrt(share @ np.square(ink[:, 0] - mean))
    gain = np.clip(0.22 / (deviation + 1e-3), 1, CONTRAST)
    light = (mean + gain * (ink[:, 0] - mean)).clip(*BRIGHT)
    # Black stays black, and paper white: what lies between is lifted.
    part = (light - BRIGHT[0]) / (BRIGHT[1] - BRIGHT[0])
    middle = float(np.clip(share @ part, 0.05, 0.95))
    power = np.clip(np.log(MEAN) / np.log(middle), LIFT, 1)
    ink[:, 0] = BRIGHT[0] + (BRIGHT[1] - BRIGHT[0]) * part**power
    skin = (cover @ ground.of(whole).ravel())[:, None]
    light = cover @ luma(ground.masses).ravel()
    part = smoothstep(*TURN, light - _mean(light, skin[:, 0] ** 2 * weight))[:, None]
    shade, tone = np.array([SHADE, TONE], dtype=np.float32)
    tone = shade + part * (tone - shade)
    ink += smoothstep(0.35, 0.65, skin) * (tone - ink)
    return from_oklab(ink.T).T


def _mean(values: Array, weights: Array) -> float:
    return float((values * weights).sum() / (weights.sum() + 1e-6))
