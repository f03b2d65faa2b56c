"""Screen prints and halftone: few inks, dots whose area is the tone."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import scene

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.ground import SIDE
from stylemamba.portable.brushwork.halftone import dots
from stylemamba.portable.brushwork.screen import PALETTES, colours
from stylemamba.portable.geometry import Array


def test_a_screen_print_is_of_its_inks_and_black() -> None:
    painted = brushwork(scene(160, 240), scene(160, 240), {"screen": 1.0})
    inks = np.concatenate([colours(palette)[..., 0, 0] for palette in PALETTES] + [[[0.05] * 3]])
    far = np.abs(painted.reshape(3, -1).T[:, None] - inks).max(2).min(1)
    assert (far < 0.03).mean() > 0.9


def test_inks_are_not_quite_in_register() -> None:
    """Another seed moves the layers, not the key."""
    photo = scene(160, 240)
    prints = [brushwork(photo, photo, {"screen": 1.0}, seed) for seed in range(4)]
    black = [painted.max(0) < 0.1 for painted in prints]
    agreed = np.logical_and.reduce(black).sum() / np.logical_or.reduce(black).sum()
    assert agreed > 0.7
    assert all((np.abs(a - prints[0]) > 0.2).any(0).mean() > 0.002 for a in prints[1:])


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("angle", [0.0, 15.0, 75.0])
def test_dots_cover_their_share(share: float, angle: float) -> None:
    value = np.full((200, 200), share, dtype=np.float32)
    painted = dots(value, 8.0, np.deg2rad(angle), np.array([0.3, 0.6]))
    np.testing.assert_allclose(painted.mean(), share, atol=0.03)
    if share in (0.0, 1.0):
        np.testing.assert_allclose(painted, share, atol=1e-3)


def _pitch(painted: Array) -> float:
    """The most frequent period along a row, in pixels."""
    rows = painted - painted.mean(1, keepdims=True)
    power = np.square(np.abs(np.fft.rfft(rows, axis=1))).sum(0)
    return painted.shape[1] / float(power.argmax())


def test_dots_scale_with_the_picture() -> None:
    tint = np.broadcast_to(np.float32([1, 1, 0.6])[:, None, None], (3, 240, 240)).copy()
    small, large = (
        _pitch(brushwork(tint, tint, {"halftone": 1.0}, stroke=scale * SIDE / 240)[2])
        for scale in (1.2, 2.4)
    )
    np.testing.assert_allclose([small, large], [6, 12], rtol=0.05)


def test_white_is_paper_and_dark_is_ink() -> None:
    white = np.ones((3, 60, 60), dtype=np.float32)
    paper = brushwork(white, white, {"halftone": 1.0})
    assert paper.min() > 0.85 and paper.std((1, 2)).max() < 1e-5
    dark = brushwork(0.05 * white, white, {"halftone": 1.0})
    assert dark.mean() < 0.4
