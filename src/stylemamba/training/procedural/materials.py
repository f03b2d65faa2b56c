"""Pictures made of something: tiles, glass, stone, thread, paper, wood, metal, ice."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from stylemamba.training.procedural.filters import (
    Array,
    balanced_tone,
    blur,
    clip,
    contrast,
    displace,
    edge_strength,
    flow_angle,
    gradient,
    gradient_map,
    grain,
    hue_colour,
    inks,
    jittered_points,
    kuwahara,
    luminance,
    mix,
    nearest_indices,
    noise,
    normalise,
    palette_of,
    region_means,
    relief,
    saturate,
    screen,
    smear,
    smoothstep,
    voronoi,
)


def _stone_sites(
    shape: tuple[int, int], height: float, ratio: float, rng: np.random.Generator
) -> Array:
    """Centres (n, 2) of irregular stones laid in courses, `ratio` times wider than high."""
    sites = []
    for y in np.arange(-height, shape[0] + height, height):
        widths = height * ratio * rng.uniform(0.6, 1.4, int(shape[1] / (height * ratio * 0.9)) + 5)
        x = np.cumsum(widths) - widths / 2 - rng.uniform(1, 3) * height
        sites.append(np.stack([y + rng.normal(0, 0.12 * height, x.shape), x], -1))
    return np.concatenate(sites).astype(np.float32)


def stone_wall(image: Array, rng: np.random.Generator) -> Array:
    """The picture faded onto a wall of rough stone blocks with mortar."""
    shape = image.shape[:2]
    ratio = 1.7
    sites = _stone_sites(shape, rng.uniform(17, 24), ratio, rng)
    labels, joint = voronoi(shape, sites, (1.0, 1 / ratio))
    joint = joint + 1.0 * (noise(shape, 9, rng, 3) - 0.5)
    tone = balanced_tone(image)
    stone = gradient_map(tone, inks("#454038 #8c8275 #d9cfbd"))
    stone = mix(stone, saturate(image, 0.8), 0.12)
    per_stone = rng.normal(1, 0.12, (len(sites), 1)) * rng.normal(1, 0.03, (len(sites), 3))
    rough = noise(shape, 12, rng, 5)
    height = 1.6 * rough + 1.2 * smoothstep(joint, 0.5, 5.0) + 0.12 * grain(shape, 0.6, rng)
    stone = stone * per_stone[labels] * (0.75 + 0.5 * rough)[..., None]
    mortar = np.array([0.5, 0.48, 0.44], np.float32) * (0.7 + 0.3 * noise(shape, 3, rng))[..., None]
    wall = mix(mortar * 0.55, stone, smoothstep(joint, 0.8, 2.0))
    return clip(wall * relief(height, 1.5)[..., None])


def brick_wall(image: Array, rng: np.random.Generator) -> Array:
    """The picture painted on red bricks."""
    shape = image.shape[:2]
    height = rng.uniform(9, 12)
    width = height * 2.6
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    course = np.floor(y / height)
    along = x / width + 0.5 * (course % 2)
    joint = np.minimum(
        np.minimum(y / height % 1, 1 - y / height % 1) * height,
        np.minimum(along % 1, 1 - along % 1) * width,
    ) + 0.5 * (noise(shape, 5, rng) - 0.5)
    label = (course * 997 + np.floor(along) * 131).astype(int) % 512
    tone = contrast(balanced_tone(image), 1.15)
    clay = gradient_map(tone, inks("#33120d #9e4029 #edb894"))
    clay = clay * rng.normal(1, 0.12, 512)[label][..., None]
    rough = 0.5 * noise(shape, 8, rng, 4) + 0.07 * grain(shape, 0.6, rng)
    mortar = np.array([0.72, 0.68, 0.62], np.float32) * (0.55 + 0.45 * tone)[..., None]
    wall = mix(mortar, clay, smoothstep(joint, 0.5, 1.3))
    return clip(wall * relief(rough + 0.8 * smoothstep(joint, 0.3, 2), 1.3)[..., None])


def gold(image: Array, rng: np.random.Generator) -> Array:
    """Polished gold relief with sharp highlights."""
    tone = balanced_tone(kuwahara(image, 3), 0.4)
    shape = tone.shape
    dents = noise(shape, rng.uniform(9, 14), rng, 2)
    height = blur(tone, 1.3) + 0.09 * dents
    dy, dx = gradient(height, 1.3)
    facing = 26 * (dx + 1.2 * dy) / (1 + 9 * np.hypot(dx, dy))
    reflection = 0.5 + 0.5 * np.sin(2.2 * facing + 2.4 * tone - 0.9)
    value = clip(0.06 + 0.72 * reflection**1.3 + 0.25 * tone)
    glint = smoothstep(facing, 0.9, 1.6)
    ramp = inks("#1a0a00 #663305 #c78514 #facc4c #fff2b2")
    return clip(screen(gradient_map(value, ramp), glint[..., None] * np.array([0.6, 0.5, 0.25])))


def rust(image: Array, rng: np.random.Generator) -> Array:
    """Rusty metal: orange-brown corrosion eating teal-grey steel."""
    tone = normalise(luminance(image))
    shape = tone.shape
    scale = noise(shape, 26, rng, 5)
    eaten = smoothstep(scale + 0.35 * (1 - tone), 0.55, 0.8)
    steel = gradient_map(tone, inks("#141f24 #5c7378 #bdccc7"))
    pits = noise(shape, 5, rng, 3)
    rust = gradient_map(
        clip(0.65 * tone + 0.45 * pits - 0.05),
        inks("#290d05 #80330f #d16b1f #f2ad59"),
    )
    bumps = 0.7 * pits * eaten + 0.4 * eaten
    return clip(mix(steel, rust, eaten) * relief(bumps, 1.6)[..., None])


def wood_marquetry(image: Array, rng: np.random.Generator) -> Array:
    """Inlaid veneers: each region a piece of wood with its own tone and grain direction."""
    smooth = balanced_tone(kuwahara(kuwahara(blur(image, 2.0), 9), 7))[..., None].repeat(3, -1)
    shape = smooth.shape[:2]
    palette = palette_of(smooth, 6, rng)
    labels = ndimage.median_filter(nearest_indices(smooth, palette), 7)
    rank = np.argsort(np.argsort(luminance(palette)))
    woods = inks("#2b170d #542e17 #7a4521 #a16633 #c48f52 #e3ba80")
    base = np.asarray(woods, np.float32)[rank][labels]
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    warp = 40 * noise(shape, 110, rng, 3)
    rings = np.zeros(shape, np.float32)
    fibre = np.zeros(shape, np.float32)
    for i in range(len(palette)):
        a = rng.uniform(0, np.pi)
        across = y * np.cos(a) - x * np.sin(a) + warp
        inside = labels == i
        ring = (across * rng.uniform(0.06, 0.1)) % 1.0
        rings[inside] = (ring * ring)[inside]
        streak = smear(grain(shape, 0.5, rng), np.full(shape, a, np.float32), 6)
        fibre[inside] = streak[inside]
    seam = np.zeros(shape, bool)
    seam[:-1] |= labels[:-1] != labels[1:]
    seam[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    tone = 1.08 - 0.24 * rings + 0.08 * fibre
    return clip(base * tone[..., None] * (1 - 0.65 * seam)[..., None])


def marble(image: Array, rng: np.random.Generator) -> Array:
    """White marble relief with grey veins."""
    tone = balanced_tone(kuwahara(image, 3), 0.4)
    shape = tone.shape
    carve = relief(blur(tone, 1.4), 6.5, 1.2)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    turbulence = noise(shape, 60, rng, 5)
    veins = np.abs(np.sin((x + y * rng.uniform(0.3, 1.2)) * 0.035 + 9 * turbulence))
    vein = (1 - smoothstep(veins, 0.0, 0.22)) * noise(shape, 30, rng)
    value = clip((0.4 + 0.45 * tone) * carve)
    ramp = inks("#40424a #9e9ea3 #e6e3de #fffffc")
    stone = gradient_map(value, ramp)
    return clip(mix(stone, (0.36, 0.37, 0.41), 0.75 * vein))


def ice(image: Array, rng: np.random.Generator) -> Array:
    """Frozen: pale blue crystal facets, white cracks, frost on the edges."""
    shape = image.shape[:2]
    labels, border = voronoi(shape, jittered_points(shape, rng.uniform(16, 24), 1.0, rng))
    facets = rng.normal(0, 0.07, int(labels.max()) + 1).astype(np.float32)
    shift = rng.normal(0, 3, (2, int(labels.max()) + 1)).astype(np.float32)
    seen = displace(normalise(luminance(image)), shift[0][labels], shift[1][labels])
    tone = clip(0.18 + 0.75 * seen + facets[labels])
    ramp = inks("#051f4c #296ba8 #8ccced #edfaff")
    body = gradient_map(tone, ramp)
    frost = normalise(smear(grain(shape, 0.5, rng), flow_angle(noise(shape, 30, rng, 3), 3), 8))
    cracks = (1 - smoothstep(border, 0.2, 1.1)) * smoothstep(noise(shape, 40, rng), 0.25, 0.5)
    rime = smoothstep(edge_strength(seen, 1.5) * 0.6 + 0.6 * frost, 0.55, 1.0)
    return clip(screen(screen(body, 0.75 * cracks[..., None]), 0.65 * rime[..., None]))


def crystal(image: Array, rng: np.random.Generator) -> Array:
    """Gem facets of one hue with bright rims and inner sparkle."""
    shape = image.shape[:2]
    hue = rng.uniform(0.36, 0.44)
    points = jittered_points(shape, rng.uniform(10, 14), 1.1, rng)
    labels, border = voronoi(shape, points)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    tilt = rng.normal(0, 0.025, (2, len(points))).astype(np.float32)
    offset = np.stack([y, x]) - np.moveaxis(points[labels], -1, 0)
    plane = (tilt[:, labels] * offset).sum(0) + rng.normal(0, 0.13, len(points))[labels]
    tone = region_means(balanced_tone(image)[..., None].repeat(3, -1), labels)[labels, 0]
    value = clip(0.1 + 0.8 * tone + plane)
    shades = ((1.0, 0.1), (1.0, 0.4), (0.85, 0.75), (0.45, 0.95), (0.05, 1.0))
    ramp = [hue_colour(hue + 0.02 * i, *shade) for i, shade in enumerate(shades)]
    rim = 1 - smoothstep(border, 0.2, 1.3)
    return clip(screen(gradient_map(value, ramp), (0.55 * rim * (0.3 + value))[..., None]))


def desert_sand(image: Array, rng: np.random.Generator) -> Array:
    """Drawn in rippled desert sand."""
    tone = normalise(luminance(image))
    shape = tone.shape
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    bend = 26 * noise(shape, 80, rng, 3) + 8 * blur(tone, 3)
    ripples = 0.5 + 0.5 * np.sin((y + 0.35 * x + bend) * 2 * np.pi / rng.uniform(7, 9))
    height = 0.8 * ripples + 2.2 * blur(tone, 1.2) + 0.16 * grain(shape, 0.4, rng)
    sand = gradient_map(
        clip(0.18 + 0.6 * tone + 0.14 * ripples),
        inks("#5c331a #b27842 #e6b875 #fce6b2"),
    )
    return clip(sand * relief(height, 0.9)[..., None])
