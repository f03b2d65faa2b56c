from __future__ import annotations

import numpy as np
import pytest

from stylemamba.portable import palette
from stylemamba.portable.colour import srgb_to_lab
from stylemamba.portable.geometry import Array, luma
from stylemamba.portable.palette import Recolouring, with_palette
from stylemamba.portable.parts import parts_of

SKY, FIELD = (0.55, 0.7, 0.9), (0.35, 0.5, 0.2)


def landscape(sky: tuple[float, float, float], field: tuple[float, float, float]) -> Array:
    rows = (np.arange(80) >= 40).astype(int)
    return np.array([sky, field], dtype=np.float32)[rows].T[:, :, None].repeat(100, 2)


def chroma(picture: Array) -> Array:
    return srgb_to_lab(picture)[1:].mean((1, 2))


def test_nothing_known_and_nothing_kept_is_the_picture() -> None:
    picture, photo = landscape(FIELD, SKY), landscape(SKY, FIELD)
    np.testing.assert_allclose(with_palette(picture, photo, ()), picture, atol=0.02)
    pushed = with_palette(picture, photo, [(-0.5, parts_of(photo)[None])])
    np.testing.assert_allclose(pushed, picture, atol=0.02)


def test_a_sky_takes_the_colour_of_skies() -> None:
    """Olive all over, under a photo with a sky: the painting's sky is a strong blue."""
    photo, olive = landscape(SKY, FIELD), landscape((0.5, 0.5, 0.2), (0.45, 0.45, 0.15))
    painting = parts_of(landscape((0.2, 0.3, 0.8), (0.8, 0.6, 0.1)))[None]
    result = with_palette(olive, photo, [(1.0, painting)])
    top, bottom = result[:, :35].mean((1, 2)), result[:, 45:].mean((1, 2))
    assert top[2] > top[0] + 0.04 and bottom[0] > bottom[2] + 0.2
    before = np.abs(chroma(olive[:, :35]) - chroma(landscape((0.2, 0.3, 0.8), FIELD)[:, :35]))
    after = np.abs(chroma(result[:, :35]) - chroma(landscape((0.2, 0.3, 0.8), FIELD)[:, :35]))
    assert after.sum() < 0.6 * before.sum()


def test_flat_parts_stay_flat_and_edges_stay_sharp() -> None:
    photo = landscape(SKY, FIELD)
    painting = parts_of(landscape((0.2, 0.3, 0.8), (0.8, 0.6, 0.1)))[None]
    result = with_palette(photo, photo, [(1.0, painting)])
    assert np.ptp(result[:, :36], axis=(1, 2)).max() < 0.02
    assert np.abs(np.diff(result, axis=1)).max(axis=(0, 2)).argmax() == 39


def test_shares_count() -> None:
    photo = landscape(SKY, FIELD)
    red, blue = (
        parts_of(landscape(sky, FIELD))[None] for sky in ((0.8, 0.2, 0.2), (0.1, 0.2, 0.9))
    )
    mixed = [
        with_palette(photo, photo, [(share, red), (1 - share, blue)])[0, :30].mean()
        for share in (0.1, 0.5, 0.9)
    ]
    assert mixed[0] < mixed[1] < mixed[2]


def test_the_photos_colours_are_kept_under_the_pictures_lightness() -> None:
    photo, picture = landscape(SKY, FIELD), landscape((0.7, 0.4, 0.3), (0.2, 0.2, 0.5))
    kept = with_palette(picture, photo, (), keep=1.0)
    np.testing.assert_allclose(chroma(kept[:, :35]), chroma(photo[:, :35]), atol=3)
    lightness = (srgb_to_lab(kept)[0] - srgb_to_lab(picture)[0])[:35]
    assert np.abs(lightness).max() < 2
    half = with_palette(picture, photo, (), keep=0.5)
    between = (chroma(picture[:, :35]) + chroma(photo[:, :35])) / 2
    np.testing.assert_allclose(chroma(half[:, :35]), between, atol=4)


def test_what_styles_share_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, picture = landscape(SKY, FIELD), landscape((0.7, 0.4, 0.3), (0.2, 0.2, 0.5))
    styles = [[(1.0, parts_of(painting)[None])] for painting in (photo, picture)]
    apart = [with_palette(picture, photo, style, 0.2) for style in styles]
    asked = []

    def counted(photo: Array) -> Array:
        asked.append(photo)
        return parts_of(photo)

    monkeypatch.setattr(palette, "parts_of", counted)
    recolouring = Recolouring(picture, photo)
    for style, expected in zip(styles, apart, strict=True):
        assert np.array_equal(recolouring.by(style, 0.2), expected)
    assert len(asked) == 1


def test_given_parts_decide_on_the_colours() -> None:
    """Frames of one shot are to have one palette, whatever each of them shows."""
    photo, picture = landscape(SKY, FIELD), landscape((0.7, 0.4, 0.3), (0.2, 0.2, 0.5))
    style = [(1.0, parts_of(landscape((0.2, 0.3, 0.8), (0.8, 0.6, 0.1)))[None])]
    own = Recolouring(picture, photo).by(style)
    assert np.array_equal(Recolouring(picture, photo, parts_of(photo)).by(style), own)
    other = parts_of(landscape(FIELD, SKY))
    assert not np.allclose(Recolouring(picture, photo, other).by(style), own, atol=0.01)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (33, 2), (300, 170)])
def test_any_size(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    picture, photo = rng.random((2, 3, *size), dtype=np.float32)
    result = with_palette(picture, photo, [(1.0, parts_of(picture)[None])], 0.3)
    assert result.shape == picture.shape and result.dtype == np.float32
    assert result.min() >= 0 and result.max() <= 1 and np.isfinite(luma(result)).all()
