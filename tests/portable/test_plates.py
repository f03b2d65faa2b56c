"""Plates of prints: fields that end at edges, their shades, and a key of what is small or dark."""

from __future__ import annotations

import numpy as np
import pytest
from scenes import flat, halves, noise, scene

from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.plates import fields, key, local, shades
from stylemamba.portable.geometry import Array

MARKS = ("cartoon", "comic", "screen", "spray")


def ground(photo: Array) -> Ground:
    return Ground(photo, 1.0, np.random.default_rng(0))


def chance() -> np.random.Generator:
    return np.random.default_rng(1)


def test_fields_end_at_edges() -> None:
    number = fields(ground(halves(120, 160)), chance())
    assert np.unique(number).size == 2
    assert (number[:, :79] == number[0, 0]).all() and (number[:, 81:] == number[0, -1]).all()


def test_fields_are_few_and_numbered_without_gaps() -> None:
    photo = (scene(160, 240) + 0.05 * noise(160, 240)).clip(0, 1)
    number = fields(ground(photo), chance())
    assert 3 <= number.max() + 1 <= 40
    assert np.unique(number).size == number.max() + 1


def test_skies_are_one_field() -> None:
    """A gradient has no borders."""
    sky = np.linspace(0.7, 0.8, 160, dtype=np.float32)[:, None] * flat(160, 240, 1.0)
    assert fields(ground(sky), chance()).max() == 0


def test_the_key_draws_small_dark_things_and_leaves_light_ground() -> None:
    photo = flat(120, 160, 0.7)
    photo[:, 30:90, 60:63] = 0.2
    black = key(ground(photo))
    assert black[40:80, 61].min() > 0.9
    assert black[:, :50].max() < 0.01 and black[:, 75:].max() < 0.01


def test_the_key_is_calm_on_texture() -> None:
    """Bars are drawn; as strong a noise hardly is."""
    bars = flat(120, 160, 0.5)
    bars += 0.15 * np.sign(np.sin(np.arange(160) * np.pi / 6)).astype(np.float32)
    rough = 0.5 + 0.3 * (noise(60, 80)[:1] - 0.5).repeat(2, 1).repeat(2, 2).repeat(3, 0)
    assert key(ground(bars)).mean() > 3 * key(ground(rough)).mean()


def test_shades_are_what_is_darker_in_a_field() -> None:
    photo = flat(120, 160, 0.6)
    photo[:, :, :60] = 0.45
    shade = shades(np.zeros((120, 160), dtype=int), ground(photo))
    assert shade[:, :50].min() > 0.9 and shade[:, 70:].max() < 0.1


def test_fields_have_the_colours_of_the_photo() -> None:
    photo = halves(120, 160)
    site = ground(photo)
    lab, share, skin = local(fields(site, chance()), site, photo)
    np.testing.assert_allclose(share, 0.5, atol=0.02)
    assert abs(lab[0, 0] - lab[0, 1]) > 0.3 and not skin.any()


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("shape", [(8, 8), (9, 200), (64, 48)])
def test_prints_are_made_of_photos_of_any_size(mark: str, shape: tuple[int, int]) -> None:
    photo = noise(*shape)
    painted = brushwork(photo, photo, {mark: 1.0})
    assert painted.shape == photo.shape and painted.dtype == np.float32
    assert painted.min() >= 0 and painted.max() <= 1


@pytest.mark.parametrize("mark", MARKS)
def test_prints_keep_no_stains_of_the_networks(mark: str) -> None:
    """A stain on the picture that the photo does not have changes a field as a whole, if at all."""
    photo = scene(160, 240)
    stained = photo.copy()
    stained[:, 10:30, 20:40] = np.array([0.9, 0.1, 0.4])[:, None, None]
    plain, other = (brushwork(picture, photo, {mark: 1.0}) for picture in (photo, stained))
    assert np.abs(plain - other).mean() < 0.05
