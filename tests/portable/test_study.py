"""What painters see: local colours of a photo in a picture of another hue."""

from __future__ import annotations

import numpy as np
from scenes import flat, tinted

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.ground import Ground, People
from stylemamba.portable.brushwork.study import local_hued
from stylemamba.portable.colour import to_oklab
from stylemamba.portable.geometry import luma

GREEN, RED = (0.35, 0.55, 0.4), (0.8, 0.1, 0.15)


def test_vivid_things_keep_their_colour_and_greys_take_the_pictures() -> None:
    photo, picture = flat(96, 96), tinted(96, 96, GREEN)
    photo[:, :, 48:] = tinted(96, 48, RED)
    hued = local_hued(picture, Ground(photo, 0.5, np.random.default_rng(0)), 0.25, 0.9)
    grey, red = hued[:, 20:70, 8:36].mean((1, 2)), hued[:, 20:70, 60:88].mean((1, 2))
    np.testing.assert_allclose(grey, GREEN, atol=0.03)
    assert red[0] > red[1] + 0.4
    np.testing.assert_allclose(luma(hued), luma(picture), atol=1e-4)


def test_hair_and_clothes_are_not_of_the_pictures_hue() -> None:
    photo, picture, worn = flat(96, 96, 0.2), tinted(96, 96, GREEN), flat(96, 96, 0.0)[0]
    worn[:, 48:] = 1
    ground = Ground(photo, 0.5, np.random.default_rng(0), People(0 * worn, worn))
    hued = local_hued(picture, ground, 0.25, 0.9, 0.5)
    assert np.ptp(hued[:, 48, 80]) < 0.3 * np.ptp(hued[:, 48, 10])
    assert luma(hued)[48, 80] < luma(hued)[48, 10] - 0.08


def test_posters_are_muted_and_never_black() -> None:
    photo = flat(160, 200, 0.02)
    photo[:, :, 100:] = tinted(160, 100, (0.9, 0.1, 0.1))
    inside = to_oklab(brushwork(photo, photo, {"nouveau": 1.0}))[:, 50:-50, 40:-40]
    assert np.quantile(inside[0], 0.02) > 0.25
    assert np.hypot(*inside[1:]).max() < 0.15 < np.hypot(*to_oklab(photo)[1:]).max()
