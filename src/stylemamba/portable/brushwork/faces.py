"""Faces as an illustrator simplifies them: one whole area of skin, and fine dark features on it."""

from __future__ import annotations

import numpy as np

from ..colour import to_oklab
from ..filters import blurred
from ..geometry import Array, luma
from ..sampling import blocks
from .ground import Ground
from .tones import smoothstep

GAP, CLOSED = 8.0, (0.52, 0.66)
"""Deviation in pixels of a window that closes gaps in skin, as of eyes, and from which to which
share of skin in it it does."""
REACH, SIDES = 42.0, (2.6, 3.0)
"""How far skin may be, in pixels, and on how many of four sides, around what is a gap, too."""
BESIDE, HUE, SHADOW = (0.08, 0.25), np.float32(0.022), (0.3, 0.42)
"""What is beside skin is skin, too: from which share of it in the window, how far from its colour
in Oklab's plane, and from which lightness on."""
LIPS = (0.04, 0.07)  # how much redder than skin, in Oklab, lips are
GREYER, PALE = (0.02, 0.04), (0.72, 0.85)
"""From how much greyer than skin in Oklab, and from which share of its lightness on, there are
teeth and whites of eyes."""
BESIDE_DARK, NEAR_DARK = 2.5, (0.04, 0.12)
"""Deviation in pixels of the window in which these have dark features, and the share of them."""
MOUTH, MOUTHS = 3.5, (0.12, 0.35)
"""Deviation in pixels of a window around lips, and the share of them in it from where to where it
is a mouth."""
AROUND = 9.0  # deviation in pixels of the window that features are darker than
DARKER = (0.12, 0.24)  # share by which they are, from where to where there is one


def whole(ground: Ground) -> Array:
    """Skin with eyes and lights on it, but without lips, 0 to 1, on the ground's grid."""
    skin = ground.skin
    near = ground.of(_near)
    lab = ground.of(_lab)
    plane = lab[1:]
    plane = plane - ((plane * skin).sum((1, 2)) / (skin.sum() + np.float32(1e-6)))[:, None, None]
    alike = np.exp(-np.square(plane / HUE).sum(0)) * smoothstep(*SHADOW, lab[0])
    closed = np.maximum(ground.of(_closed), alike * smoothstep(*BESIDE, near))
    return np.maximum(skin, closed) * (1 - smoothstep(*LIPS, plane[0]))


def features(ground: Ground) -> Array:
    """Eyes, brows, nostrils and mouths (h, w): what is darker on skin than around it, 0 to 1."""
    if not ground.skin.any():
        return np.zeros(ground.shape, dtype=np.float32)
    light = luma(ground.photo)
    face = ground.spread(np.maximum(ground.of(whole), ground.of(_closed)))
    mean, share = blurred(np.stack([light * face, face]), AROUND * ground.scale)
    around = mean / (share + np.float32(1e-3))
    face = face * ground.spread(ground.heads)
    return face * smoothstep(*DARKER, (around - light) / (around + np.float32(0.05)))


def filled(ground: Ground) -> Array:
    """Skin with all that lies in it, as eyes, 0 to 1, on the ground's grid."""
    return np.maximum(ground.skin, ground.of(_closed))


def lips(ground: Ground) -> Array:
    """Lips (h, w), 0 to 1: what is redder than the skin around it."""
    return ground.spread(ground.of(_lips))


def mouths(ground: Ground) -> Array:
    """Lips and what is between them (h, w), 0 to 1: teeth are not drawn."""
    around = blurred(ground.of(_lips), MOUTH * ground.scale / ground.pitch)
    return ground.spread(smoothstep(*MOUTHS, around))


def whites(ground: Ground) -> Array:
    """Teeth and whites of eyes (h, w), 0 to 1: pale and grey in a face, and beside what is dark."""
    if not ground.skin.any():
        return np.zeros(ground.shape, dtype=np.float32)
    photo, scale = blocks(ground.photo, ground.pitch), ground.scale / ground.pitch
    lab = to_oklab(photo)
    weight = ground.skin / ground.skin.sum()
    light, red, yellow = (lab * weight).sum((1, 2))
    grey = smoothstep(*GREYER, np.hypot((lab[1] - red).clip(None, 0), lab[2] - yellow))
    around = blurred(luma(photo), AROUND * scale)
    dark = smoothstep(*DARKER, (around - luma(photo)) / (around + np.float32(0.05)))
    beside = smoothstep(*NEAR_DARK, blurred(dark, BESIDE_DARK * scale))
    pale = smoothstep(*PALE, lab[0] / light)
    return ground.spread(grey * pale * beside * ground.of(_closed))


def _lips(ground: Ground) -> Array:
    """Lips (r, c) on the ground's grid."""
    skin = ground.skin
    if not skin.any():
        return np.zeros_like(skin)
    photo = to_oklab(blocks(ground.photo, ground.pitch))
    red = photo[1] - (photo[1] * skin).sum() / skin.sum()
    return smoothstep(*LIPS, red) * filled(ground)


def _closed(ground: Ground) -> Array:
    """Gaps in skin, and skin (r, c), 0 to 1."""
    far = round(REACH * ground.scale / ground.pitch)
    skin = ground.skin
    sides = _above(skin, far) + _above(skin[::-1], far)[::-1]
    sides += _above(skin.T, far).T + _above(skin.T[::-1], far)[::-1].T
    return np.maximum(
        smoothstep(*CLOSED, ground.of(_near)), blurred(smoothstep(*SIDES, sides), 1.0)
    )


def _above(maps: Array, far: int) -> Array:
    """The highest values of a map (r, c) within so many cells above each; by doubling."""
    most, reached = maps.copy(), 1
    while reached <= min(far, len(maps) - 1):
        step = min(reached, far + 1 - reached)
        most[step:] = np.maximum(most[step:], most[:-step].copy())
        reached += step
    return most


def _lab(ground: Ground) -> Array:
    return to_oklab(ground.masses)


def _near(ground: Ground) -> Array:
    return blurred(ground.skin, GAP * ground.scale / ground.pitch)
