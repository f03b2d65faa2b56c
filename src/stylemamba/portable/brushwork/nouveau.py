"""Art nouveau: muted fields with a flowing outline and soft modelling, a halo and a frame.

As Mucha's lithographs are printed: pale, warm tints, umber for what is dark, and never black; a
strong line around what stands out, and fine ones, as of hair, within.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab
from ..filters import blurred
from ..geometry import Array, luma
from ..sampling import means
from .cartoon import bright
from .faces import features, filled, lips
from .ground import Ground
from .lines import outlines, relative
from .ornament import framed, haloed
from .paint import Amount, over
from .plates import coloured, fields, local
from .tones import smoothstep

COST = 3.0  # up to which fields are joined
LIGHT = (0.33, 0.64)  # lightness of the darkest tint, and what that of the lightest is more
CHROMA, MOST = np.float32(1.5), np.float32(0.085)  # gain of it, and what it tends to
WARM = np.array([0.002, 0.022], dtype=np.float32)[:, None]  # of all, as of old paper
UMBER, DARK = np.array([0.036, 0.044], dtype=np.float32)[:, None], (0.6, 0.46)
"""What is dark is printed in, from which lightness to which."""
FLESH = (0.885, 0.034, 0.048)  # skin's in Oklab
MODELLED, MOST_MODELLED, SOFT = np.float32(1.0), np.float32(0.15), 0.9
"""How much of the photo's shading is on fields, at most, and its softness in pixels."""
FACE_MODELLED = np.float32(0.9)  # how much more there is on skin
INK = np.array([0.27, 0.14, 0.085], dtype=np.float32)[:, None, None]
OUTLINE, OUTLINED = 1.0, (0.11, 0.27)
"""Half the width in pixels of lines around fields, and the change of colour from where to where."""
WIDTH, LENGTH, DRAWN, PLAIN = 0.9, 6.9, (0.035, 0.085), np.float32(0.85)
"""Of lines within; see `lines.relative`; and how plain they are."""
CROWD, CROWDED = 8.0, (0.35, 0.8)
"""Deviation in pixels of a window, and the share of lines in it from where to where there are too
many: few are drawn."""
FEATURE, WITHIN, INSIDE = np.float32(0.85), 3.0, (0.7, 0.9)
"""How plain eyes, brows and mouths are, and the share of face in a window of that deviation in
pixels from where to where what is dark is not hair."""
LIGHTER = np.float32(0.7)  # how much less of a line lips are
LIP, WHITE = (0.80, 0.42, 0.36), (0.98, 0.95, 0.89)


def paint_nouveau(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) as a poster of art nouveau, in [0, 1]; see `brushwork`."""
    number = fields(ground, rng, COST)
    tint = from_oklab(_tints(*local(number, ground, picture)))[:, number]
    line = _lines(tint, ground)
    sheet = coloured(tint, ground, LIP, WHITE) + _modelling(number, ground)
    sheet = haloed(sheet, INK, ground)
    sheet = sheet + line * (INK - sheet)
    return over(picture, framed(sheet, INK, ground), amount)


def _tints(lab: Array, share: Array, skin: Array) -> Array:
    """Tints (3, count) in Oklab of fields, from their own colours, and what share is skin."""
    light = LIGHT[0] + LIGHT[1] * bright(lab[0], share)
    chroma = np.hypot(*lab[1:]) + np.float32(1e-4)
    plane = lab[1:] * MOST * np.tanh(CHROMA * chroma / MOST) / chroma + WARM
    plane += smoothstep(*DARK, light) * (UMBER - plane)
    tint = np.concatenate([light[None], plane])
    flesh = np.array(FLESH, dtype=np.float32)[:, None]
    return (tint + smoothstep(0.35, 0.65, skin) * (flesh - tint)).astype(np.float32)


def _modelling(number: Array, ground: Ground) -> Array:
    """How much lighter than its field each place (h, w) is, softly."""
    light = blurred(luma(ground.photo), SOFT * ground.scale)
    mean = means(light[None], number, int(number.max()) + 1)[0]
    gain = MODELLED * (1 + (FACE_MODELLED - 1) * ground.spread(ground.skin))
    shaped: Array = MOST_MODELLED * np.tanh(gain * (light - mean[number]) / MOST_MODELLED)
    return shaped


def _lines(tint: Array, ground: Ground) -> Array:
    """All that is drawn (h, w), 0 to 1."""
    inner = PLAIN * smoothstep(*DRAWN, relative(ground, WIDTH, LENGTH))
    face = ground.spread(ground.face)
    crowd = blurred(inner, CROWD * ground.scale)
    inner *= 1 - smoothstep(*CROWDED, crowd) * (1 - face)
    line = np.maximum(inner, outlines(tint, OUTLINE * ground.scale, OUTLINED) * (1 - 0.5 * face))
    inside = blurred(filled(ground), WITHIN * ground.scale / ground.pitch)
    inside = ground.spread(smoothstep(*INSIDE, inside))
    dark = FEATURE * (1 - LIGHTER * lips(ground)) * features(ground)
    return np.maximum(line, inside * dark)
