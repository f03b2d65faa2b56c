"""Plates of a print: few large fields of one colour, their shades, and a black key over them.

Fields are regions of the photo, so their borders are its edges; what is small in them is left to
the key, which is all that is drawn. So colours may be flat and bold without anything being lost.

Source: XDoG (Winnemöller, Kyprianidis and Olsen, "XDoG: An eXtended difference-of-Gaussians
compendium", 2012): a photo sharpened by a difference of Gaussians, and cut at a threshold; here
that follows the lightness around, so that dark ground is not all black.
"""

from __future__ import annotations

import numpy as np

from ..colour import to_oklab
from ..filters import blurred
from ..geometry import Array, gradient, luma
from ..sampling import blocks, means
from .faces import filled, lips, whites
from .ground import Ground
from .regions import appearance, joined, surfaces, voted
from .tones import contrasty, smoothstep

COST, LEAST = 3.2, 70.0
"""Cost up to which fields are joined, and area in pixels at scale 1 that they have at least."""
LARGE, FAINT = 2500.0, 0.07
"""Area in pixels from which fields are large, and difference up to which they are joined yet."""
REACH, SOFT, OWN = 1.5, 0.7, np.float32(0.6)
"""How far in cells of the grid a field's border may move to an edge, deviation of what edges are
looked for in, in pixels, and share of a difference at which a place stays in its field."""
VOTES = 2  # rounds in which borders are smoothed
THIN, RATIO, SHARP = 0.95, 1.6, np.float32(9.0)
"""Deviation of the narrower Gaussian in pixels at scale 1, of the wider to it, and the gain."""
ORDER_AROUND, ORDER, LEAST_ORDER = 6.0, (0.07, 0.3), 0.27
"""Deviation in pixels of the window in which edges agree or not, from where to where they do, and
what is left of the gain where they do not: leaves are no lines."""
AROUND = 14.0  # deviation in pixels of the window that decides on what is dark
LOCAL, LEVEL, USUAL = np.float32(0.5), np.float32(0.52), 0.35
"""Share of the lightness around in the threshold, how far the threshold is below, and the quantile
of lightness that is the rest."""
PALE = np.float32(0.35)  # how much darker lips must be than other ground to be black
FACE, FINE = np.float32(0.2), np.float32(0.5)
"""How much higher the threshold and the gain are in faces, where all is relative to skin."""
RISE = (0.055, -0.015)  # lightness against the threshold from where to where the key is black
SPECK, SPECKS, GRIT = 2.2, (0.1, 0.26), 0.6
"""Deviation in pixels of a window, the share of black in it up to which there are only specks, and
how strong they are left on skin."""
SHADED, SHADE = (-0.06, -0.072), 2.4
"""Lightness against its field's from where to where there is shade, and deviation in pixels of the
window that it is looked for in: shades are broad and round."""
FLESHY = 0.6  # share of skin from which a field is
PICTURE = np.float32(0.15)  # share of the picture in the colours of fields
REST = 0.6  # deviation in pixels at scale 1 of the softness of borders


def fields(ground: Ground, rng: np.random.Generator, cost: float = COST) -> Array:
    """Number (h, w) of the field at every pixel, from 0 on.

    Args:
        ground: Of the photo.
        rng: Of the pieces that fields are joined from.
        cost: Up to which they are joined; see `regions.joined`.
    """
    maps = appearance(ground)
    cells = surfaces(ground, maps, rng, cost, LEAST, np.inf)
    area = np.bincount(cells.ravel()) * (ground.pitch / ground.scale) ** 2
    values = means(maps, cells, area.size)
    # What hardly differs is one, however large: skies have no borders.
    area = area.clip(None, LARGE)
    faint = FAINT * np.sqrt(LARGE / 2)
    cells = joined(cells, values, area, area, most=faint, least=LEAST, largest=np.inf)[cells]
    # Comparisons of short integers are quick.
    number = _fitted(ground.repeated(cells), ground).astype(np.uint16)
    for _ in range(VOTES):
        number = voted(number)
    return _renumbered(number)


def _renumbered(number: Array) -> Array:
    """Numbers (h, w) without gaps."""
    present = np.bincount(number.ravel()) > 0
    names: Array = np.cumsum(present) - 1
    return names[number]


