"""Simplified photos."""

import torch
import torch.nn.functional as F

from stylemamba.painting.simplify import FAINT, RADIUS, simplify


def reference(photo: torch.Tensor) -> torch.Tensor:
    """The filter pixel by pixel, in float64."""
    image = F.pad(photo[None], (RADIUS,) * 4, mode="replicate")[0].double()
    guide = image.mean(0)
    height, width = photo.shape[-2:]
    side = 2 * RADIUS + 1
    slope = torch.zeros(3, height, width, dtype=torch.float64)
    offset = torch.zeros_like(slope)
    for y in range(height):
        for x in range(width):
            window, g = image[:, y : y + side, x : x + side], guide[y : y + side, x : x + side]
            covariance = (window * g).mean((1, 2)) - window.mean((1, 2)) * g.mean()
            slope[:, y, x] = covariance / (g.var(correction=0) + FAINT)
            offset[:, y, x] = window.mean((1, 2)) - slope[:, y, x] * g.mean()
    padded = F.pad(torch.stack([slope, offset]), (RADIUS,) * 4, mode="replicate")
    a, b = padded.unfold(2, side, 1).unfold(3, side, 1).mean((-2, -1))
    return (a * photo.double().mean(0) + b).clamp(0, 1)


def test_equals_the_filter_pixel_by_pixel() -> None:
    photo = torch.rand(3, 13, 17, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        simplify(photo[None], 1)[0].double(), reference(photo), atol=1e-5, rtol=0
    )


def test_faint_texture_goes_and_a_strong_edge_stays() -> None:
    step = torch.full((1, 3, 40, 40), 0.1)
    step[..., 20:] = 0.9
    texture = 0.03 * torch.randn(1, 1, 40, 40, generator=torch.Generator().manual_seed(0))
    simple = simplify((step + texture).clamp(0, 1), 1)
    inside = slice(RADIUS * 2, 20 - RADIUS * 2)
    assert simple[..., inside].std() < 0.3 * (step + texture)[..., inside].std()
    assert (simple[..., 20] - simple[..., 19]).mean() > 0.7  # of 0.8


def test_tiny_photos() -> None:
    simple = simplify(torch.full((1, 3, 1, 2), 0.25), 4)
    torch.testing.assert_close(simple, torch.full((1, 3, 4, 4), 0.25))
