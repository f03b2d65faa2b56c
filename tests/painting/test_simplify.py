"""Simplified photos."""

import torch
import torch.nn.functional as F

from stylemamba.painting.simplify import FAINT, RADIUS, STEP, simplify


def reference(photo: torch.Tensor) -> torch.Tensor:
    """The filter place by place, in float64; photos have sides of whole cells."""
    full = photo.double()
    cells = full.unfold(1, STEP, STEP).unfold(2, STEP, STEP).mean((-2, -1))
    height, width = cells.shape[-2:]
    image = F.pad(cells[None], (RADIUS,) * 4, mode="replicate")[0]
    guide = image.mean(0)
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
    lines = padded.unfold(2, side, 1).unfold(3, side, 1).mean((-2, -1))
    a, b = between(between(lines).mT).mT
    return (a * full.mean(0) + b).clamp(0, 1)


def between(cells: torch.Tensor) -> torch.Tensor:
    """Linear interpolation at the middles of pixels, along the last axis."""
    count = cells.shape[-1]
    places = [(pixel + 0.5) / STEP - 0.5 for pixel in range(STEP * count)]
    values = []
    for place in places:
        place = min(max(place, 0.0), count - 1.0)
        low = min(int(place), max(count - 2, 0))
        high = min(low + 1, count - 1)
        values.append(cells[..., low] + (place - low) * (cells[..., high] - cells[..., low]))
    return torch.stack(values, dim=-1)


def test_equals_the_filter_place_by_place() -> None:
    photo = torch.rand(3, 14, 18, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        simplify(photo[None], 1)[0].double(), reference(photo), atol=1e-5, rtol=0
    )
    odd = simplify(photo[None, :, :13, :17], 1)
    assert odd.shape == (1, 3, 13, 17)
    padded = F.pad(photo[None, :, :13, :17], (0, 1, 0, 1), mode="replicate")
    assert torch.equal(odd, simplify(padded, 1)[..., :13, :17])


def test_faint_texture_goes_and_a_strong_edge_stays() -> None:
    step = torch.full((1, 3, 40, 40), 0.1)
    step[..., 20:] = 0.9
    texture = 0.03 * torch.randn(1, 1, 40, 40, generator=torch.Generator().manual_seed(0))
    simple = simplify((step + texture).clamp(0, 1), 1)
    reach = 2 * RADIUS * STEP
    inside = slice(reach, 20 - reach)
    assert simple[..., inside].std() < 0.3 * (step + texture)[..., inside].std()
    assert (simple[..., 20] - simple[..., 19]).mean() > 0.7  # of 0.8


def test_tiny_photos() -> None:
    simple = simplify(torch.full((1, 3, 1, 2), 0.25), 4)
    torch.testing.assert_close(simple, torch.full((1, 3, 4, 4), 0.25))
