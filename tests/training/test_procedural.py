from __future__ import annotations

import time

import numpy as np
import pytest

from stylemamba.training.procedural import PROCEDURAL_STYLES
from stylemamba.training.procedural.filters import Array, gradient_map, inks, line_drawing, voronoi

NAMES = sorted(PROCEDURAL_STYLES)


@pytest.fixture(scope="module")
def photo() -> Array:
    """A tiny scene (48, 40): sky, ground, a red disc, a dark pole."""
    y, x = np.mgrid[:48, :40].astype(np.float32)
    image = np.where((y < 28)[..., None], (0.45, 0.65, 0.9), (0.35, 0.5, 0.2)).astype(np.float32)
    image *= (0.7 + 0.3 * y / 48)[..., None]
    image[np.hypot(y - 16, x - 14) < 8] = (0.85, 0.2, 0.15)
    image[8:40, 28:32] = (0.1, 0.08, 0.08)
    return image


def render(name: str, image: Array, seed: int) -> Array:
    return PROCEDURAL_STYLES[name].render(image, np.random.default_rng(seed))


def test_registry_is_large_and_keyed_by_name() -> None:
    assert len(PROCEDURAL_STYLES) >= 28
    assert all(style.name == name for name, style in PROCEDURAL_STYLES.items())


@pytest.mark.parametrize("prompt", ["mosaic", "neon light", "fire", "stone wall", "watercolor"])
def test_prompts_of_the_literature_are_captions(prompt: str) -> None:
    assert any(prompt in style.captions for style in PROCEDURAL_STYLES.values())


def test_captions_are_clean_and_belong_to_one_style() -> None:
    captions = [c for style in PROCEDURAL_STYLES.values() for c in style.captions]
    assert all(caption == caption.strip() and caption for caption in captions)
    assert len(set(captions)) == len(captions)
    assert all(len(style.captions) >= 3 for style in PROCEDURAL_STYLES.values())


@pytest.mark.parametrize("name", NAMES)
def test_render_keeps_shape_and_range_and_changes_the_photo(name: str, photo: Array) -> None:
    before = photo.copy()
    result = render(name, photo, 0)
    assert result.shape == photo.shape
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    assert result.min() >= 0
    assert result.max() <= 1
    assert np.abs(result - photo).mean() > 0.03
    assert result.std() > 0.02
    np.testing.assert_array_equal(photo, before)


@pytest.mark.parametrize("name", NAMES)
def test_render_is_deterministic_and_varies_with_the_generator(name: str, photo: Array) -> None:
    first = render(name, photo, 1)
    np.testing.assert_array_equal(first, render(name, photo, 1))
    assert np.abs(first - render(name, photo, 2)).max() > 0.01


@pytest.mark.parametrize("name", NAMES)
def test_render_of_odd_size_and_flat_picture(name: str) -> None:
    flat = np.full((33, 57, 3), 0.5, np.float32)
    result = render(name, flat, 3)
    assert result.shape == flat.shape
    assert np.isfinite(result).all()


def test_whole_registry_is_fast_on_a_training_crop(photo: Array) -> None:
    image = np.tile(photo, (4, 4, 1))
    start = time.process_time()
    for name in ("oil painting", "wood", "ink wash painting", "crayon"):
        render(name, image, 0)
    assert time.process_time() - start < 4 * 0.6


def test_signature_looks(photo: Array) -> None:
    neon, sketch, grey = (render(n, photo, 0) for n in ("neon light", "pencil drawing", "x-ray"))
    assert np.median(neon.mean(-1)) < 0.2
    assert np.median(sketch.mean(-1)) > 0.7
    assert grey[..., 2].mean() > grey[..., 0].mean()
    film = render("black and white photograph", photo, 0)
    np.testing.assert_allclose(film[..., 0], film[..., 2])
    fire = render("fire", photo, 0)
    assert fire[..., 0].mean() > fire[..., 1].mean() > fire[..., 2].mean()


def test_pixel_art_has_few_colours(photo: Array) -> None:
    colours = np.unique(render("pixel art", photo, 0).reshape(-1, 3), axis=0)
    assert len(colours) <= 16


def test_gradient_map_hits_its_stops() -> None:
    stops = inks("#000000 #ff0000 #ffffff")
    mapped = gradient_map(np.array([[0.0, 0.5, 1.0]], np.float32), stops)
    np.testing.assert_allclose(mapped[0], [(0, 0, 0), (1, 0, 0), (1, 1, 1)], atol=1e-6)


def test_line_drawing_marks_the_edge_and_only_the_edge() -> None:
    tone = np.where(np.arange(40) < 20, 0.2, 0.8) * np.ones((16, 1))
    lines = line_drawing(tone.astype(np.float32), 1.0)
    assert lines[8, 17:20].min() < 0.1
    assert lines[8, :10].min() > 0.99
    assert lines[8, 30:].min() > 0.99


def test_voronoi_splits_halfway() -> None:
    labels, border = voronoi((5, 20), np.array([[2.0, 4.0], [2.0, 14.0]]))
    assert (labels[:, :9] == 0).all()
    assert (labels[:, 10:] == 1).all()
    np.testing.assert_allclose(border[2, 4], 5.0, atol=1e-4)
