"""Skin: patches of any complexion, eyes and all; nothing striped, straight or endless. Hair."""

from __future__ import annotations

import numpy as np

from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.geometry import Array

COMPLEXIONS = ((0.80, 0.58, 0.47), (0.55, 0.36, 0.26), (0.95, 0.78, 0.68))
Y, X = np.indices((240, 320))
OVAL = np.hypot((Y - 120) / 60, (X - 160) / 45) < 1


def photo(colour: tuple[float, ...], mask: Array = OVAL) -> Array:
    grey = np.full((3, 240, 320), 0.4, dtype=np.float32)
    picture: Array = np.where(mask, np.array(colour, dtype=np.float32)[:, None, None], grey)
    return picture


def found(picture: Array) -> Array:
    ground = Ground(picture, 320 / 450, np.random.default_rng(0))
    return ground.spread(ground.skin)


def test_faces_of_any_complexion_are_found_whole() -> None:
    for colour in COMPLEXIONS:
        skin = found(photo(colour))
        assert skin[OVAL].mean() > 0.85 and skin[~OVAL].mean() < 0.03


def test_eyes_are_in_the_face() -> None:
    face = photo(COMPLEXIONS[0])
    face[:, 100:106, 140:152] = 0.1
    assert found(face)[100:106, 140:152].min() > 0.6


def test_other_colours_are_no_skin() -> None:
    for colour in ((0.2, 0.5, 0.9), (0.1, 0.5, 0.1), (0.9, 0.1, 0.1), (0.95, 0.8, 0.1), (0.5,) * 3):
        assert found(photo(colour)).max() < 0.1


def test_stripes_slabs_and_wide_ground_are_no_skin() -> None:
    stripes = np.where((X // 8) % 2, 0.4, 1.0).astype(np.float32)
    assert found(photo(COMPLEXIONS[0]) * stripes).max() < 0.1
    assert found(photo(COMPLEXIONS[0], (Y > 60) & (Y < 180) & (X > 120) & (X < 180))).max() < 0.1
    assert found(photo(COMPLEXIONS[0], Y > 160)).max() < 0.1


def test_hair_is_dark_and_grey_beside_skin() -> None:
    ring = (np.hypot((Y - 120) / 80, (X - 160) / 62) < 1) & ~OVAL
    far = X < 20
    for colour, least, most in (((0.12, 0.1, 0.09), 0.7, 1.0), ((0.05, 0.3, 0.05), 0.0, 0.1)):
        picture = photo(COMPLEXIONS[0])
        picture[:, ring | far] = np.array(colour, dtype=np.float32)[:, None]
        ground = Ground(picture, 320 / 450, np.random.default_rng(0))
        hair = ground.spread(ground.hair)
        assert least <= hair[ring].mean() <= most
        assert hair[far].max() < 0.01 and hair[OVAL].mean() < 0.1


def test_there_is_no_hair_beside_a_scrap_of_skin() -> None:
    small = np.hypot((Y - 120) / 18, (X - 160) / 14) < 1
    picture = photo(COMPLEXIONS[0], small)
    picture[:, ~small] = 0.1
    ground = Ground(picture, 320 / 450, np.random.default_rng(0))
    assert ground.skin.max() > 0.5 and ground.hair.max() < 0.01