def _fitted(number: Array, ground: Ground) -> Array:
    """Fields (h, w) whose borders have moved to the edges of the photo nearby."""
    height, width = number.shape
    far = max(1, round(REACH * ground.pitch))
    padded = np.pad(number, far, mode="edge")
    beside = ((0, far), (2 * far, far), (far, 0), (far, 2 * far))
    around = [padded[i : i + height, j : j + width] for i, j in beside]
    beside_others = around[0] != number
    for other in around[1:]:
        beside_others |= other != number
    y, x = np.nonzero(beside_others)
    photo = blurred(ground.photo, SOFT * ground.scale)
    colour = means(photo, number, int(number.max()) + 1)
    own = photo[:, y, x]
    best = number[y, x]
    least = OWN * np.square(own - colour[:, best]).sum(0)
    for other in around:
        there = other[y, x]
        distance = np.square(own - colour[:, there]).sum(0)
        best = np.where(distance < least, there, best)
        least = np.minimum(least, distance)
    fitted = number.copy()
    fitted[y, x] = best
    return fitted


def fleshy(skin: Array) -> Array:
    """Which fields are skin, by the share of it in them."""
    return skin > FLESHY


def key(ground: Ground, weight: float = 1.0, level: float = 1.0) -> Array:
    """The black plate (h, w), 0 to 1: lines, features, and what is dark.

    Args:
        ground: Of the photo.
        weight: Width of its lines; 1 is natural.
        level: How much of it is black, likewise.
    """
    grey = contrasty(ground.photo)
    size = THIN * weight * max(ground.scale, 0.6)
    narrow, wide = blurred(grey, size), blurred(grey, RATIO * size)
    around = blurred(grey, AROUND * ground.scale)
    usual = np.float32(np.quantile(grey[::4, ::4], USUAL))
    face = ground.spread(ground.face)
    share = LOCAL + (1 - LOCAL) * face
    least = LEVEL * level * (1 + FACE * face) * (usual + share * (around - usual))
    sharp = narrow + SHARP * ground.spread(ground.of(_order)) * (narrow - wide)
    # Lips keep their colour.
    least = least * (1 - PALE * lips(ground))
    black = smoothstep(*RISE, sharp - least)
    crowd = blurred(black, SPECK * ground.scale)
    return black * smoothstep(*SPECKS, crowd + SPECKS[1] * GRIT * ground.spread(ground.skin))


def _order(ground: Ground) -> Array:
    """How far the edges around each place (r, c) of the grid run one way, or cross squarely.

    As means of gradients whose angle is taken four times: windows have order, leaves have none.
    """
    down, right = gradient(blurred(ground.moments[0], 0.7))
    edge = (right + 1j * down).astype(np.complex64)
    size = np.abs(edge) + np.float32(1e-4)
    crossed = edge**4 / size**3
    around = blurred(
        np.stack([crossed.real, crossed.imag, size]), ORDER_AROUND * ground.scale / ground.pitch
    )
    order = smoothstep(*ORDER, np.hypot(*around[:2]) / around[2])
    return np.maximum(LEAST_ORDER + (1 - LEAST_ORDER) * order, (1 + FINE) * ground.face)


def shades(number: Array, ground: Ground) -> Array:
    """Where fields are in shade (h, w), 0 to 1: darker than their mean."""
    light = luma(ground.photo)
    mean = means(light[None], number, int(number.max()) + 1)[0]
    return smoothstep(*SHADED, blurred(light - mean[number], SHADE * ground.scale))


def coloured(cel: Array, ground: Ground, lip: tuple[float, ...], white: tuple[float, ...]) -> Array:
    """A sheet (3, h, w) with borders of a pixel's softness, and with lips, teeth and eyes on it."""
    cel = blurred(cel, REST * ground.scale)
    for colour, where in ((lip, lips(ground)), (white, whites(ground))):
        cel += where * (np.array(colour, dtype=np.float32)[:, None, None] - cel)
    return cel


def local(number: Array, ground: Ground, picture: Array) -> tuple[Array, Array, Array]:
    """Of every field: its colour (3, count) in Oklab, its share of the photo, and of skin in it.

    Args:
        number: Of the field at every pixel, (h, w).
        ground: Of the photo.
        picture: Whose share in the colours is `PICTURE`, (3, h, w).
    """
    count = int(number.max()) + 1
    cells = number[:: ground.pitch, :: ground.pitch]
    photo = to_oklab(ground.masses)
    lab = photo + PICTURE * (to_oklab(blocks(picture, ground.pitch)) - photo)
    share = np.bincount(number.ravel(), minlength=count) / number.size
    skin = means(filled(ground)[None], cells, count)[0]
    return means(lab, cells, count), share.astype(np.float32), skin
