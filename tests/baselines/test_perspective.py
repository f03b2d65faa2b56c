from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from stylemamba.baselines.perspective import (
    corners,
    homographies,
    random_corners,
    random_homographies,
    warp,
)


def reference_warp(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Pixel by pixel, in the plainest terms; black beyond the picture's pixels."""
    channels, height, width = image.shape
    result = np.zeros_like(image)

    def pixel(y: int, x: int) -> np.ndarray:
        inside = 0 <= y < height and 0 <= x < width
        return image[:, y, x] if inside else np.zeros(channels)

    for row in range(height):
        for column in range(width):
            u, v, w = matrix @ (column, row, 1)
            x, y = u / w, v / w
            left, top = math.floor(x), math.floor(y)
            across, down = x - left, y - top
            result[:, row, column] = (
                (1 - down) * (1 - across) * pixel(top, left)
                + (1 - down) * across * pixel(top, left + 1)
                + down * (1 - across) * pixel(top + 1, left)
                + down * across * pixel(top + 1, left + 1)
            )
    return result


def test_warp_agrees_with_a_plain_loop() -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(3, 3, 9, 14, generator=generator, dtype=torch.float64)
    maps = random_homographies(9, 14, 0.5, 3, generator)
    warped = warp(images, maps).numpy()
    assert (warped == 0).any()  # some of it is beyond the picture
    for image, matrix, result in zip(images.numpy(), maps.numpy(), warped, strict=True):
        np.testing.assert_allclose(result, reference_warp(image, matrix), atol=1e-9)


def test_homographies_take_the_points_to_their_targets() -> None:
    generator = torch.Generator().manual_seed(1)
    source = random_corners(40, 60, 0.5, 5, generator)
    target = random_corners(40, 60, 0.5, 5, generator)
    points = torch.cat([source, torch.ones(5, 4, 1)], -1)
    projected = points @ homographies(source, target).mT
    torch.testing.assert_close(projected[..., :2] / projected[..., 2:], target)


def test_the_corners_of_the_picture_arrive_where_they_were_sent() -> None:
    generator = torch.Generator().manual_seed(2)
    moved = random_corners(20, 30, 0.5, 1, generator)
    image = torch.zeros(1, 3, 20, 30, dtype=torch.float64)
    image[..., 0, 0] = image[..., 0, -1] = image[..., -1, 0] = image[..., -1, -1] = 1
    warped = warp(image, homographies(moved, corners(20, 30).expand_as(moved)))
    for x, y in moved[0].long().tolist():
        assert warped[0, 0, y, x] == pytest.approx(1)


def test_corners_stay_within_half_of_half_a_side() -> None:
    moved = random_corners(21, 40, 0.5, 4000, torch.Generator().manual_seed(0))
    inwards = (moved - corners(21, 40)).abs()
    assert inwards[..., 0].unique().tolist() == list(range(11))  # 0.5 * 40 / 2
    assert inwards[..., 1].unique().tolist() == list(range(6))  # 0.5 * 20 / 2
    assert (moved >= 0).all() and (moved <= torch.tensor([39, 20])).all()
    assert torch.equal(random_corners(21, 40, 0.0, 1, torch.Generator())[0], corners(21, 40))


def test_no_distortion_leaves_the_picture_and_gradients_flow() -> None:
    image = torch.rand(2, 3, 8, 8, requires_grad=True)
    maps = random_homographies(8, 8, 0.0, 2, torch.Generator())
    torch.testing.assert_close(warp(image, maps), image)
    warp(image, maps).sum().backward()
    assert image.grad is not None
    torch.testing.assert_close(image.grad, torch.ones_like(image))
