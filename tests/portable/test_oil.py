"""Hands that paint all of a picture: of its colours, along forms, up to edges, calm on faces."""

from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.ground import SIDE, Ground
from stylemamba.portable.brushwork.oil import BOLD, STROKES
from stylemamba.portable.brushwork.study import complexion
from stylemamba.portable.geometry import Array, luma

HANDS = ("strokes", "bold", "waves", "cloison", "chiaroscuro", "impasto")
NEW = (*HANDS, "dream", "drip", "toned", "gold", "wash")
every_hand = pytest.mark.parametrize("mark", HANDS)
every_mark = pytest.mark.parametrize("mark", NEW)
SKIN = np.array([0.8, 0.58, 0.48], dtype=np.float32)


def painted(
    picture: Array, photo: Array, mark: str, amount: float | Array = 1.0, seed: int = 0
) -> Array:
    """With marks of a size in pixels that no photo changes."""
    return brushwork(picture, photo, {mark: amount}, seed, SIDE / max(photo.shape[1:]))


def flat(*colour: float, size: int = 96) -> Array:
    return np.array(colour, dtype=np.float32)[:, None, None] + np.zeros((3, size, size), np.float32)


GREY = flat(0.5, 0.5, 0.52)


def scene(size: int = 96) -> Array:
    """Light above, dark below, with a bright disk."""
    photo = flat(0.6, 0.65, 0.7, size=size)
    photo[:, size // 2 :] = 0.25
    y, x = np.mgrid[:size, :size] / size
    photo[:, np.hypot(y - 0.5, x - 0.5) < 0.2] = np.array([[0.8], [0.7], [0.2]], dtype=np.float32)
    return photo


@every_mark
@pytest.mark.parametrize("size", [(8, 8), (8, 60), (37, 50), (150, 90)])
def test_any_size(mark: str, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    picture, photo = rng.random((2, 3, *size), dtype=np.float32)
    for stroke in (0.3, 1.0, 4.0):
        result = brushwork(picture, photo, {mark: 1.0}, 0, stroke)
        assert result.shape == picture.shape and result.dtype == np.float32
        assert np.isfinite(result).all() and result.min() >= 0 and result.max() <= 1


@every_mark
def test_amounts_blend_and_seeds_move(mark: str) -> None:
    picture, photo = scene() ** 0.8, scene()
    whole, half = (painted(picture, photo, mark, amount) for amount in (1.0, 0.5))
    np.testing.assert_allclose(half, (whole + picture) / 2, atol=1e-5)
    assert np.array_equal(painted(picture, photo, mark, 0.0), picture)
    assert np.array_equal(whole, painted(picture, photo, mark))
    assert np.abs(whole - painted(picture, photo, mark, seed=1)).mean() > 1e-3
    left = np.broadcast_to(np.arange(96) < 48, (96, 96)).astype(np.float32)
    part = painted(picture, photo, mark, left)
    assert np.array_equal(part[..., :48], whole[..., :48])
    assert np.array_equal(part[..., 48:], picture[..., 48:])


@every_mark
def test_what_differs_by_rounding_is_painted_alike(mark: str) -> None:
    picture, photo = scene() ** 0.8, scene()
    chance = np.random.default_rng(0).standard_normal(picture.shape, dtype=np.float32)
    again = painted((picture + 1e-5 * chance).clip(0, 1), photo, mark)
    assert np.abs(painted(picture, photo, mark) - again).max() < 2e-3


@pytest.mark.parametrize("mark", ("strokes", "bold", "waves", "impasto"))
def test_strokes_are_broken_colour_around_the_pictures(mark: str) -> None:
    picture = flat(0.3, 0.5, 0.6)
    result = painted(picture, flat(0.5, 0.5, 0.5), mark)
    inner = result[:, 8:-8, 8:-8]
    assert np.abs(luma(inner).mean() - luma(picture).mean()) < 0.12
    assert inner[2].mean() > inner[1].mean() > inner[0].mean()
    assert inner.std((1, 2)).min() > 0.01


@every_hand
def test_strokes_keep_to_forms(mark: str) -> None:
    """Broad strokes do not cross an edge of the photo."""
    photo = flat(0.75, 0.75, 0.75)
    photo[:, :, 48:] = 0.2
    light = luma(painted(photo, photo, mark))
    assert light[16:-16, 36:45].mean() > light[16:-16, 51:60].mean() + 0.2
    assert light[16:-16, 44:46].mean() - light[16:-16, 50:52].mean() > 0.2


def test_strokes_lie_along_edges() -> None:
    """Painted noise varies less along the crests of waves than across them."""
    wave = 0.5 + 0.04 * np.sin(np.arange(160, dtype=np.float32) / 8)
    photo = np.broadcast_to(wave[:, None], (3, 160, 160)).copy()
    picture = np.random.default_rng(0).random((3, 160, 160), dtype=np.float32)
    result = luma(painted(picture, photo, "waves"))
    centred = result - result.mean()
    along, across = ((centred * np.roll(centred, 8, axis)).mean() for axis in (1, 0))
    assert along > 2 * across


def test_fine_strokes_are_only_where_there_is_detail() -> None:
    hands = STROKES.hand.layers, BOLD.hand.layers
    assert all(
        a.width > b.width and a.least < b.least
        for hand in hands
        for a, b in zip(hand, hand[1:], strict=False)
    )
    photo = flat(0.5, 0.5, 0.5, size=160)
    photo[:, :, 80:] = np.random.default_rng(0).random((160, 80), dtype=np.float32)
    change = np.abs(np.diff(luma(painted(photo, photo, "strokes")), axis=0))
    assert change[:, 90:].mean() > 2 * change[:, :70].mean()


def test_toned_canvas_shows_a_little_with_fauves_alone() -> None:
    dark = flat(0.15, 0.2, 0.3)
    light = luma(painted(dark, dark, "bold"))
    assert light.max() > 0.4 and np.median(light) < 0.35
    assert luma(painted(dark, dark, "strokes")).max() < 0.4


@pytest.mark.parametrize("mark", ("bold", "waves"))
def test_things_have_outlines_in_the_colour_of_shade(mark: str) -> None:
    photo = flat(0.75, 0.75, 0.75, size=128)
    photo[:, 40:90, 40:90] = 0.5
    result = painted(photo, photo, mark)
    light = luma(result)
    assert light[50:80, 38:44].min() < 0.6 * light[55:75, 55:75].mean()


def test_dark_clothes_are_calm() -> None:
    """Strokes of the dark differ little: no rings on a suit."""
    spread = [luma(painted(part, part, "waves")).std() for part in (flat(0.06, 0.06, 0.08), GREY)]
    assert spread[0] < 0.75 * spread[1]


def test_skin_has_the_painters_own_planes() -> None:
    photo = face_photo()
    ground = Ground(photo, 1.0, np.random.default_rng(0))
    skin = ((0.1, 0.1, 0.4), (0.9, 0.3, 0.3), (1.0, 1.0, 0.6))
    face = np.ones(ground.shape, dtype=np.float32)
    light = luma(complexion(ground, face, skin))
    assert light.min() >= 0.1 and light[60:68, 60:68].mean() > 0.5
    bright = Ground((photo * 1.2).clip(0, 1), 1.0, np.random.default_rng(0))
    assert luma(complexion(bright, face, skin)).mean() > 0.3


def test_cloisons_have_dark_contours() -> None:
    photo = scene()
    light = luma(painted(photo, photo, "cloison"))
    assert light[40:56, 24:34].min() < 0.25 < light[4:20].min()


def face_photo() -> Array:
    photo = flat(0.3, 0.4, 0.5, size=128)
    y, x = np.mgrid[:128, :128]
    inside = np.hypot((y - 64) / 1.3, x - 64) < 22
    photo[:, inside] = SKIN[:, None]
    return photo


@pytest.mark.parametrize("mark", ("strokes", "bold", "waves", "starry", "gold", "drip", "wash"))
def test_faces_are_of_skin_whatever_the_picture(mark: str) -> None:
    photo = face_photo()
    picture = np.broadcast_to(np.array([[[0.3]], [[0.5]], [[0.35]]], np.float32), photo.shape)
    face = painted(picture.copy(), photo, mark)[:, 54:74, 54:74].mean((1, 2))
    assert face[0] > face[2] + 0.08 and luma(face[:, None, None])[0, 0] > 0.4


def test_features_belong_to_a_face() -> None:
    """Highlights and lips between cheeks are of the face; eyes need not be, the ground is not."""
    photo = face_photo()
    photo[:, 58:70, 62:66] = 0.97
    photo[:, 78:82, 58:70] = np.array([0.7, 0.25, 0.25], dtype=np.float32)[:, None, None]
    ground = Ground(photo, 1.0, np.random.default_rng(0))
    face = ground.spread(ground.face)
    assert face[60:68, 63:65].mean() > 0.6 and face[79:81, 60:68].mean() > 0.6
    assert face[:, :20].max() < 0.1
    assert np.all(ground.face >= ground.skin)


def test_chiaroscuro_is_warm_dark_with_a_light_on_the_face() -> None:
    photo = face_photo()
    result = painted(photo, photo, "chiaroscuro")
    light = luma(result)
    assert light[54:74, 54:74].mean() > 0.5 > 0.3 > light[:16, :16].mean()
    assert result[0, :16, :16].mean() > result[2, :16, :16].mean()


def test_a_dream_has_an_evenings_sky_above_its_ground() -> None:
    calm = flat(0.6, 0.6, 0.6)
    result = painted(calm, calm, "dream")
    above, below = result[:, 4:16].mean((1, 2)), result[:, -16:-4].mean((1, 2))
    assert above[2] > above[0] + 0.1 and below[0] > below[2] + 0.1


def test_faces_do_not_bend() -> None:
    photo = face_photo()
    photo[:, :, :40] = 0.1 + 0.8 * (np.arange(40) // 4 % 2)
    face = luma(painted(photo, photo, "dream"))[50:78, 52:76]
    assert face.std() < 0.05


def test_a_print_has_a_border_and_one_hue_for_each_tone() -> None:
    photo = scene(200)
    result = painted(photo, photo, "toned")
    assert result[:, 0].min() > 0.6
    red, _, blue = result[:, 20:-20, 20:-20]
    assert (red >= blue).all()
    light = luma(result)[30:-30, 30:-30]
    assert light.max() - light.min() > 0.5


def test_webs_spare_faces() -> None:
    photo = face_photo()
    lines = np.abs(np.diff(luma(painted(photo, photo, "drip")), axis=1)) > 0.1
    assert lines[50:80, 50:78].mean() < 0.3 * lines[:, :36].mean()
