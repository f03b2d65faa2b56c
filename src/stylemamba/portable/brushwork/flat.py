"""Flat inks: the picture as clean areas of few colours, as a block printer lays them.

Where the areas lie follows from the photo alone; their colours are the picture's and the photo's,
one for each ink, drawn towards the pigments of a Japanese printer. Skin has inks of its own, from
the warm white of paper on. Source: tones that step sharply at edges and softly elsewhere
(Winnemöller, Olsen and Gooch, "Real-Time Video Abstraction", 2006), here of a palette found by
k-means; on a sky they are the printer's bokashi.
"""

from __future__ import annotations

import numpy as np

from ..colour import from_oklab, to_oklab
from ..filters import blurred, guided
from ..geometry import Array, luma, steepness
from ..sampling import blocks, enlarged
from .chance import grain
from .faces import whole
from .ground import Ground
from .paint import Amount, over
from .tones import smoothstep

INKS = 12
SAMPLES = 4096  # colours of the photo that areas are found from
SETTLINGS = 8  # steps of Lloyd's algorithm
CHROMA = np.float32(1.5)  # weight of differences in chroma, to those in lightness
APART, ALIKE_SKIN = np.float32(0.35), np.float32(0.4)
"""How far skin is from all else, in lightness, and what is left of differences within it."""
TEXTURE = 8.0  # radius in pixels of the windows that texture is evened out in
SHADOW = 0.3  # lightness below which tones hardly differ: black hair is one area
NOWHERE = 9.0  # colour of an area without pixels: far from all others
ALIKE = 0.0015  # squared difference in colour up to which one ink does for all
CRISP, SOFT = 0.0012, 0.004
"""Squared difference in colour over which one ink gives way to the next: at edges and elsewhere."""
HALF = 2  # side of the cells in which places look around, in those of the ground's grid
AGREEMENTS, AGREEMENT, NEAR, BROKEN = 2, np.float32(14.0), 5.0, (0.05, 0.3)
"""How often and how strongly places take the ink of those around, deviation of that window in
pixels, and the share of edges in it from where to where they do: specks go, borders are straight
(mean field of a Potts model; Kraehenbuehl and Koltun, "Dense CRFs", 2011)."""
EDGE = (0.008, 0.03)  # change of colour per pixel from where to where ground counts as an edge
CUT = 1.0  # deviation by which the shapes of areas are rounded, in cells of the ground's grid
SQUARINGS, WIDE = 2, 4
"""How often the covers are squared, which makes borders crisp, and the pitch of the ground's grid
in pixels from which they are so once more."""
COARSE = 4  # side of the cells in which an ink's lightness is found, in those of the ground's grid
DRIFT = 70.0  # pixels over which the lightness of one ink may change
EVERYWHERE = np.float32(0.05)  # weight of the whole picture in it
PHOTO = (0.5, 0.5, 0.5)  # share of the photo in the colours, in Oklab
PIGMENTS = ((0.15, 0.62), (0.13, 1.4), (0.05, 2.6), (0.1, 4.5))
"""Chroma and hue in Oklab, the latter in radians: of vermilion, ochre, grey-green and
Prussian blue."""
PULL, NARROW = np.float32(0.5), 3.0
"""How far inks are drawn to them, and how clearly the nearest hue is preferred."""
GREYS = ((0.25, 0.0, -0.04), (0.45, -0.01, -0.015), (0.65, 0.0, 0.02), (0.95, 0.01, 0.035))
GREY, COLOURFUL = 0.01, 0.055
"""What greys of some lightness are printed in, from indigo to the paper's cream, (lightness, a, b)
in Oklab; and chroma of what is grey and of what is not."""
FULL = np.float32(0.8)  # how little of the lift in lightness full colours get
VIVID, RESTORED = np.float32(1.4), 1.6
"""Gain in chroma, and that which brings back at most what the means have lost."""
DARK, LIGHT, TAIL = 0.22, 0.94, 0.03
"""Lightness of the darkest and of the lightest inks, whose share of the picture is the tail."""
STRETCH = 1.5  # gain in contrast at most
SKIN_SHADE, SKIN_LIGHT = (0.8, 0.045, 0.06), (0.93, 0.015, 0.045)
"""Of skin in Oklab: the second tone, and paper."""
GRAIN, TOOTH = 0.6, np.float32(0.007)
"""Deviation of the paper's grain in pixels at scale 1, and how much lighter or darker it is."""
MIDDLE, LIFT = 0.68, 0.55  # lightness that the middle tone is lifted to, by this gamma at most


