"""Brushwork: a picture painted once more with the marks of its style, along the edges of its photo.

Networks of this size decide on colours and contours well, and leave a fine crumple where a painter
would lay one stroke, or a mosaicist one stone. So a picture whose style has such marks is made of
them in the end: strokes of a brush, dots, tiles, panes of glass, planes, facets or pixels. Where
and how they lie depends on the photo and the seed alone; their colours are the picture's, those of
most also the photo's.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from ..geometry import Array
from ..style import BENEATH
from .cartoon import paint_cartoon
from .chalk import paint_chalk
from .charcoal import paint_charcoal
from .chiaroscuro import paint_chiaroscuro
from .cloison import paint_cloison
from .comic import paint_comic
from .crayon import paint_crayon
from .dots import paint_dots
from .dream import paint_dream
from .drip import paint_drip
from .engraving import paint_etching, paint_woodcut
from .facets import paint_facets
from .flames import paint_flames
from .flat import paint_flat
from .glass import paint_glass
from .gold import paint_gold
from .ground import SIDE, Ground, People
from .halftone import paint_halftone
from .impasto import paint_impasto
from .ink import paint_ink
from .inkwash import paint_inkwash
from .masses import paint_masses
from .mist import paint_fog, paint_rain
from .neon import paint_neon
from .night import paint_galaxy, paint_stars
from .nouveau import paint_nouveau
from .oil import BOLD, STROKES, WAVES, paint_oil
from .paint import Amount
from .pencil import paint_pencil
from .photograph import paint_photograph
from .pixels import paint_pixels
from .planes import paint_planes
from .posters import UKIYO, paint_print
from .screen import paint_screen
from .spray import paint_spray
from .tiles import paint_tiles
from .wash import paint_wash
from .wave import paint_wave
from .weather import paint_snow

_PAINTERS: Mapping[str, Callable[[Array, Ground, Amount, np.random.Generator], Array]] = {
    BENEATH: paint_masses,
    # Of the scene itself: media are laid over them.
    "fog": paint_fog,
    "rain": paint_rain,
    "snow": paint_snow,
    "stars": paint_stars,
    "galaxy": paint_galaxy,
    "flames": paint_flames,
    "flat": paint_flat,
    "nouveau": paint_nouveau,
    "ukiyo": partial(paint_print, UKIYO),
    "waveprint": paint_wave,
    "cartoon": paint_cartoon,
    "comic": paint_comic,
    "strokes": partial(paint_oil, STROKES),
    "bold": partial(paint_oil, BOLD),
    "waves": partial(paint_oil, WAVES),
    "cloison": paint_cloison,
    "chiaroscuro": paint_chiaroscuro,
    "dream": paint_dream,
    "dots": paint_dots,
    "impasto": paint_impasto,
    "starry": partial(paint_impasto, stars=0.9),
    "planes": paint_planes,
    "facets": paint_facets,
    "tiles": paint_tiles,
    "glass": paint_glass,
    "pixels": paint_pixels,
    "wash": paint_wash,
    "inkwash": paint_inkwash,
    "gold": paint_gold,
    "photograph": paint_photograph,
    "toned": partial(paint_photograph, toned=True),
    "screen": paint_screen,
    "halftone": paint_halftone,
    "crayon": paint_crayon,
    "pencil": paint_pencil,
    "charcoal": paint_charcoal,
    "etching": paint_etching,
    "woodcut": paint_woodcut,
    "spray": paint_spray,
    "drip": paint_drip,
    "ink": paint_ink,
    "chalk": paint_chalk,
    "neon": paint_neon,
}
MARKS = tuple(_PAINTERS)
"""In the order in which they lie over each other."""
SCENES = ("fog", "rain", "snow", "stars", "galaxy", "flames")
"""Marks of the scene itself, which media are laid over."""
LARGEST_SHARE = 0.8
"""Of scenes beside media, and of media beside scenes."""


def amounts(
    marks: Mapping[str, float], texture: float = 1.0, strength: Amount = 1.0
) -> dict[str, Amount]:
    """How much of each mark a picture gets, for `brushwork`.

    A scene and a medium take nothing from each other: half watercolour and half snow is a
    watercolour of snow. What lies beneath all marks is there whatever the texture: without it,
    there is not less brush work, but the crumple of the networks.

    Args:
        marks: `Style.marks`.
        texture: How much brush work there is; 1 is natural.
        strength: How far the picture goes towards its style, or a map of that, (h, w); marks are
            never more than whole.
    """
    far = np.minimum(1.0, strength)
    shown = {name: min(max(mark, 0.0), 1.0) for name, mark in marks.items()}
    scenes = sum(mark for name, mark in shown.items() if name in SCENES)
    media = max((mark for name, mark in shown.items() if name not in (*SCENES, BENEATH)), default=0)
    others = {True: 1 - min(media, LARGEST_SHARE), False: 1 - min(scenes, LARGEST_SHARE)}
    return {
        name: far * (1 if name == BENEATH else texture) * min(mark / others[name in SCENES], 1.0)
        for name, mark in shown.items()
    }


OWN_MASSES = frozenset(
    (
        *SCENES,
        *("flat", "nouveau", "ukiyo", "waveprint", "cartoon", "cloison", "chiaroscuro", "dots"),
        *("planes", "facets", "tiles", "glass", "pixels", "inkwash", "toned", "screen", "crayon"),
        *("pencil", "charcoal", "etching", "woodcut", "spray", "drip", "chalk", "neon"),
    )
)
"""Marks that take nothing but broad colours, or nothing, from what is beneath: where one of them is
whole, it need not be clean. Pictures differ by less than 0.02 on average."""


def needs_people(amounts: Mapping[str, Amount]) -> bool:
    """Whether marks are asked for that people are drawn differently in."""
    return any(np.any(amount) for mark, amount in amounts.items() if mark != BENEATH)


def brushwork(
    picture: Array,
    photo: Array,
    amounts: Mapping[str, Amount],
    seed: int = 0,
    stroke: float = 1.0,
    people: People | None = None,
    framed: bool = True,
) -> Array:
    """Repaints a picture.

    Args:
        picture: (3, h, w), cut to [0, 1]: where a change is weak, the networks' go a little beyond.
        photo: That it was made from, (3, h, w) in [0, 1].
        amounts: How much of each of `MARKS`, or maps of that, (h, w); 1 is natural, 0 none, as for
            those that are missing.
        seed: Of their places.
        stroke: Their size; 1 is natural, 2 twice as large. They are never wider than the photo.
        people: Where the photo shows people; None where nobody has looked.
        framed: The photo ends where the picture does, and so does the paper; frames of a film do
            not: what is at their border is in the middle of the next ones.

    Returns:
        (3, h, w) in [0, 1], float32.
    """
    present = [mark for mark in MARKS if np.any(amounts.get(mark, 0.0))]
    if any(mark in OWN_MASSES and np.min(amounts[mark]) >= 1 for mark in present):
        present = [mark for mark in present if mark != BENEATH]
    if not present:
        return picture
    picture = picture.clip(0, 1)
    rng = np.random.default_rng(seed)
    ground = Ground(photo, stroke * max(photo.shape[1:]) / SIDE, rng, people, framed)
    for mark in present:
        picture = _PAINTERS[mark](picture, ground, amounts[mark], copy.deepcopy(rng))
    return picture
