"""Cartoon: clean bright colours, a shadow of a second tone, and a black line.

As cels are painted: every field one colour of the photo's own hue; what is in shade a step darker.
Source: cel shading (Lake, Marshall, Harris and Blackstein, "Stylized Rendering Techniques for
Scalable Real-Time 3D Animation", 2000), on the fields of `plates`.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab
from ..geometry import Array
from .ground import Ground
from .lines import bold
from .paint import Amount, over
from .plates import coloured, fields, key, local, shades
from .tones import smoothstep

BRIGHT, CONTRAST, MEAN, LIFT = (0.2, 0.97), 1.4, 0.73, 0.55
"""Lightness of colours, its gain at most, and the part of them its mean comes to, by this power."""
VIVID, MOST = 2.5, 0.22  # gain in chroma, and what it tends to
GREYS = ((0.25, 0.01, -0.05), (0.6, -0.01, -0.045), (0.8, 0.008, 0.04), (0.97, 0.0, 0.02))
GREY = np.float32(0.024)
"""What greys of some lightness are painted in, (lightness, a, b) in Oklab; and chroma of a grey."""
TONE = (0.865, 0.045, 0.055)  # skin's in Oklab
DARKER, SHIFT = np.float32(0.84), np.array([0.0, 0.012, -0.012], dtype=np.float32)[:, None]
"""Share of a colour's lightness in its shade, and the change of its hue: shadows are cooler."""
LIP, WHITE = (0.78, 0.26, 0.27), (0.99, 0.98, 0.96)
WEIGHT, LEVEL = 1.05, 0.94  # of the line, and how much is black
BROAD, EASE = 1.5, 0.8  # half the width of broad lines, and how easily they are drawn
INK = np.array([0.07, 0.055, 0.085], dtype=np.float32)[:, None, None]


def paint_cartoon(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) as a cel of a cartoon, in [0, 1]; see `brushwork`."""
    number = fields(ground, rng)
    lab = _colours(*local(number, ground, picture))
    shade = DARKER ** np.array([1, 0, 0], dtype=np.float32)[:, None]
    tones = from_oklab(np.stack([lab, lab * shade + SHIFT], axis=1))
    lit, dark = tones[:, 0, number], tones[:, 1, number]
    cel = coloured(lit + shades(number, ground) * (dark - lit), ground, LIP, WHITE)
    line = np.maximum(key(ground, WEIGHT, LEVEL), bold(ground, rng, BROAD, EASE))
    return over(picture, cel + line * (INK - cel), amount)


def _colours(lab: Array, share: Array, skin: Array) -> Array:
    """Bright colours (3, count) of fields in Oklab, from their own, and what share is skin."""
    light, plane = lab[0], lab[1:]
    chroma = np.hypot(*plane)
    plane = plane * np.float32(MOST) * np.tanh(VIVID * chroma / MOST) / (chroma + np.float32(1e-4))
    level, *tinges = np.array(GREYS).T
    grey = np.stack([np.interp(light, level, tinge) for tinge in tinges])
    plane += np.exp(-np.square(chroma / GREY)) * (grey - plane)
    ink = np.stack([bright(light, share), *plane])
    tone = np.array(TONE, dtype=np.float32)[:, None]
    return (ink + smoothstep(0.35, 0.65, skin) * (tone - ink)).astype(np.float32)


def bright(light: Array, share: Array) -> Array:
    """Lightness (count,) with more contrast; black stays black, and white: the rest is lifted."""
    mean = share @ light
    deviation = np.sqrt(share @ np.square(light - mean))
    gain = np.clip(0.22 / (deviation + 1e-3), 1, CONTRAST)
    part = ((mean + gain * (light - mean)).clip(*BRIGHT) - BRIGHT[0]) / (BRIGHT[1] - BRIGHT[0])
    middle = float(np.clip(share @ part, 0.05, 0.95))
    power = np.clip(np.log(MEAN) / np.log(middle), LIFT, 1)
    result: Array = BRIGHT[0] + (BRIGHT[1] - BRIGHT[0]) * part**power
    return result
