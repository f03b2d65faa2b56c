"""Weather, fire and night: marks are where they belong, and the scene stays readable."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import tinted

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.flames import burning, risen
from stylemamba.portable.brushwork.ground import SIDE, Ground, People
from stylemamba.portable.brushwork.scene import sky, specks
from stylemamba.portable.brushwork.weather import paint_snow
from stylemamba.portable.filters import blurred
from stylemamba.portable.geometry import Array, luma
from stylemamba.portable.sampling import blocks

SCENES = ("fog", "rain", "snow", "stars", "galaxy", "flames")
every_scene = pytest.mark.parametrize("mark", SCENES)
SKIN, BLUE = (0.80, 0.58, 0.47), (0.45, 0.62, 0.90)


def painted(mark: str, photo: Array, amount: Array | float = 1.0, scale: float = 1.0) -> Array:
    return brushwork(photo, photo, {mark: amount}, 0, scale * SIDE / max(photo.shape[1:]))


def landscape(side: int = 160) -> Array:
    """A blue sky over rough green ground with a dark bar across the sky."""
    photo = tinted(side, side, BLUE)
    rough = 0.15 * np.random.default_rng(0).random((side, side), dtype=np.float32)
    photo[:, side // 2 :] = tinted(side // 2, side, (0.25, 0.4, 0.15)) + rough[side // 2 :]
    photo[:, 40:52, 20:140] = 0.1
    return photo


@pytest.mark.parametrize("mark", ["snow", "rain"])
def test_no_colour_drifts_across_flat_ground(mark: str) -> None:
    """Beyond the size of flakes and streaks, along rows: the air changes with height."""
    light = blurred(luma(painted(mark, tinted(240, 240, (0.3, 0.3, 0.3)), scale=0.5)), 24)
    assert np.ptp(light[60:-60, 60:-60], axis=1).max() < 0.03


def test_snow_lies_on_tops_and_on_plants() -> None:
    light = luma(painted("snow", landscape()))
    top, below = light[36:42, 40:120].mean(), light[50:56, 40:120].mean()
    assert top > 0.85 and top > below + 0.15
    assert light[45:50, 40:120].mean() < 0.4  # it does not cover the bar, but for powder
    assert light[100:].mean() > 0.6 > luma(landscape())[100:].mean()


def test_larger_snow_has_larger_flakes() -> None:
    def correlation(scale: float) -> float:
        light = luma(painted("snow", tinted(200, 200, (0.1, 0.1, 0.1)), scale=scale))[:150]
        light = light - blurred(light, 6)
        return float((light[:, 3:] * light[:, :-3]).mean() / light.var())

    assert correlation(3.0) > correlation(1.0) + 0.2


@every_scene
def test_a_face_is_not_covered(mark: str) -> None:
    """What is seen of it follows the photo, with features that are a fortieth of the height."""
    photo = tinted(200, 160, (0.2, 0.25, 0.3))
    photo[:, 50:130, 40:110] = tinted(80, 70, SKIN)
    for eye in (60, 85):
        photo[:, 75:80, eye : eye + 6] = 0.15
    photo[:, 110:114, 62:88] = 0.25
    inside = (slice(60, 125), slice(48, 102))
    seen, was = luma(painted(mark, photo))[inside], luma(photo)[inside]
    assert np.corrcoef(seen.ravel(), was.ravel())[0, 1] > 0.8


def test_fire_is_hotter_where_the_photo_is_bright() -> None:
    photo = tinted(160, 240, (0.06, 0.06, 0.06))
    photo[:, 80:110, 150:190] = 0.95
    result = painted("flames", photo)
    light = luma(result)
    assert light[60:100, 150:190].mean() > 2 * light[60:100, 30:70].mean()
    assert result[0].mean() > 1.4 * result[1].mean() > 2 * result[2].mean()


def test_heat_rises_and_cools() -> None:
    fuel = np.zeros((40, 30), dtype=np.float32)
    fuel[30, 10:20] = 1
    still = np.zeros_like(fuel)
    heat = risen(fuel, still + 0.05, still)
    assert heat[31:].max() == 0
    np.testing.assert_allclose(heat[25, 12], 0.75, atol=1e-6)
    assert heat[:9].max() == 0
    blown = risen(fuel, still + 0.05, still + 1)
    assert blown[25, 5:15].min() > 0.7 and blown[25, 16:].max() == 0


def test_burning_grows_lighter_with_heat() -> None:
    light = luma(burning(np.linspace(0, 1, 64, dtype=np.float32)[None]))[0]
    assert np.diff(light).min() >= 0 and light[0] < 0.02 and light[-1] > 0.95


@pytest.mark.parametrize("mark", ["stars", "galaxy"])
def test_stars_are_in_the_sky_alone(mark: str) -> None:
    light = luma(painted(mark, landscape()))
    rough = np.abs(light - blurred(light, 1.6))
    assert np.quantile(light[:30], 0.5) < 0.3 and light[:30].max() > 0.5
    assert rough[:30].max() > 3 * rough[110:].max()


def test_fog_is_denser_farther_up_and_hides_contrast() -> None:
    noise = np.random.default_rng(0).random((20, 20), dtype=np.float32)
    photo = np.broadcast_to(noise.repeat(10, 0).repeat(10, 1), (3, 200, 200)).copy()
    light = luma(painted("fog", photo))
    assert light[:50].std() < 0.5 * light[-50:].std()
    assert light[:50].mean() > light[-50:].mean()


def test_rain_falls_downwards() -> None:
    """It varies less along its way than across it."""
    light = luma(painted("rain", tinted(200, 200, (0.1, 0.1, 0.1))))
    fall = np.abs(light[6:, :-1] - light[:-6, 1:]).mean()
    assert fall < 0.8 * np.abs(light[:, 6:] - light[:, :-6]).mean()


def test_sky_goes_on_between_branches_and_ends_at_the_ground() -> None:
    photo = landscape()
    ground = Ground(photo, 1.0, np.random.default_rng(0))
    found = sky(ground, blocks(photo, ground.pitch))
    assert found[:15].min() > 0.8 and found[28:34].min() > 0.6
    assert found[21:25, 15:65].max() < 0.4 and found[48:].max() < 0.1


def test_people_are_around_skin() -> None:
    ground = Ground(tinted(240, 240, (0.5, 0.5, 0.5)), 1.0, np.random.default_rng(0))
    face = np.zeros((120, 120), dtype=np.float32)
    face[50:70, 50:70] = 1
    ground.face = face
    near = ground.persons
    assert near[50:70, 50:70].min() > 0.9 and near[:5].max() < 0.05 and near[60, 75] > 0.3


def test_specks_are_round_or_drawn_out_and_clipped_at_borders() -> None:
    place = np.array([[20.0, 0.0], [20.0, 0.0]], dtype=np.float32)
    size = np.array([2.0, 2.0], dtype=np.float32)
    stretch = np.array([[0.0, 0.0], [16.0, 0.0]], dtype=np.float32)
    covered = specks((41, 41), place, size, stretch, np.full((1, 2), 0.9, dtype=np.float32))[0]
    assert abs(covered[20, 20] - 0.9) < 1e-3 and abs(covered[0, 0] - 0.9) < 1e-3
    assert covered[20, 27] > 0.85 > 0.05 > covered[27, 20]
    empty = np.zeros((2, 0), dtype=np.float32)
    assert specks((5, 7), empty, empty[0], empty, empty[:1]).max() == 0


def test_snow_has_deep_blue_shades_and_white_lights() -> None:
    photo = tinted(200, 200, (0.2, 0.2, 0.2))
    photo[:, :100] = 0.8
    light, dark = (painted("snow", photo)[:, part] for part in (slice(90), slice(120, 200)))
    dark, light = (np.median(part.reshape(3, -1), axis=1) for part in (dark, light))
    assert dark[2] > dark[0] + 0.05 and dark.mean() < 0.3
    assert light.mean() > 0.75


def test_snow_lies_on_no_edge_that_is_out_of_focus() -> None:
    ramp = np.linspace(0, 1, 40)[:, None]

    def caps(width: int) -> float:
        photo = tinted(200, 200, (0.3, 0.3, 0.3))
        edge = 0.3 + 0.4 * np.interp(np.arange(200), [100, 100 + width], [0, 1])
        photo[:] = edge[:, None]
        light = luma(painted("snow", photo))
        return float(np.quantile(light[90:112], 0.9) - np.median(light[130:]))

    assert caps(1) > caps(len(ramp)) + 0.05


def test_snow_is_banked_in_front_but_shallow_below_skin() -> None:
    photo = tinted(240, 240, (0.1, 0.1, 0.1))

    def depth(skin: float) -> float:
        ground = Ground(photo, 1.0, np.random.default_rng(0))
        ground.skin = np.full((120, 120), skin, dtype=np.float32)
        light = luma(paint_snow(photo, ground, 1.0, np.random.default_rng(0)))
        return float((light[-48:] > 0.6).sum(0).mean())

    assert depth(0.0) > 14 and 0 < depth(1.0) < 0.6 * depth(0.0)


def test_frost_lies_on_what_faces_up() -> None:
    """Of green ledges, more than on what is between them, and on none that stand upright."""
    photo = tinted(240, 240, (0.2, 0.3, 0.12))
    level = np.arange(240) % 12 < 5
    photo[:, level] *= 1.6
    upright = photo.transpose(0, 2, 1).copy()

    def contrast(photo: Array, mask: Array) -> float:
        light = luma(painted("snow", photo))[40:180]
        return float(light[mask[40:180]].mean() - light[~mask[40:180]].mean())

    level = np.broadcast_to(level[:, None], (240, 240))
    assert contrast(photo, level) > contrast(upright, level.T) + 0.02


def test_snow_settles_on_heads_but_not_on_faces() -> None:
    photo = tinted(240, 240, (0.25, 0.25, 0.3))
    person = np.zeros((240, 240), dtype=np.float32)
    person[80:, 80:160] = 1
    photo[:, 80:, 80:160] = 0.08
    photo[:, 110:160, 95:145] = np.array(SKIN, dtype=np.float32)[:, None, None]
    face = np.zeros_like(person)
    face[110:160, 95:145] = 1

    ground = Ground(photo, 1.0, np.random.default_rng(0), People(face, person))
    seen = paint_snow(photo, ground, 1.0, np.random.default_rng(0))
    assert luma(seen)[78:86, 90:150].mean() > 0.7 > 0.4 > luma(seen)[165:190, 90:150].mean()
    assert np.median((seen[0] - seen[2])[112:158, 98:142]) > 0.1
