"""Marks of washes, ink, thick and flung paint, gold, photographs and spray: each is its medium."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import flat, noise

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.ground import SIDE, People
from stylemamba.portable.geometry import Array, box, luma


def paint(
    mark: str,
    picture: Array,
    photo: Array,
    amount: float | Array = 1.0,
    seed: int = 0,
    scale: float = 1.0,
) -> Array:
    """With marks of a size in pixels that no photo changes."""
    return brushwork(picture, photo, {mark: amount}, seed, scale * SIDE / max(photo.shape[1:]))


def scene(size: int = 128) -> Array:
    """A dark disk on light ground that darkens to the right."""
    y, x = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
    tone = np.where(np.hypot(y, x) < 0.25, 0.15, 0.85 - 0.2 * x)
    tint = np.array([1.1, 1.0, 0.9], dtype=np.float32)[:, None, None]
    return (tone * tint).clip(0, 1).astype(np.float32)


@pytest.mark.parametrize(
    ("mark", "most"),
    [("photograph", 0.04), ("toned", 0.04), ("inkwash", 0.04), ("spray", 0.03), ("wash", 0.08)],
)
def test_flat_ground_stays_flat(mark: str, most: float) -> None:
    """From afar, and away from the sides, where paper and vignettes are."""
    painted = paint(mark, flat(200, 200), flat(200, 200))
    smooth = box(box(luma(painted), 12), 12)[60:140, 60:140]
    assert smooth.max() - smooth.min() < most


def test_watercolour_leaves_paper_white_and_darkens_the_borders_of_washes() -> None:
    photo = flat(200, 200, 0.9)
    photo[:, :, 100:] = 0.4
    painted = luma(paint("wash", photo, photo))
    assert painted[2:-2, :4].mean() > 0.93 and painted[60:140, 40:80].mean() > 0.93
    border, within = painted[60:140, 101:106].mean(), painted[60:140, 120:140].mean()
    assert border < within - 0.02


def test_watercolour_is_more_colourful_than_its_picture() -> None:
    picture = flat(128, 128) * np.array([0.8, 1.0, 1.2], dtype=np.float32)[:, None, None]
    painted = paint("wash", picture, picture)[:, 40:90, 40:90].mean((1, 2))
    assert np.ptp(painted) > np.ptp([0.4, 0.5, 0.6]) + 0.01


def test_ink_is_where_the_photo_is_darker_than_around() -> None:
    painted = luma(paint("inkwash", scene(200), scene(200)))
    assert painted[80:120, 80:120].mean() < 0.65 < 0.85 < painted[20:40, 90:110].mean()


def test_ink_leaves_empty_ground_blank_even_dark_one() -> None:
    assert luma(paint("inkwash", flat(80, 80, 0.2), flat(80, 80, 0.2))).min() > 0.7


def test_ink_fades_towards_the_borders() -> None:
    bars = 0.15 + 0.7 * (np.arange(160) // 10 % 2)
    photo = np.broadcast_to(bars, (3, 160, 160)).astype(np.float32)
    light = luma(paint("inkwash", photo, photo))
    assert light[:4].mean() > light[60:100, 60:100].mean() + 0.1


def test_strokes_of_crayons_end_on_a_margin_of_paper() -> None:
    photo = flat(160, 160, 0.3)
    light = luma(paint("crayon", photo, photo))
    assert light[:2].mean() > 0.8 > light[40:-40, 40:-40].mean()


def test_strokes_of_crayons_are_fine() -> None:
    """Paper shows between them, and what is broader than a few is even: no stripes."""
    red = flat(240, 240) * np.array([1.5, 0.7, 0.5], dtype=np.float32)[:, None, None]
    light = luma(paint("crayon", red, red))[40:-40, 40:-40]
    assert light.std() > 0.03 and box(light, 8).std() < 0.012


def test_eyes_are_ink_on_faces_of_paper() -> None:
    """And shades as of a nose are paler."""
    photo = flat(200, 200) * np.array([0.8, 1.0, 1.2], dtype=np.float32)[:, None, None]
    y, x = np.mgrid[:200, :200]
    face = np.hypot((y - 100) / 1.25, x - 100) < 45
    photo[:, face] = np.float32((0.86, 0.66, 0.55))[:, None]
    photo[:, 88:93, 76:88] = photo[:, 88:93, 112:124] = 0.1
    photo[:, 100:114, 98:103] *= 0.75
    persons = (np.hypot((y - 100) / 1.3, x - 100) < 50).astype(np.float32)
    people = People(face.astype(np.float32), persons)
    light = luma(brushwork(photo, photo, {"inkwash": 1.0}, people=people))
    eye, nose = light[89:92, 78:86].mean(), light[102:112, 99:102].mean()
    assert eye < 0.35 < nose - 0.1 < 0.75 < light[120:126, 84:116].mean()


def test_ink_wash_bears_a_red_seal() -> None:
    photo = scene(200)
    red, green, _ = paint("inkwash", photo, photo)
    rows, columns = np.nonzero(red - green > 0.3)
    assert len(rows) > 50 and rows.min() > 130 and np.ptp(columns) < 40


def test_thick_strokes_run_along_edges() -> None:
    """Along the crests of waves: painted noise varies more across them."""
    wave = 0.5 + 0.05 * np.sin(np.arange(160, dtype=np.float32) / 6)
    photo = np.broadcast_to(wave[:, None], (3, 160, 160)).copy()
    photo += 0.002 * noise(160, 160)
    plane = luma(paint("impasto", noise(160, 160), photo))
    along_crests, across = (np.abs(np.diff(plane, axis=axis)).mean() for axis in (1, 0))
    assert across > 1.2 * along_crests


def test_stars_shine_in_dark_flat_ground_only() -> None:
    night, day = flat(200, 200, 0.15), flat(200, 200, 0.85)
    lighter = [
        (paint("starry", sky, sky) - paint("impasto", sky, sky))[0].max() for sky in (night, day)
    ]
    assert lighter[0] > 0.4 > 0.01 > lighter[1]


def test_flung_paint_is_dark_on_dark_and_light_on_light() -> None:
    photo = flat(200, 200, 0.25)
    photo[:, :, 100:] = 0.75
    picture = flat(200, 200)
    left, right = np.split(luma(paint("drip", picture, photo)), 2, axis=1)
    black, white = (
        [(part < 0.2).mean() for part in (left, right)],
        [(part > 0.8).mean() for part in (left, right)],
    )
    assert black[0] > 1.5 * black[1] and white[1] > 1.5 * white[0]
    # The stain beneath is of one tone.
    assert 0.15 < (np.abs(left - np.median(left)) > 0.05).mean() < 0.9


def test_gold_is_in_flat_ground_and_not_on_skin() -> None:
    photo = flat(200, 300, 0.7)
    y, x = np.indices((200, 300)) - np.array([100, 200])[:, None, None]
    photo[:, np.hypot(y, 1.3 * x) < 50] = np.array([[0.8], [0.6], [0.5]], dtype=np.float32)
    painted = paint("gold", photo, photo)
    yellow = box(painted[0] - painted[2], 6)
    assert yellow[40:160, 20:100].mean() > 0.35
    assert yellow[80:120, 185:215].max() < 0.35
    assert np.abs(painted - photo)[:, 80:120, 185:215].max() < 0.15


def test_clothes_are_dense_with_ornament_and_red_things_stay_red() -> None:
    photo = flat(200, 300, 0.7)
    worn = np.zeros((200, 300), dtype=np.float32)
    worn[:, 200:] = 1
    people = People(0 * worn, worn)
    painted = brushwork(photo, photo, {"gold": 1.0}, people=people)
    calm, dense = (np.ptp(painted[:, :, part], axis=0).std() for part in (np.s_[:100], np.s_[220:]))
    assert dense > 1.3 * calm
    photo[:, 60:140, 60:140] = np.array([0.8, 0.1, 0.1], dtype=np.float32)[:, None, None]
    red, green, _ = brushwork(photo, photo, {"gold": 1.0})[:, 80:120, 80:120].mean((1, 2))
    assert red > green + 0.3


def test_a_photograph_has_the_photos_detail_and_not_the_pictures() -> None:
    photo, crumple = scene(), 0.3 * (noise(128, 128, seed=1) - 0.5)
    photo[:, 60:68:2] += 0.2
    detail = luma(photo) - box(luma(photo), 2)
    painted = luma(paint("photograph", (0.5 * photo + 0.2 + crumple).clip(0, 1), photo))
    fine = painted - box(painted, 2)
    assert np.corrcoef(fine.ravel(), detail.ravel())[0, 1] > 0.7
    assert abs(np.corrcoef(fine.ravel(), (crumple[1] - box(crumple[1], 2)).ravel())[0, 1]) < 0.15


def test_a_toned_photograph_has_one_colour_for_each_lightness() -> None:
    photo = scene()
    picture = photo.copy()
    picture[0, :64] += 0.1
    picture[2, 64:] += 0.1
    toned, coloured = (paint(mark, picture, photo) for mark in ("toned", "photograph"))
    upper, lower = (np.s_[:, 20:30, 100:110], np.s_[:, 98:108, 100:110])
    apart = [
        np.abs(
            (p[upper] - luma(p[upper])).mean((1, 2)) - (p[lower] - luma(p[lower])).mean((1, 2))
        ).max()
        for p in (toned, coloured)
    ]
    assert apart[0] < 0.02 < 0.05 < apart[1]


def test_sprayed_outlines_are_dark_and_paint_runs_down() -> None:
    photo = scene(200)
    painted = luma(paint("spray", photo, photo))
    assert painted[95:105, 49:56].min() < 0.2
    dark = (painted < 0.25)[150:, 40:160]
    assert dark.sum(0).max() > 3 * dark.sum(1).max() / 10 and dark.any()
