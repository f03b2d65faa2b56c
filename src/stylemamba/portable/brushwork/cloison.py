"""Cloisonnism: bold areas of flat colour within dark contours, as Gauguin and Bernard paint.

Areas are laid in parallel strokes; contours are of Prussian blue and brown, as leads of enamel.

Sources: areas and contours as in Winnemöller, Olsen and Gooch, "Real-Time Video Abstraction"
(2006) and in Kang, Lee and Chui, "Coherent Line Drawing" (2007).
"""

from __future__ import annotations

import numpy as np

from ..filters import guided
from ..geometry import Array, luma
from ..sampling import blocks
from .chance import clouds
from .curves import Hand, Layer, brushed, directions
from .drawing import flow
from .flat import stains
from .ground import Ground
from .lines import contours
from .paint import Amount, over
from .study import complexion, empty, enlivened
from .tones import smoothstep

CLOISON = Hand(
    layers=(
        Layer(5.0, 34.0, 1.5, 0.0),
        Layer(2.6, 12.0, 1.0, 0.06),
    ),
    tone=0.12,
    hue=0.1,
    chroma=0.05,
    chroma_jitter=0.12,
    shade=0.028,
    tint=0.006,
    bristle=0.2,
    streak=0.03,
    layer=0.3,
    relief=0.035,
)
GREY, WARM, VIVID = 1.1, 0.26, np.float32(1.5)  # of the study; see there
LIFT = np.float32(0.16)  # how much lighter shadows are
AREAS, SOFT = 8, 0.006  # colours of the areas at most, and how softly they meet
SHADED, SKY = np.float32(0.3), np.float32(0.6)
"""Share of the modelling that flat areas keep, and that of calm ground: skies have no steps."""
SKIN = (
    (0.12, 0.09, 0.16),
    (0.36, 0.19, 0.16),
    (0.66, 0.38, 0.22),
    (0.87, 0.6, 0.36),
    (0.95, 0.76, 0.52),
    (0.99, 0.88, 0.69),
)
"""Of skin, from its features to its lights, in even steps."""
SMOOTH, SMOOTH_EDGE = 4.0, 0.08  # radius in pixels and deviation of what modelling ignores
UPRIGHT, SWAY, SWAYS = 1.2, 0.25, 120.0  # angle of strokes, its deviation, and its waves in pixels
CONTOUR = np.array([0.07, 0.075, 0.15], dtype=np.float32)[:, None, None]
BROAD, FINE, LENGTH = 3.4, 1.7, 8.0  # widths of contours and over what they are smooth, in pixels
LEAST = (0.015, 0.04)  # how much darker than around, from where to where there is a contour
SOFT_FACE = 0.45  # how much fainter they are on skin


def paint_cloison(
    picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator
) -> Array:
    """The picture (3, h, w) in areas with dark contours, in [0, 1]; see `brushwork`."""
    face = ground.spread(ground.face)
    study = enlivened(picture, GREY, WARM)
    light = luma(study)
    study = (light + VIVID * (study - light) + LIFT * np.square((1 - light).clip(0))).clip(0, 1)
    light = luma(study)
    flat = stains(study, ground, AREAS, SOFT)
    few, guide = blocks(study, ground.pitch), ground.moments[0]
    smooth = ground.spread(guided(few, guide, SMOOTH * ground.scale / ground.pitch, SMOOTH_EDGE))
    flat = flat + (SHADED + (SKY - SHADED) * empty(ground)) * (smooth - flat)
    flat = flat + face * (complexion(ground, face, SKIN) - flat)
    rest = UPRIGHT + SWAY * clouds(ground.angle.shape, SWAYS * ground.scale / ground.pitch, rng)
    way = directions(flow(ground, 6.0, rest, 0.08))
    paint = brushed(flat, flat, luma(flat), way, CLOISON, ground, rng)
    light = luma(ground.photo)
    broad, fine = (contours(light, ground, size, LENGTH) for size in (BROAD, FINE))
    line = np.maximum(
        smoothstep(*LEAST, broad) * (1 - 0.8 * face),
        smoothstep(*LEAST, fine) * (1 - SOFT_FACE * face),
    )
    line = 0.9 * line * smoothstep(0.0, 0.15, luma(paint))
    return over(picture, paint + line * (CONTOUR - paint), amount)
