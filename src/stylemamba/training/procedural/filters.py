"""Building blocks of the procedural styles: noise, edges, flow, quantisation, relief, blending.

Images are (h, w, 3) float32 in [0, 1], maps are (h, w) float32; every function works for any size.
"""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from scipy import ndimage
from scipy.spatial import cKDTree

from stylemamba.portable.geometry import LUMA

Array = NDArray[np.float32]
Reals = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]


def clip(image: Reals) -> Array:
    """Clamp to [0, 1] as float32."""
    return np.clip(image, 0, 1).astype(np.float32)


def luminance(image: Array) -> Array:
    """Rec. 601 luma (h, w) of an image (h, w, 3)."""
    return np.asarray(image @ np.array(LUMA, np.float32), np.float32)


def blur(image: Array, sigma: float) -> Array:
    """Gaussian blur over the two spatial axes, sigma in pixels."""
    spread = (sigma, sigma, 0)[: image.ndim]
    return np.asarray(ndimage.gaussian_filter(image, spread, mode="nearest"), np.float32)


def mix(first: Reals | Colour, second: Reals | Colour, amount: Reals | float) -> Array:
    """Blend two images or colours; `amount` (scalar or (h, w)) is the share of `second`."""
    share = np.asarray(amount, np.float32)
    if share.ndim == 2:
        share = share[..., None]
    return np.asarray(np.asarray(first) * (1 - share) + np.asarray(second) * share, np.float32)


def screen(first: Array, second: Array) -> Array:
    """Screen blend: light added to light."""
    return 1 - (1 - first) * (1 - second)


def saturate(image: Array, factor: float) -> Array:
    """Scale the distance of every pixel from its own grey by `factor`."""
    grey = luminance(image)[..., None]
    return clip(grey + factor * (image - grey))


def contrast(values: Array, factor: float, middle: float = 0.5) -> Array:
    """Scale around `middle` and clamp."""
    return clip((values - middle) * factor + middle)


def normalise(values: Array, low: float = 1.0, high: float = 99.0) -> Array:
    """Stretch the given percentiles of a map to 0 and 1."""
    bottom, top = np.percentile(values, [low, high])
    return clip((values - bottom) / max(float(top - bottom), 1e-4))


def balanced_tone(image: Array, amount: float = 0.6) -> Array:
    """Luma (h, w) moved by `amount` towards an even histogram: no picture drowns in black."""
    tone = normalise(luminance(image))
    levels = np.linspace(0, 1, 65)
    even = np.interp(tone, np.quantile(tone, levels) + levels * 1e-5, levels)
    return np.asarray(tone + amount * (even - tone), np.float32)


def relit(image: Array, tone: Array, least: float, most: float) -> Array:
    """Scale every pixel towards the luma `tone`, by a factor between `least` and `most`."""
    factor = tone / np.maximum(luminance(image), 0.05)
    return clip(image * factor.clip(least, most)[..., None])


def smoothstep(values: Reals, low: Reals | float, high: Reals | float) -> Array:
    """Hermite step from 0 at `low` to 1 at `high`."""
    t = clip((values - low) / (high - low))
    return t * t * (3 - 2 * t)


def hue_colour(hue: float, saturation: float = 1.0, value: float = 1.0) -> Colour:
    """RGB of a hue in turns (any real number)."""
    return colorsys.hsv_to_rgb(hue % 1.0, saturation, value)