def paint_flat(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The picture (3, h, w) in flat inks, in [0, 1]; see `brushwork`."""
    area = areas(ground, felt(ground), INKS, SOFT)
    return over(picture, printed(_inks(picture, area, ground), area, ground, rng), amount)


def stains(picture: Array, ground: Ground, count: int, soft: float = SOFT) -> Array:
    """Flat areas (3, h, w) of few colours, those of a picture (3, h, w); see `areas`."""
    area = areas(ground, felt(ground), count, soft)
    inks = mixed(picture, area, ground)
    inks[:, 0] = toned(inks[:, 0], area.sum((1, 2)))
    flat: Array = np.tensordot(fleshed(inks, area, ground), covers(area, ground), ((0,), (0,)))
    return flat


def opponent(photo: Array) -> Array:
    """Lightness, and weighted differences of red and blue from it, (3, h, w), of a photo."""
    light = luma(photo)
    return np.stack([light, CHROMA * 0.7 * (photo[0] - light), CHROMA * 0.56 * (photo[2] - light)])


def felt(ground: Ground, shadow: float = SHADOW, texture: float = 0.0) -> Array:
    """By what areas are told apart (4, h', w'): `opponent` of the photo's masses, and skin.

    Args:
        ground: Of the photo.
        shadow: Lightness below which tones hardly differ: black hair is one area.
        texture: Deviation of lightness, not on skin, that is evened out.
    """
    colour, skin = opponent(ground.masses), ground.of(whole)
    light = np.hypot(colour[0], np.float32(shadow))
    if texture:
        calm = guided(light, light, TEXTURE * ground.scale / ground.pitch, texture)
        light = skin * light + (1 - skin) * calm
    colour[0] = light
    return np.concatenate([colour * (1 - (1 - ALIKE_SKIN) * skin), APART * skin[None]])


def areas(ground: Ground, colour: Array, count: int, soft: float) -> Array:
    """Where each of some inks is laid, of dark colours first: (count, h', w'), adding up to 1.

    Args:
        ground: On whose grid they are.
        colour: By which they are told apart, (c, h', w'), the lightness first.
        count: Of inks.
        soft: Squared difference in colour over which they change where there is no edge.
    """
    steps = steepness(colour) * np.float32(ground.scale / ground.pitch)
    edge = smoothstep(*EDGE, blurred(steps, 1.0))
    flat = colour.reshape(len(colour), -1)
    middle = centres(flat, count)
    far = np.square(middle).sum(1)[:, None] - 2 * middle @ flat
    far -= far.min(0)
    far /= (soft + (CRISP - soft) * edge).ravel()
    cover = _shares(far)
    step = ground.scale / ground.pitch
    broken = smoothstep(*BROKEN, blurred(edge, NEAR * step)).ravel()
    for _ in range(AGREEMENTS):
        around = blurred(blocks(cover.reshape(-1, *edge.shape), HALF), NEAR / HALF * step)
        around = enlarged(around, HALF, edge.shape).reshape(cover.shape)
        cover = _shares(far - AGREEMENT * broken * around)
    return blurred(cover.reshape(-1, *edge.shape), CUT)


def _shares(far: Array) -> Array:
    """What is nearest has the largest share of each place: softmax over the first axis."""
    cover = np.exp(far.min(0) - far)
    cover /= cover.sum(0)
    return cover


def covers(area: Array, ground: Ground) -> Array:
    """`areas` as (count, h, w), their borders crisp."""
    cover = ground.spread(area)
    for _ in range(SQUARINGS + (ground.pitch > WIDE)):
        np.square(cover, out=cover)
    cover /= cover.sum(0)
    return cover


def centres(colours: Array, count: int) -> Array:
    """Colours (count, c), dark ones first, that colours (c, n) are near to: k-means.

    It begins with the mean, then those that are farthest from all others, so that small areas of a
    colour of their own are not lost and nothing is left to chance.
    """
    points = colours[:, :: max(1, colours.shape[1] // SAMPLES)].T
    first = [points.mean(0)]
    nearest = np.full(len(points), np.inf, dtype=np.float32)
    for _ in range(count - 1):
        nearest = np.minimum(nearest, np.square(points - first[-1]).sum(1))
        if nearest.max() < ALIKE:
            break
        first.append(points[nearest.argmax()])
    centres = np.full((count, len(colours)), NOWHERE, dtype=np.float32)
    centres[: len(first)] = first
    for _ in range(SETTLINGS):
        own = (np.square(centres).sum(1) - 2 * points @ centres.T).argmin(1)
        number = np.bincount(own, minlength=count)[:, None]
        sums = np.stack([np.bincount(own, column, count) for column in points.T], 1)
        centres = np.where(number > 0, sums / np.maximum(number, 1), NOWHERE)
    ordered: Array = centres[np.argsort(centres[:, 0])].astype(np.float32)
    return ordered


def weights(area: Array) -> Array:
    """Weights (count, h' * w') of all places in the mean over each area (count, h', w')."""
    cover = area.reshape(len(area), -1)
    whole: Array = cover / (cover.sum(1, keepdims=True) + np.float32(1e-6))
    return whole


def mixed(picture: Array, area: Array, ground: Ground) -> Array:
    """The colours (count, 3) in Oklab of areas (count, h', w') of a picture and its photo."""
    cover = weights(area)
    share = np.array(PHOTO, dtype=np.float32)[:, None, None]
    painted, photo = (to_oklab(maps) for maps in (blocks(picture, ground.pitch), ground.masses))
    lab = (painted + share * (photo - painted)).reshape(3, -1)
    ink = cover @ lab.T
    chroma = cover @ np.hypot(lab[1], lab[2])
    left = np.hypot(ink[:, 1], ink[:, 2])
    ink[:, 1:] *= (VIVID * (chroma / np.maximum(left, 0.02)).clip(1, RESTORED))[:, None]
    return ink


def fleshed(ink: Array, area: Array, ground: Ground) -> Array:
    """The colours (count, 3) of areas in sRGB, those of skin in its own."""
    cover = weights(area)
    skin = (cover @ ground.of(whole).ravel())[:, None]
    light = cover @ luma(ground.masses).ravel()
    ink = ink + smoothstep(0.35, 0.65, skin) * (_complexion(light, skin) - ink)
    return from_oklab(ink.T).T


def printed(inks: Array, area: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """Inks (count, 3) on paper, (3, h, w)."""
    flat = np.tensordot(inks, covers(area, ground), ((0,), (0,)))
    flat += ground.spread(enlarged(_drift(area, ground), COARSE, area.shape[1:]))
    flat *= 1 + TOOTH * grain(ground.shape, GRAIN * ground.scale, rng)
    printed: Array = flat
    return printed


def _inks(picture: Array, area: Array, ground: Ground) -> Array:
    """The colours (count, 3) that a Japanese printer has for areas of a picture and its photo."""
    ink = mixed(picture, area, ground)
    ink[:, 1:] += PULL * (_pigment(ink[:, 1:]) - ink[:, 1:])
    # Pigments of full colour have a lightness of their own.
    paler = 1 - FULL * smoothstep(0.06, 0.13, np.hypot(*ink[:, 1:].T))
    ink[:, 0] += paler * (toned(ink[:, 0], area.sum((1, 2))) - ink[:, 0])
    level, *plane = np.array(GREYS).T
    grey = np.stack([np.interp(ink[:, 0], level, part) for part in plane], 1)
    ink[:, 1:] += (1 - smoothstep(GREY, COLOURFUL, np.hypot(*ink[:, 1:].T)))[:, None] * grey
    return fleshed(ink, area, ground)


def _pigment(plane: Array) -> Array:
    """The pigments (n, 2) nearest in hue to colours in Oklab's plane, as far from grey."""
    size = np.hypot(*plane.T)[:, None]
    chroma, hue = np.array(PIGMENTS, dtype=np.float32).T
    axes = np.stack([np.cos(hue), np.sin(hue)])
    near = np.exp(NARROW * plane @ axes / (size + np.float32(0.02)))
    near /= near.sum(1, keepdims=True)
    towards = near @ (chroma * axes).T
    result: Array = towards * np.minimum(1.2, size / (near @ chroma)[:, None])
    return result


def _complexion(light: Array, skin: Array) -> Array:
    """Skin's colours (n, 3) in Oklab by lightness in the photo (n,); a share (n, 1) is skin."""
    weight = skin[:, 0] ** 2
    mean = (light * weight).sum() / (weight.sum() + np.float32(1e-6))
    part = smoothstep(-0.16, 0.06, light - mean)[:, None]
    shade, paper = np.array([SKIN_SHADE, SKIN_LIGHT], dtype=np.float32)
    return shade + part * (paper - shade)


def _drift(area: Array, ground: Ground) -> Array:
    """How much lighter (h", w") than elsewhere the inks of each place are, on a coarse grid."""
    cover = blocks(area, COARSE) + np.float32(1e-6)
    light = blocks(luma(ground.masses), COARSE)
    weighted = np.stack([cover * light, cover], 1)
    around = blurred(weighted, DRIFT * ground.scale / (COARSE * ground.pitch))
    whole = weighted.mean((-2, -1), keepdims=True)
    around += EVERYWHERE * whole
    drift = around[:, 0] / around[:, 1] - whole[:, 0] / whole[:, 1]
    result: Array = (cover * drift).sum(0) / cover.sum(0)
    return result


def toned(light: Array, cover: Array) -> Array:
    """Lightness (count,) of inks, from nearly black to nearly white, that cover (count,)."""
    order = np.argsort(light)
    share = np.cumsum(cover[order])
    places = np.searchsorted(share, share[-1] * np.array([TAIL, 0.5, 1 - TAIL]))
    low, middle, high = light[order][places.clip(0, len(light) - 1)]
    gain = np.clip((LIGHT - DARK) / max(high - low, 1e-3), 1, STRETCH)
    centre, half = (low + high) / 2, gain * (high - low) / 2
    to = np.clip(centre, min(DARK + half, 0.5), max(LIGHT - half, 0.5))
    middle = np.clip(to + gain * (middle - centre), 0.05, MIDDLE)
    lift = max(np.log(MIDDLE) / np.log(middle), LIFT)
    result: Array = (to + gain * (light - centre)).clip(0, 1).astype(np.float32) ** np.float32(lift)
    return result
