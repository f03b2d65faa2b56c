"""Weather: snow that lies on what faces up, and falls."""

from __future__ import annotations

import numpy as np

from ..filters import blurred, guided, swept
from ..geometry import Array, gradient, luma
from ..sampling import blocks
from .chance import grain, noise
from .ground import Ground
from .paint import Amount, over
from .scene import masses, scattered, sky, specks
from .tones import smoothstep, stretched

SIMPLE, EDGE = 3.0, 0.05  # size in pixels and change of luma that are left out of the photo
BRUSHED = np.float32(0.85)  # share of broad masses in them, beside faces
BALANCED = np.float32(0.5)  # share of the light's own colour that is taken from it
PAINTED = 0.12  # share of the picture in the colours
LEFT, RED_LEFT = 0.6, 1.0  # share of the colours that is left, and of red and yellow ones


def _rgb(red: float, green: float, blue: float) -> Array:
    return np.array([red, green, blue], dtype=np.float32)[:, None, None]


AIR = _rgb(0.66, 0.74, 0.86)  # full of snow
HAZE = np.float32(0.32)  # share of air in what is farthest
SHADOW = _rgb(0.015, 0.045, 0.13)  # the darkest
LIT_SNOW, SHADED_SNOW = _rgb(0.985, 0.99, 1.0), _rgb(0.56, 0.69, 0.90)
LEVEL = (0.1, 0.06)  # deviation of the photo from where to where ground in front is level
SOIL = np.float32(0.8)  # how much snow lies on rough ground, beside plants
WARMED = np.float32(0.6)  # how far people are in the light of faces, not in that of the sky
PERSON_SOFT, AROUND = 4.0, 32.0  # softness of people in pixels, and how far snow stays off them
HAIR = np.float32(0.85)  # how much less lies where hair and clothes may pass for plants
CONTRAST = 0.95  # how far tones go along an S-shaped curve
BLUE, WARM = _rgb(-0.07, -0.015, 0.07), _rgb(0.03, 0.0, -0.005)  # of mid-tones, and of skin
FOCUS, FOCUSED = (0.03, 0.07), 4.0
"""Gradient of luma from where to where edges are in focus, and within which pixels."""
FINE, BENEATH, LIGHTS, FROSTED = 1.5, 4.0, (0.01, 0.13), np.float32(0.7)
"""What faces up is lighter than what is beneath: after a Gaussian of that deviation, how far that
is, in pixels, the difference from where to where it counts, and how opaque snow there is."""
BANK, MOST_BANK = 34.0, 0.11  # depth of the snow in front of all, in pixels, and of the height
BANKS = ((1.0, 0.85), (0.5, 1.05))  # the farther first: shares of that depth, and how lit they are
WAVE, UNEVEN, BANK_EDGE, SUNK = 110.0, np.float32(0.4), 0.12, np.float32(0.5)
"""Length of their waves in pixels, deviation of those as a share of the depth, that of a soft edge,
and how much darker a bank grows over the depth."""
SHALLOW = np.float32(0.1)  # share of its depth below people
CAP, ABOVE = 5.0, 0.5  # how deep snow lies on edges in pixels, and the share of it that is above
DRIFT = (0.9, 0.45)  # down and to the right
LEDGE, LEDGE_TILTS = 40.0, (-0.6, -0.3, 0, 0.3, 0.6)  # that snow lies on: length, and slopes
ENDS, ROUND = (0.5, 1.0), 1.4
"""Share of a ledge around from where to where a cap is whole, and how full its profile is."""
RIDGE = 12.0  # pixels over which upper edges of things go on, at least
BESIDE, HAZY, CLEAR = 5.0, 0.008, 0.22
"""How far above edges nothing must be, in pixels; changes of luma that are nothing; and the sum of
others, from the upper border on, that is something."""
WORN = np.float32(0.85)  # how deep snow is on people
SNAP, SNAPPED = 6.0, 0.05  # radius in pixels, and deviation, of the edges that people are found to
POWDER, STOP, STOPPED = 8.0, (0.03, 0.1), np.float32(0.7)
"""How far down powder lies, in pixels; change of the photo from where to where edges end it, and by
how much."""
GRAIN, GRAINS, POWDERED = np.float32(0.16), (0.47, 0.87), np.float32(0.85)
"""Deviation of its grain, from which sum to which it is whole, and how opaque it is."""
VIVID, COVERED = (0.25, 0.45), np.float32(0.9)
"""Range of channels above, from where to where there is no cap, and how much less on people."""
FLAKES = (
    (1.2, 0.65, 0.7, 0.7),
    (0.28, 1.2, 1.2, 0.85),
    (0.045, 2.3, 2.0, 0.85),
    (0.010, 5.5, 4.0, 0.5),
    (0.004, 10.0, 6.0, 0.3),
)
"""Of far, near and nearest flakes: how many there are in 20 by 20 pixels, their size and their
drift in pixels, and how opaque they are."""