def inks(codes: str) -> tuple[Colour, ...]:
    """Colours from hexadecimal codes: `inks("#000000 #ff8000")`."""
    rows = [[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in codes.split()]
    return tuple((red, green, blue) for red, green, blue in rows)


def gradient_map(tone: Array, stops: Sequence[Colour]) -> Array:
    """Colour a map in [0, 1] with evenly spaced colour stops -> (h, w, 3)."""
    position = np.linspace(0, 1, len(stops))
    channels = np.asarray(stops, np.float32).T
    return np.stack([np.interp(tone, position, c) for c in channels], -1).astype(np.float32)


def noise(
    shape: tuple[int, int],
    scale: float,
    rng: np.random.Generator,
    octaves: int = 4,
    stretch: tuple[float, float] = (1.0, 1.0),
) -> Array:
    """Fractal value noise (h, w), stretched to [0, 1].

    Args:
        shape: (h, w).
        scale: size in pixels of the largest features.
        rng: source of chance.
        octaves: number of layers, each half as large and half as strong.
        stretch: factors on the scale along (y, x), for grain with a direction.
    """
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        size = scale / 2**octave
        if size < 1 and octave:
            break
        steps = [max(size * s, 1.0) for s in stretch]
        grid = rng.random([int(n / s) + 4 for n, s in zip(shape, steps, strict=True)])
        axes = [np.arange(n) / s + 1 for n, s in zip(shape, steps, strict=True)]
        points = np.meshgrid(*axes, indexing="ij")
        layer = ndimage.map_coordinates(grid, points, order=3, mode="nearest")
        total += layer.astype(np.float32) / 2**octave
    return normalise(total, 0.5, 99.5)


def grain(shape: tuple[int, int], sigma: float, rng: np.random.Generator) -> Array:
    """Fine Gaussian noise (h, w) with zero mean and unit deviation, smoothed by `sigma`."""
    field = blur(rng.standard_normal(shape).astype(np.float32), sigma)
    return field / max(float(field.std()), 1e-6)


def gradient(tone: Array, sigma: float) -> tuple[Array, Array]:
    """Gaussian derivatives (d/dy, d/dx) of a map."""
    smooth = blur(tone, sigma)
    return (
        ndimage.sobel(smooth, 0, mode="nearest") / 8,
        ndimage.sobel(smooth, 1, mode="nearest") / 8,
    )


def edge_strength(tone: Array, sigma: float) -> Array:
    """Gradient magnitude, its 98th percentile scaled to 1 (a flat picture stays near 0)."""
    magnitude = np.hypot(*gradient(tone, sigma))
    return clip(magnitude / max(float(np.percentile(magnitude, 98)), 0.01))


def flow_angle(tone: Array, sigma: float) -> Array:
    """Angle (h, w) along the contours, from the smoothed structure tensor."""
    dy, dx = gradient(tone, 1.0)
    xx, yy, xy = (blur(p, sigma) for p in (dx * dx, dy * dy, dx * dy))
    return np.asarray(0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2, np.float32)


def smear(values: Array, angle: Array, length: int) -> Array:
    """Average along the direction field `angle`: a line integral of 2 * length + 1 samples.

    Source: Cabral and Leedom, "Imaging vector fields using line integral convolution" (1993), with
    straight segments refreshed at each step.
    """
    height, width = values.shape[:2]
    grid = np.mgrid[:height, :width].astype(np.float32)
    total = values.astype(np.float32).copy()
    step = np.stack([np.sin(angle), np.cos(angle)])
    for sign in (1.0, -1.0):
        position = grid.copy()
        heading = sign * step
        for _ in range(length):
            position += heading
            row = np.clip(np.rint(position[0]), 0, height - 1).astype(np.intp)
            column = np.clip(np.rint(position[1]), 0, width - 1).astype(np.intp)
            total += values[row, column]
            following = step[:, row, column]
            along = np.sign((following * heading).sum(0))
            heading = following * np.where(along == 0, 1, along)
    return np.asarray(total / (2 * length + 1), np.float32)


def line_drawing(tone: Array, sigma: float, low: float = 0.03, high: float = 0.07) -> Array:
    """Lines (h, w), 1 on paper and 0 on ink, by a difference of Gaussians of log tone.

    Logarithms make a contour in the shadows as strong as one in the lights. After Winnemoeller,
    Kyprianidis and Olsen, "XDoG" (2012), with a smooth step from `low` to `high` as threshold.
    """
    depth = np.log(tone + 0.1)
    dark_side = blur(depth, 1.6 * sigma) - blur(depth, sigma)
    return 1 - smoothstep(dark_side, low, high)


def kuwahara(image: Array, radius: float) -> Array:
    """Kuwahara filter with eight Gaussian sectors: each pixel takes the least varying mean."""
    sigma, reach = radius / 2.6, radius / 1.5
    tone = luminance(image)
    mean, average = blur(image, sigma), blur(tone, sigma)
    variance = blur(tone * tone, sigma) - average**2
    height, width = tone.shape
    best = np.full(tone.shape, np.inf, np.float32)
    result = mean
    for turn in np.arange(8) * np.pi / 4:
        y, x = round(reach * np.sin(turn)), round(reach * np.cos(turn))
        rows = np.clip(np.arange(height) + y, 0, height - 1)[:, None]
        columns = np.clip(np.arange(width) + x, 0, width - 1)[None]
        spread = variance[rows, columns]
        better = spread < best
        best = np.where(better, spread, best)
        result = np.where(better[..., None], mean[rows, columns], result)
    return np.asarray(result, np.float32)


def palette_of(image: Array, count: int, rng: np.random.Generator) -> Array:
    """Representative colours (count, 3) by k-means over a sample of the pixels."""
    pixels = image.reshape(-1, 3)
    sample = pixels[rng.integers(0, len(pixels), 1500)]
    centres = sample[rng.integers(0, len(sample), count)].copy()
    for _ in range(8):
        nearest = cKDTree(centres).query(sample)[1]
        sums = np.stack([np.bincount(nearest, sample[:, c], count) for c in range(3)], -1)
        weights = np.bincount(nearest, minlength=count)[:, None]
        centres = np.where(weights > 0, sums / np.maximum(weights, 1), centres)
    return np.asarray(centres, np.float32)


def nearest_colours(image: Array, colours: Array) -> Array:
    """Replace every pixel by the nearest of `colours` (n, 3)."""
    return np.asarray(colours[nearest_indices(image, colours)], np.float32)


def nearest_indices(image: Array, colours: Array) -> NDArray[np.intp]:
    """Index (h, w) of the nearest of `colours` (n, 3)."""
    return np.asarray(cKDTree(colours).query(image)[1], np.intp)


def region_means(image: Array, labels: NDArray[np.intp]) -> Array:
    """Mean colour of every region -> (regions, 3)."""
    flat, count = labels.ravel(), int(labels.max()) + 1
    size = np.maximum(np.bincount(flat, minlength=count), 1)
    sums = [np.bincount(flat, image[..., c].ravel(), count) for c in range(3)]
    return np.asarray(np.stack(sums, -1) / size[:, None], np.float32)


def voronoi(
    shape: tuple[int, int], points: Reals, stretch: tuple[float, float] = (1.0, 1.0)
) -> tuple[NDArray[np.intp], Array]:
    """Voronoi cells of points (n, 2) in (y, x), distances being scaled by `stretch`.

    Returns:
        Cell index (h, w) and approximate distance (h, w) in pixels to the nearest cell border.
    """
    scale = np.asarray(stretch, np.float32)
    sites = points * scale
    grid = np.moveaxis(np.mgrid[: shape[0], : shape[1]], 0, -1) * scale
    distance, index = cKDTree(sites).query(grid, k=2)
    separation = np.linalg.norm(sites[index[..., 1]] - sites[index[..., 0]], axis=-1)
    border = (distance[..., 1] ** 2 - distance[..., 0] ** 2) / np.maximum(2 * separation, 1e-3)
    return index[..., 0], border.astype(np.float32)


def jittered_points(
    shape: tuple[int, int], spacing: float, jitter: float, rng: np.random.Generator
) -> Array:
    """Points (n, 2) of a square grid over and slightly beyond the picture, displaced at random."""
    axes = [np.arange(-spacing, n + spacing, spacing) for n in shape]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)
    return (points + spacing * jitter * rng.uniform(-0.5, 0.5, points.shape)).astype(np.float32)


