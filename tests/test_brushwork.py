"""Brushwork: repeatable, along the photo's edges, in the picture's colours, finer on detail."""

from __future__ import annotations

import numpy as np
import pytest

from stylemamba.brushwork import OPACITY, SIDE, Array
from stylemamba.brushwork import brushwork as paint

FULL = 1 / OPACITY


def brushwork(
    picture: Array, photo: Array, amount: float = FULL, seed: int = 0, scale: float = 1.0
) -> Array:
    """With opaque strokes by default, and of a size in pixels that no photo changes."""
    return paint(picture, photo, amount, seed, scale * SIDE / max(photo.shape[1:]))


def noise(height: int, width: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).random((3, height, width), dtype=np.float32)


def flat(height: int, width: int, level: float = 0.5) -> Array:
    return np.full((3, height, width), level, dtype=np.float32)


def smooth_noise(height: int, width: int) -> Array:
    coarse = noise(height // 8, width // 8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2), (37, 50), (150, 90)])
@pytest.mark.parametrize("scale", [0.2, 1.0, 3.0, 1e6])
def test_any_size(size: tuple[int, int], scale: float) -> None:
    painted = brushwork(noise(*size), noise(*size, seed=1), scale=scale)
    assert painted.shape == (3, *size) and painted.dtype == np.float32
    assert painted.min() >= 0 and painted.max() <= 1


def test_a_seed_repeats_and_another_differs() -> None:
    picture, photo = smooth_noise(64, 64), flat(64, 64)
    first = brushwork(picture, photo, seed=3)
    assert np.array_equal(first, brushwork(picture, photo, seed=3))
    assert np.abs(first - brushwork(picture, photo, seed=4)).mean() > 0.02


def test_amount_is_opacity() -> None:
    picture, photo = 0.2 + 0.6 * smooth_noise(64, 64), flat(64, 64)
    assert np.array_equal(brushwork(picture, photo, 0.0), picture)
    whole, half = brushwork(picture, photo), brushwork(picture, photo, FULL / 2)
    inside = (whole > 0) & (whole < 1)
    np.testing.assert_allclose(half[inside], ((whole + picture) / 2)[inside], atol=1e-6)
    assert np.array_equal(whole, brushwork(picture, photo, 3 * FULL))


def test_strokes_are_of_the_pictures_colours() -> None:
    picture = flat(96, 96) * np.array([0.4, 1.0, 1.6], dtype=np.float32)[:, None, None]
    painted = brushwork(picture, flat(96, 96))
    np.testing.assert_allclose(painted.mean((1, 2)), picture.mean((1, 2)), atol=0.04)
    assert painted.std((1, 2)).min() > 0.01  # no two strokes are quite alike


def test_gaps_show_the_picture() -> None:
    """Where by chance no stroke lies, there is no colour from elsewhere."""
    picture = flat(400, 400, 0.2)
    picture[0, 20:] = 0.9
    reds = brushwork(picture, flat(400, 400))[0, 60:]
    assert reds.min() > 0.6


def test_geometry_is_of_the_photo_alone() -> None:
    """A picture that differs by rounding is painted alike, as from PyTorch and onnxruntime."""
    picture, photo = 0.1 + 0.8 * smooth_noise(64, 96), smooth_noise(64, 96)
    rounded = picture + 1e-4 * (noise(64, 96, seed=5) - 0.5)
    assert np.abs(brushwork(picture, photo) - brushwork(rounded, photo)).max() < 5e-4


@pytest.mark.parametrize("across", [1, 2])
def test_strokes_lie_along_edges(across: int) -> None:
    """Along the crests of waves: painted noise varies more across them."""
    wave = 0.5 + 0.3 * np.sin(np.arange(160, dtype=np.float32) / 8)
    photo = np.broadcast_to(wave[:, None] if across == 1 else wave, (3, 160, 160)).copy()
    painted = brushwork(noise(160, 160), photo)
    along = 3 - across
    centred = painted - painted.mean()
    alike = [
        (centred * np.roll(centred, 6, axis)).mean() / centred.var() for axis in (along, across)
    ]
    assert alike[0] > 0.2 > 0.1 > alike[1]


def test_fine_strokes_and_details_only_where_the_photo_has_them() -> None:
    photo = flat(160, 160)
    photo[:, :, 80:] = noise(160, 80)
    picture = noise(160, 160, seed=2)
    kept = [
        np.corrcoef(painted.ravel(), part.ravel())[0, 1]
        for painted, part in zip(
            np.split(brushwork(picture, photo), 2, axis=2),
            np.split(picture, 2, axis=2),
            strict=True,
        )
    ]
    assert kept[1] > 0.5 > 0.2 > kept[0]


def test_scale_is_that_of_strokes() -> None:
    """How far the colour of one place reaches."""

    def correlation(scale: float) -> float:
        painted = brushwork(noise(160, 160), flat(160, 160), scale=scale)
        centred = painted - painted.mean()
        return float((centred[..., 8:] * centred[..., :-8]).mean() / centred.var())

    assert correlation(3.0) > correlation(1.0) + 0.2