def paint_snow(picture: Array, ground: Ground, amount: Amount, rng: np.random.Generator) -> Array:
    """The scene (3, h, w) in winter, in [0, 1]; see `brushwork`."""
    shape, pitch = ground.shape, ground.pitch
    colour = blocks(ground.photo, pitch)
    face, open_sky = ground.face, sky(ground, colour)
    colour = colour + BRUSHED * (1 - face) * (ground.masses - colour)
    dust = _dust(ground, colour, face, open_sky) * (1 - face)
    cast = (colour - luma(colour)).mean((1, 2))[:, None, None]
    colour = colour - BALANCED * (1 - face) * 2 * luma(colour) * cast
    colour = colour + PAINTED * (1 - face) * (blocks(picture, pitch) - colour)
    scene = masses(
        ground,
        _cold(colour, dust, np.maximum(face, WARMED * _people(ground)), open_sky),
        SIMPLE,
        EDGE,
    )
    scene = _frosted(scene, ground, dust)
    depth = _caps(ground, face, open_sky, rng)
    powder = ground.spread(_settled(ground, depth, face, rng))
    scene = scene + POWDERED * powder * (LIT_SNOW - scene)
    scene = _covered(scene, ground.spread(depth), ground.scale)
    scene = _banked(scene, ground, rng)
    flakes = _flakes(shape, ground.scale, rng) * (1 - 0.6 * ground.spread(face))
    return over(picture, scene + flakes * (LIT_SNOW - scene), amount)


def _people(ground: Ground) -> Array:
    """How much there are people (r, c), softly, 0 to 1."""
    return blurred(ground.persons, PERSON_SOFT * ground.scale / ground.pitch)


def _near(ground: Ground) -> Array:
    """How near people are (r, c), 0 to 1: of their hands and hats, not all is found."""
    around = blurred(ground.persons, AROUND * ground.scale / ground.pitch)
    return np.maximum(ground.persons, smoothstep(0.01, 0.2, around))


def _frosted(scene: Array, ground: Ground, dust: Array) -> Array:
    """A scene (3, h, w) with snow on the lights of what is rough: they face up."""
    light = blurred(luma(ground.photo), FINE * ground.scale)
    far = max(1, round(BENEATH * ground.scale))
    beneath = np.pad(light, ((0, far), (0, 0)), mode="edge")[far:]
    lights = smoothstep(*LIGHTS, light - beneath)
    frosted: Array = scene + FROSTED * ground.spread(dust) * lights * (LIT_SNOW - scene)
    return frosted