def relief(height: Array, depth: float, sigma: float = 0.7) -> Array:
    """Shade (h, w) around 1 of a height map lit from the top left."""
    dy, dx = gradient(height, sigma)
    return np.asarray(1 + depth * (dy + dx), np.float32)


def displace(image: Array, rows: Reals, columns: Reals) -> Array:
    """Sample the image at positions moved by (h, w) offsets in pixels."""
    height, width = image.shape[:2]
    grid = np.mgrid[:height, :width]
    points = [grid[0] + rows, grid[1] + columns]
    if image.ndim == 2:
        return ndimage.map_coordinates(image, points, order=1, mode="nearest").astype(np.float32)
    channels = [
        ndimage.map_coordinates(image[..., c], points, order=1, mode="nearest") for c in range(3)
    ]
    return np.stack(channels, -1).astype(np.float32)


def wobble(image: Array, amount: float, scale: float, rng: np.random.Generator) -> Array:
    """Displace smoothly at random by up to `amount` pixels: an unsteady hand."""
    shape = image.shape[:2]
    rows, columns = (noise(shape, scale, rng, 2) - 0.5 for _ in range(2))
    return displace(image, 2 * amount * rows, 2 * amount * columns)


def to_pillow(image: Array) -> PillowImage.Image:
    """Convert to an 8-bit Pillow image (RGB or L)."""
    return PillowImage.fromarray((np.clip(image, 0, 1) * 255).round().astype(np.uint8))


def from_pillow(picture: PillowImage.Image) -> Array:
    """Convert from an 8-bit Pillow image."""
    return np.asarray(picture, np.float32) / np.float32(255)


def resized(image: Array, shape: tuple[int, int], method: PillowImage.Resampling) -> Array:
    """Resize to (h, w)."""
    return from_pillow(to_pillow(image).resize((shape[1], shape[0]), method))


def posterise(tone: Array, colours: tuple[Colour, ...]) -> Array:
    """Posterise a map into as many equal steps as there are colours."""
    index = np.clip((tone * len(colours)).astype(int), 0, len(colours) - 1)
    return np.asarray(colours, np.float32)[index]


def height_ramp(shape: tuple[int, int]) -> Array:
    """0 at the top, 1 at the bottom."""
    column = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    return np.asarray(np.broadcast_to(column, shape), np.float32)


def vignette(shape: tuple[int, int], amount: float) -> Array:
    """Factor (h, w, 1), 1 in the centre, lower by `amount` in the corners."""
    y, x = np.linspace(-1, 1, shape[0])[:, None], np.linspace(-1, 1, shape[1])[None]
    return np.asarray(1 - amount * (0.5 * (y**2 + x**2)) ** 1.2, np.float32)[..., None]
