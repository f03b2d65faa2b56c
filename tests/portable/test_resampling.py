from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from stylemamba.portable.geometry import Array
from stylemamba.portable.resampling import Axis, Resampling

RNG = np.random.default_rng(0)


def keys(x: float) -> float:
    """Keys' cubic with a = -1/2, as the paper writes it."""
    x = abs(x)
    if x < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2 if x < 2 else 0.0


def reference(row: Array, wanted: int) -> Array:
    """One row, pixel by pixel, in float64."""
    step = len(row) / wanted
    wide = max(1.0, step)
    made = np.zeros(wanted)
    for place in range(wanted):
        middle = (place + 0.5) * step - 0.5
        total = 0.0
        for tap in range(-3 * len(row), 4 * len(row)):
            weight = keys((tap - middle) / wide)
            made[place] += weight * row[min(max(tap, 0), len(row) - 1)]
            total += weight
        made[place] /= total
    return made


@pytest.mark.parametrize(("length", "wanted"), [(9, 20), (20, 9), (7, 7), (1, 5), (5, 1), (16, 17)])
def test_an_axis_is_that_of_the_formula(length: int, wanted: int) -> None:
    row = RNG.random(length)
    made = Axis.of(length, wanted).applied(row[None], -1)
    np.testing.assert_allclose(made[0], reference(row, wanted), atol=1e-6)


@pytest.mark.parametrize("wanted", [(70, 45), (12, 31)])
def test_inside_it_is_as_pillow_s(wanted: tuple[int, int]) -> None:
    picture = RNG.random((40, 30)).astype(np.float32)
    whole = Resampling.of(picture.shape, wanted).window(
        lambda rows, columns: picture[rows, columns], slice(0, wanted[0]), slice(0, wanted[1])
    )
    other = np.asarray(Image.fromarray(picture).resize(wanted[::-1], Image.Resampling.BICUBIC))
    edge = 8  # Pillow leaves out what is beyond the border, here it is repeated
    inner = np.s_[edge:-edge, edge:-edge] if min(wanted) > 2 * edge else np.s_[5:-5, 5:-5]
    np.testing.assert_allclose(whole[inner], other[inner], atol=2e-6)


@pytest.mark.parametrize("wanted", [(70, 45), (12, 31), (40, 90)])
def test_windows_are_those_of_the_whole_to_the_bit(wanted: tuple[int, int]) -> None:
    picture = RNG.random((3, 40, 30)).astype(np.float32)
    sizes = Resampling.of(picture.shape[1:], wanted)

    def read(rows: slice, columns: slice) -> Array:
        assert 0 <= rows.start < rows.stop <= 40 and 0 <= columns.start < columns.stop <= 30
        return picture[:, rows, columns]

    whole = sizes.window(read, slice(0, wanted[0]), slice(0, wanted[1]))
    for rows, columns in ((slice(3, 9), slice(10, 31)), (slice(0, 1), slice(0, 1))):
        np.testing.assert_array_equal(sizes.window(read, rows, columns), whole[:, rows, columns])