def _banked(scene: Array, ground: Ground, rng: np.random.Generator) -> Array:
    """A scene (3, h, w) behind banks of snow along its lower border, shallow below people."""
    height, width = ground.shape
    deep, length = min(BANK * ground.scale, MOST_BANK * height), WAVE * ground.scale
    rows = np.arange(height, dtype=np.float32)[:, None]
    low = ground.spread(_people(ground))[-int(2 * deep) - 1 :].mean(0, keepdims=True)
    bare = 1 - smoothstep(0.02, 0.2, blurred(low, length / 4))
    for share, lit in BANKS:
        wave = blurred(noise((1, width), length, rng), length / 4)
        top = share * (1 + UNEVEN * wave.clip(-2, 2)) * (SHALLOW + (1 - SHALLOW) * bare)
        under = (rows - height) / deep + top
        snow = SHADED_SNOW + (lit - SUNK * under.clip(0)) * (LIT_SNOW - SHADED_SNOW)
        scene = scene + smoothstep(0, BANK_EDGE, under) * (snow - scene)
    return scene


def _dust(ground: Ground, colour: Array, face: Array, open_sky: Array) -> Array:
    """How much snow lies on plants and on rough ground (r, c), 0 to 1."""
    step = ground.scale / ground.pitch
    red, green, blue = colour
    most = np.maximum(np.maximum(red, green), blue) + np.float32(0.02)
    saturation = 1 - np.minimum(np.minimum(red, green), blue) / most
    leaf = smoothstep(0.0, 0.12, (green - blue) / most)
    leaf *= 1 - smoothstep(0.0, 0.06, (red - green) / most)
    # Smooth yellow things are no plants: they are bright, dry grass is not.
    rows = np.linspace(0, 1, leaf.shape[0], dtype=np.float32)[:, None]
    rough = smoothstep(0.006, 0.02, blurred(np.sqrt(ground.variance(2 * ground.scale)), 2.4 * step))
    bright = smoothstep(0.45, 0.65, red) * smoothstep(0.4, 0.7, (red - blue) / most)
    leaf *= 1 - (1 - rough) * bright
    soil = rough * smoothstep(0.3, 0.65, rows) * (1 - smoothstep(0.45, 0.7, saturation))
    dull = 1 - smoothstep(0.5, 0.7, saturation)
    calm = smoothstep(*LEVEL, np.sqrt(ground.variance(8 * ground.scale)))
    earth = calm * dull * smoothstep(-0.05, 0.1, (red - blue) / most) * smoothstep(0.45, 0.65, rows)
    soil = np.maximum(soil, earth)
    light = ground.moments[0]
    texture = light - blurred(light, 0.4 * 8 * step)
    caught = 0.75 + 0.25 * smoothstep(-0.04, 0.05, texture)
    near = _near(ground)
    lying = np.maximum(
        blurred(leaf, 0.8) * (1 - HAIR * near), SOIL * blurred(soil, 1.6) * (1 - near)
    )
    dust: Array = lying * caught * (1 - open_sky)
    return dust.astype(np.float32)


def _cold(colour: Array, dust: Array, face: Array, open_sky: Array) -> Array:
    """Colours (3, r, c) in the light of an overcast winter day."""
    light = stretched(luma(colour))
    light = light + CONTRAST * (smoothstep(0, 1, light) - light) * (1 - 0.6 * face)
    red = smoothstep(0.1, 0.35, colour[0] - colour[2])
    left = LEFT + np.maximum(face, red) * (RED_LEFT - LEFT)
    shadow = SHADOW * (1 - 0.6 * face)
    light = light ** (1 - 0.2 * face)
    cold = shadow + light * (LIT_SNOW - shadow) + left * (colour - luma(colour))
    # Shades are lit by the sky.
    cold = cold + BLUE * (4 * light * (1 - light)) * (1 - face) * (1 - 0.7 * red)
    cold = cold + WARM * face
    # Of itself it is bright, however dark the ground was.
    lit = luma(colour) / (blurred(luma(colour), 16) + np.float32(0.05))
    snow = SHADED_SNOW + (0.4 + 0.5 * lit).clip(0, 1) * (LIT_SNOW - SHADED_SNOW)
    cold = cold + 0.9 * dust * (snow - cold)
    # Haze: the higher, the farther, as far as a photo says.
    rows = np.linspace(1, 0, light.shape[0], dtype=np.float32)[:, None]
    far = np.maximum(HAZE * smoothstep(0.2, 1, rows) * (1 - face), 0.5 * open_sky)
    return cold + far * (AIR - cold)


