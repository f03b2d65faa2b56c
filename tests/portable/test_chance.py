"""Fields of chance: of mean 0 and deviation 1, and as large as they are said to be. Even places."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stylemamba.portable.brushwork.chance import clouds, evenly, grain, noise, tooth
from stylemamba.portable.geometry import Array

Field = Callable[[tuple[int, ...], float, np.random.Generator], Array]


@pytest.mark.parametrize("field", [noise, clouds, grain, tooth])
def test_fields_have_deviation_one_and_grow_with_their_size(field: Field) -> None:
    small, large = (field((200, 200), size, np.random.default_rng(0)) for size in (2.0, 6.0))
    for values in (small, large):
        assert values.dtype == np.float32
        assert abs(values.mean()) < 0.05 and values.std() == pytest.approx(1, abs=0.08)
    steps = [np.abs(np.diff(values, axis=0)).mean() for values in (small, large)]
    assert steps[0] > 1.8 * steps[1]


def test_even_places_keep_their_distance() -> None:
    places = evenly(400, np.random.default_rng(0))
    assert places.shape == (400, 2) and places.min() >= 0 and places.max() < 1
    far = np.linalg.norm(places[:, None] - places, axis=-1) + np.eye(400)
    assert far.min() > 0.5 / np.sqrt(400)
    assert not np.array_equal(places, evenly(400, np.random.default_rng(1)))
