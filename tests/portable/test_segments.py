from __future__ import annotations

import numpy as np

from stylemamba.portable.segments import expected_overlap, follow_edges


def test_expected_overlap_of_certain_answers_is_one_and_of_none_is_nothing() -> None:
    likely = np.zeros((8, 8), dtype=np.float32)
    assert expected_overlap(likely) == 0.0
    assert expected_overlap(likely + 0.5) == 0.0  # at one half, nothing is found
    likely[:, :3] = 1
    assert expected_overlap(likely) == 1.0


def test_expected_overlap_is_near_the_mean_overlap_with_masks_drawn_from_it() -> None:
    rng = np.random.default_rng(0)
    likely = rng.beta(0.4, 0.6, (64, 64))
    found = likely > 0.5
    drawn = rng.random((200, 64, 64)) < likely
    overlaps = (drawn & found).sum((1, 2)) / (drawn | found).sum((1, 2))
    assert abs(expected_overlap(likely) - overlaps.mean()) < 0.01


def scene(side: int) -> np.ndarray:
    """A photo (3, side, side), blue on the left of a slanting border and green on the right."""
    y, x = np.mgrid[:side, :side] / side
    left = (x < 0.35 + 0.2 * y)[None]
    blue, green = (np.array(c)[:, None, None] for c in ((0.3, 0.5, 0.9), (0.35, 0.6, 0.3)))
    noise = np.random.default_rng(1).normal(0, 0.01, (3, side, side))
    return (np.where(left, blue, green) + noise).clip(0, 1).astype(np.float32)


def test_a_mask_follows_the_edge_that_its_cells_are_too_coarse_for() -> None:
    photo = scene(128)
    truth = photo[2] > 0.6
    cells = truth.reshape(16, 8, 16, 8).mean((1, 3)).astype(np.float32)
    mask = follow_edges(cells, photo, photo)
    wrong = ((mask > 0.5) != truth).mean()
    coarse = (np.kron(cells, np.ones((8, 8))) > 0.5) != truth
    assert wrong < 0.2 * coarse.mean()
    assert mask.shape == (128, 128) and mask.min() >= 0 and mask.max() <= 1


def test_the_guide_may_be_smaller_than_the_photo() -> None:
    photo = scene(256)
    truth = photo[2] > 0.6
    cells = truth.reshape(32, 8, 32, 8).mean((1, 3)).astype(np.float32)
    guide = photo.reshape(3, 128, 2, 128, 2).mean((2, 4))
    assert ((follow_edges(cells, guide, photo) > 0.5) != truth).mean() < 0.01


def test_a_flat_photo_leaves_a_map_as_it_is_but_smoother() -> None:
    photo = np.full((3, 64, 64), 0.5, dtype=np.float32)
    likely = np.zeros((16, 16), dtype=np.float32)
    likely[:, :8] = 1
    mask = follow_edges(likely, photo, photo)
    np.testing.assert_allclose(mask[:, :16], 1, atol=1e-4)
    np.testing.assert_allclose(mask[:, 48:], 0, atol=1e-4)