def _caps(ground: Ground, face: Array, open_sky: Array, rng: np.random.Generator) -> Array:
    """How deep snow lies on tops of things, 0 to about 1, (r, c); shallower towards their ends."""
    step = ground.scale / ground.pitch
    size, length = max(1, round(CAP * step)), LEDGE * step
    tops = _tops(ground, face, open_sky, size)
    long = np.max([swept(tops, tilt * length, length) for tilt in LEDGE_TILTS], axis=0)
    others = np.maximum(_shoulders(ground, face), _ridges(ground, face))
    tops = np.maximum(tops * smoothstep(*ENDS, long), WORN * others)
    deep = tops * (1 + 0.35 * noise(tops.shape, 14 * step, rng)).clip(0.3)
    cap = np.zeros_like(tops)
    up = round(ABOVE * size)
    for shift in range(-up, size - up + 1):
        share = (size - up - shift) / size if shift > 0 else (shift + up + 1) / (up + 1)
        cap = np.maximum(cap, np.roll(deep, shift, axis=0) * np.float32(np.sqrt(ROUND * share)))
    return blurred(cap.clip(0, 1), 0.4 * 2 * step)


def _settled(ground: Ground, depth: Array, face: Array, rng: np.random.Generator) -> Array:
    """How much powder (r, c) lies below caps that deep, as far down as the next edge, 0 to 1."""
    step = ground.scale / ground.pitch
    edge = smoothstep(*STOP, np.hypot(*gradient(ground.masses.mean(0))))
    left = np.float32(np.exp(-1 / (POWDER * step))) * (1 - STOPPED * edge)
    powder = smoothstep(0.25, 0.6, depth)
    for i in range(1, len(powder)):
        np.maximum(powder[i], powder[i - 1] * left[i], out=powder[i])
    powder = blurred(powder, 1.0) * (1 - face)
    return smoothstep(*GRAINS, powder + GRAIN * grain(powder.shape, 0.7, rng))


def _shoulders(ground: Ground, face: Array) -> Array:
    """Upper edges of people's hair and clothes (r, c), 0 to 1."""
    step = ground.scale / ground.pitch
    found = guided(ground.persons, ground.moments[0], SNAP * step, SNAPPED)
    down, right = gradient(blurred(found, 1.0 * step))
    slope = down / (np.hypot(down, right) + np.float32(0.02))
    tops = smoothstep(0.02, 0.07, down * step) * smoothstep(0.2, 0.7, slope)
    bare: Array = tops * (1 - smoothstep(0.1, 0.4, blurred(face, 1.2 * step)))
    return bare


def _tops(ground: Ground, face: Array, open_sky: Array, size: int) -> Array:
    """Where edges (r, c) are tops that snow lies on, as deep as so many places; 0 to 1."""
    step = ground.scale / ground.pitch
    down, right = gradient(blurred(ground.moments[0], 0.4 * 2 * step))
    sharp = blurred(np.hypot(*gradient(ground.moments[0])), 0.4 * 2 * step)
    # An edge is all of one direction, a texture is not.
    total = blurred(np.hypot(down, right), 2.4 * step) + np.float32(0.002)
    lone = smoothstep(0.4, 0.75, blurred(down, 2.4 * step) / total)
    # No snow lies within a thing of one vivid colour.
    lone *= 1 - smoothstep(*VIVID, np.roll(np.ptp(ground.masses, axis=0), size, axis=0))
    slope = np.abs(down) / (np.hypot(down, right) + np.float32(0.004))
    ends = gradient(blurred(open_sky, 0.4 * size))[0]
    above, below = smoothstep(0.02, 0.08, -ends), smoothstep(0.02, 0.08, ends)
    # Tops are lit from above; before the sky they may be dark.
    tops = np.abs(down) * above + down.clip(0) * lone * (1 - above) * (1 - below)
    tops = tops * smoothstep(0.3, 0.75, slope)
    tops = tops * (1 - smoothstep(0.0, 0.3, blurred(face, 1.6 * step)))
    tops = smoothstep(0.006, 0.025, swept(tops, 0, size)) * _in_focus(ground)
    result: Array = tops * smoothstep(0.02, 0.04, sharp) * (1 - COVERED * _near(ground))
    return result


