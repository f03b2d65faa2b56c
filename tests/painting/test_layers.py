from __future__ import annotations

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from stylemamba.painting.layers import Layers
from stylemamba.portable.brushwork import brushwork
from stylemamba.portable.recipe import Recipe, Region, StylePart
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.portable.region_maps import region_maps
from stylemamba.portable.style import Style

PARTS = (StylePart("x"),)


def style(**marks: float) -> Style:
    return Style(torch.zeros(1, 2), torch.zeros(1, 3), marks=marks)


def png(pixels: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def maps_of(*regions: Region, size: tuple[int, int] = (40, 60)) -> np.ndarray:
    maps = region_maps(Recipe.of("x", regions=regions), *size)
    assert maps is not None
    np.testing.assert_allclose(maps.sum(0), 1, atol=1e-6)
    assert maps.min() >= 0
    return maps


def test_no_regions_no_maps() -> None:
    assert region_maps(Recipe.of("x"), 40, 60) is None


def test_a_box() -> None:
    maps = maps_of(Region(PARTS, box=(0.25, 0.5, 0.5, 0.5), feather=0))
    expected = np.zeros((40, 60))
    expected[20:, 15:45] = 1
    np.testing.assert_array_equal(maps[1], expected)


def test_a_box_between_pixels_covers_its_share() -> None:
    maps = maps_of(Region(PARTS, box=(0, 0, 0.3, 0.7), feather=0), size=(5, 7))
    assert maps[1].sum() == pytest.approx(0.3 * 0.7 * 35, rel=1e-5)


def test_a_mask_of_any_size_and_its_soft_border() -> None:
    left = np.zeros((8, 16), np.uint8)
    left[:, :8] = 255
    hard = maps_of(Region(PARTS, mask=png(left), feather=0))
    assert hard[1][:, :26].min() == 1 and hard[1][:, 34:].max() == 0
    soft = maps_of(Region(PARTS, mask=png(left), feather=0.3))
    assert np.abs(np.diff(soft[1], axis=1)).max() < 0.1


def test_later_regions_lie_over_earlier_ones() -> None:
    maps = maps_of(
        Region(PARTS, box=(0, 0, 1, 1), feather=0), Region(PARTS, box=(0.5, 0, 0.5, 1), feather=0)
    )
    assert maps[0].max() == 0 and maps[1][:, :30].min() == 1 and maps[2][:, 30:].min() == 1


def test_maps_are_no_larger_than_they_must() -> None:
    maps = maps_of(Region(PARTS, box=(0, 0, 0.5, 1)), size=(3000, 1500))
    assert maps.shape == (2, 1024, 512)


def test_a_mask_that_is_no_picture_is_named() -> None:
    for content in (b"", b"text", base64.b64decode(png(np.zeros((4, 4), np.uint8)))[:40]):
        region = Region(PARTS, mask=base64.b64encode(content).decode())
        with pytest.raises(RecipeError) as caught:
            region_maps(Recipe.of("x", regions=(region,)), 40, 60)
        assert caught.value.field == "regions[0].mask"


def test_deep_and_transparent_masks() -> None:
    half = maps_of(Region(PARTS, mask=png(np.full((4, 4), 32768, np.uint16)), feather=0))
    assert half[1] == pytest.approx(0.5, abs=0.01)
    clear = np.full((4, 4, 4), 255, np.uint8)
    clear[:, 2:, 3] = 0
    left = maps_of(Region(PARTS, mask=png(clear), feather=0))
    assert left[1][:, :20].min() == 1 and left[1][:, 40:].max() == 0


def test_a_mask_is_no_bomb() -> None:
    """A few kilobytes that would fill the memory are refused by their header."""
    file = io.BytesIO()
    Image.new("1", (9000, 9000)).save(file, "PNG")
    region = Region(PARTS, mask=base64.b64encode(file.getvalue()).decode())
    with pytest.raises(RecipeError, match="81 megapixels"):
        region_maps(Recipe.of("x", regions=(region,)), 40, 60)


def halves(height: int, width: int) -> torch.Tensor:
    left = torch.zeros(1, 1, height, width)
    left[..., : width // 2] = 1
    return torch.cat([left, 1 - left], 1)


def test_maps_keep_their_sum_at_any_size() -> None:
    layers = Layers((style(), style(), style()), torch.rand(1, 3, 9, 7).softmax(1), (1, 1, 1))
    for size in ((9, 7), (40, 31), (3, 2), (1, 1)):
        maps = layers.maps_at(*size)
        assert maps is not None and maps.shape == (1, 3, *size)
        torch.testing.assert_close(maps.sum(1), torch.ones(1, *size))


def test_amounts_of_marks_have_a_place() -> None:
    layers = Layers((style(strokes=1.0, dots=0.0), style(strokes=0.0, dots=0.0)), halves(4, 8),
                    (1.0, 1.0))  # fmt: skip
    amounts = layers.over(4, 8).amounts(texture=0.5, strength=1.0)
    assert amounts.keys() == {"strokes"}
    np.testing.assert_allclose(amounts["strokes"], [[0.5] * 4 + [0.0] * 4] * 4)


def test_one_layer_has_numbers() -> None:
    amounts = Layers.of(style(strokes=0.4, dots=3.0, tiles=-1.0)).over(4, 8).amounts(2.0, 0.5)
    assert amounts == {"strokes": pytest.approx(0.4), "dots": 1.0, "tiles": 0.0}


def test_brushwork_is_where_its_amounts_are() -> None:
    rng = np.random.default_rng(0)
    photo = rng.random((3, 60, 80), dtype=np.float32)
    everywhere = np.ones((60, 80), np.float32)
    for mark in ("strokes", "dots", "tiles"):
        whole = brushwork(photo, photo, {mark: 1.0})
        np.testing.assert_array_equal(brushwork(photo, photo, {mark: everywhere}), whole)
        left = everywhere * (np.arange(80) < 40)
        half = brushwork(photo, photo, {mark: left})
        np.testing.assert_array_equal(half[..., :40], whole[..., :40])
        np.testing.assert_array_equal(half[..., 40:], photo[..., 40:])


def test_numbers_have_to_fit() -> None:
    with pytest.raises(ValueError, match="2 styles, 1 maps"):
        Layers((style(), style()))
    with pytest.raises(ValueError, match="1 strengths"):
        Layers((style(), style()), halves(4, 8))
