from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from stylemamba.portable.pyramid import (
    COARSEST,
    FINE_STRENGTH,
    SMALLEST,
    coarse_to_fine,
    kept_detail,
    levels,
)


@pytest.mark.parametrize(
    ("size", "coarsest", "expected"),
    [
        ((300, 400), COARSEST, [(300, 400)]),
        ((512, 512), COARSEST, [(512, 512)]),
        ((701, 1001), COARSEST, [(351, 501), (701, 1001)]),
        ((2048, 1), COARSEST, [(512, 1), (1024, 1), (2048, 1)]),
        ((90, 60), 1.0, [(90, 60)]),
        ((200, 100), 1.0, [(100, 50), (200, 100)]),
    ],
)
def test_levels(size: tuple[int, int], coarsest: float, expected: list[tuple[int, int]]) -> None:
    assert levels(*size, coarsest) == expected


@pytest.mark.parametrize("coarsest", [1.0, 64.0, 135.0, COARSEST])
@pytest.mark.parametrize("size", [(1, 1), (64, 65), (129, 40), (541, 300), (3001, 77)])
def test_levels_double_and_are_no_smaller_than_they_must(
    size: tuple[int, int], coarsest: float
) -> None:
    sizes = levels(*size, coarsest)
    assert sizes[-1] == size
    for small, large in zip(sizes, sizes[1:], strict=False):
        assert small == (math.ceil(large[0] / 2), math.ceil(large[1] / 2))
    assert max(sizes[0]) <= max(coarsest, 2 * SMALLEST)
    assert len(sizes) == 1 or max(sizes[1]) > max(coarsest, 2 * SMALLEST)


def resize(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).resize(size[::-1], Image.Resampling.BICUBIC))


def test_details_of_the_photo_come_back() -> None:
    photo = (0.4 + 0.2 * (np.indices((64, 48)).sum(0) % 2)).astype(np.float32)
    shares = []

    def paint(content: np.ndarray, share: float) -> np.ndarray:
        shares.append(share)
        return content - 0.1 * np.float32(share)

    painted = coarse_to_fine(photo, [(16, 12), (32, 24), (64, 48)], paint, resize)
    assert shares == [1.0, FINE_STRENGTH, FINE_STRENGTH]
    np.testing.assert_allclose(painted, photo - 0.2, atol=1e-3)


def test_what_is_kept_of_the_photo_fades() -> None:
    photo, seen = np.float32([0.1, 0.9]), np.float32([0.2, 0.7])
    np.testing.assert_allclose(seen + kept_detail(photo, seen, 0.0), photo)
    np.testing.assert_allclose(kept_detail(photo, seen, 1.0), 0)
    np.testing.assert_allclose(kept_detail(photo, seen, 0.75), (photo - seen) / 4, rtol=1e-5)