def _ridges(ground: Ground, face: Array) -> Array:
    """Upper edges (r, c) of what is in focus and the first thing from above, 0 to 1."""
    step = ground.scale / ground.pitch
    down, right = gradient(blurred(ground.moments[0], 0.4 * 2 * step))
    change = np.hypot(down, right)
    met = np.cumsum((change - np.float32(HAZY)).clip(0), axis=0)
    far = max(1, round(BESIDE * step))
    above = np.pad(met, ((far, 0), (0, 0)))[:-far]
    clear = np.exp(-np.square(above / np.float32(CLEAR)))
    ways = np.stack([gradient(plane) for plane in ground.masses])
    size = np.hypot(ways[:, 0], ways[:, 1]) + np.float32(0.004)
    edge = (np.abs(ways[:, 0]) * smoothstep(0.35, 0.75, np.abs(ways[:, 0]) / size)).max(0)
    ridge = smoothstep(0.015, 0.05, edge * clear) * _in_focus(ground) * (1 - face)
    long = [swept(ridge, tilt * RIDGE * step, RIDGE * step) for tilt in LEDGE_TILTS]
    near: Array = smoothstep(0.15, 0.45, np.max(long, axis=0)) * (1 - HAIR * _near(ground))
    return near


def _in_focus(ground: Ground) -> Array:
    """Where edges are sharp (r, c), 0 to 1: their gradient is that of few pixels of the photo."""
    down, right = gradient(luma(ground.photo))
    sharp = blocks(np.square(np.hypot(down, right)), ground.pitch)
    near = blurred(sharp, FOCUSED * ground.scale / ground.pitch)
    return smoothstep(*FOCUS, np.sqrt(near))


def _covered(scene: Array, depth: Array, scale: float) -> Array:
    """A scene (3, h, w) under snow that lies as deep as (h, w) says."""
    cover = smoothstep(0.25, 0.6, depth)
    relief = blurred(depth, 0.4 * 2.5 * scale)
    down, right = gradient(relief)
    shade = smoothstep(-0.12, 0.03, scale * (down + 0.3 * right))
    snow = SHADED_SNOW + (0.3 + 0.7 * shade) * (LIT_SNOW - SHADED_SNOW)
    return scene + cover * (snow - scene)


def _flakes(shape: tuple[int, ...], scale: float, rng: np.random.Generator) -> Array:
    """Falling snow (h, w)."""
    clear = np.ones(shape, dtype=np.float32)
    for count, size, drift, opacity in FLAKES:
        place = scattered(shape, count, scale, rng)
        chance = rng.random((2, place.shape[1]), dtype=np.float32)
        uneven = rng.standard_normal(place.shape[1], dtype=np.float32)
        sizes = scale * size * np.exp(0.3 * uneven.clip(-2, 2))
        fall = scale * drift * np.array(DRIFT, dtype=np.float32)[:, None] * (0.6 + 0.8 * chance[0])
        strength = opacity * (0.4 + 0.6 * chance[1:])
        clear *= 1 - specks(shape, place, sizes.clip(0.35), fall, strength)[0]
    return 1 - clear
