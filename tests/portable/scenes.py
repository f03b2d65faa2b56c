"""Photos that tests of brushwork are made on."""

from __future__ import annotations

import numpy as np

from stylemamba.portable.geometry import Array


def flat(height: int, width: int, level: float = 0.5) -> Array:
    """Grey (3, h, w)."""
    return np.full((3, height, width), level, dtype=np.float32)


def tinted(height: int, width: int, colour: tuple[float, ...]) -> Array:
    """One colour, (3, h, w)."""
    return np.broadcast_to(np.float32(colour)[:, None, None], (3, height, width)).copy()


def noise(height: int, width: int, seed: int = 0) -> Array:
    """White noise (3, h, w)."""
    return np.random.default_rng(seed).random((3, height, width), dtype=np.float32)


def squares(height: int, width: int) -> Array:
    """Squares (3, h, w) of 8 pixels, each of a colour of its own."""
    return noise(height // 8, width // 8).repeat(8, axis=1).repeat(8, axis=2)


def halves(height: int, width: int, left: float = 0.2, right: float = 0.8) -> Array:
    """Two greys (3, h, w)."""
    photo = flat(height, width, left)
    photo[..., width // 2 :] = right
    return photo


def scene(height: int, width: int) -> Array:
    """A disc, half of it dark, on a ground that grows lighter downwards, (3, h, w)."""
    y, x = np.indices((height, width), dtype=np.float32) / max(height, width)
    photo = np.stack([0.4 + 0.3 * y, 0.5 + 0.3 * y, 0.7 + 0.2 * y])
    inside = (y - 0.3) ** 2 + (x - 0.35) ** 2 < 0.06
    disc = np.where(x < 0.35, 0.08, 0.9) * np.array([1.0, 0.7, 0.4])[:, None, None]
    return np.where(inside, disc, photo).astype(np.float32)
