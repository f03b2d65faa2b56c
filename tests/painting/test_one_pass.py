from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.fusion.network import StyleFusion
from stylemamba.painting.one_pass import (
    COARSEST,
    FINE_STRENGTH,
    MARGIN,
    SMALLEST,
    STROKE_GAIN,
    OnePass,
    levels,
    with_margin,
    without_margin,
)
from stylemamba.painting.simplify import simplify


@pytest.mark.parametrize(
    ("size", "coarsest", "expected"),
    [
        ((300, 400), COARSEST, [(300, 400)]),
        ((512, 512), COARSEST, [(512, 512)]),
        ((701, 1001), COARSEST, [(351, 501), (701, 1001)]),
        ((2048, 1), COARSEST, [(512, 1), (1024, 1), (2048, 1)]),
        ((90, 60), 1.0, [(90, 60)]),
        ((200, 100), 1.0, [(100, 50), (200, 100)]),
    ],
)
def test_levels(size: tuple[int, int], coarsest: float, expected: list[tuple[int, int]]) -> None:
    assert levels(*size, coarsest) == expected
    assert min(max(level) for level in expected) >= SMALLEST


class Pixels(ImageAutoencoder):
    """Latents are the pixels, so that what the passes do can be read off the picture."""

    latent_channels, factor = 3, 1

    def _encode(self, images: Tensor) -> Tensor:
        return images

    def _decode(self, latents: Tensor) -> Tensor:
        return latents


class Darken(StyleFusion):
    """Takes 0.2 from every pixel, and notes the sizes that it was given."""

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)
        self.sizes: list[tuple[int, ...]] = []

    @staticmethod
    def strokes_of(photos: Tensor, factor: int, seed: int = 0) -> Tensor:
        return torch.zeros(1)

    def forward(self, z: Tensor, style: Tensor, strokes: Tensor | None = None) -> Tensor:
        self.sizes.append((z.shape[-2] - 2 * MARGIN, z.shape[-1] - 2 * MARGIN))
        return z - 0.2


def ramp(height: int, width: int) -> Tensor:
    return torch.linspace(0.6, 0.9, height * width).view(1, 1, height, width).repeat(1, 3, 1, 1)


@pytest.fixture
def kept_details(monkeypatch: pytest.MonkeyPatch) -> None:
    """What passes do, without what the photo's simplification does."""
    monkeypatch.setattr("stylemamba.painting.one_pass.simplify", lambda photos, factor: photos)


@pytest.mark.usefixtures("kept_details")
def test_one_level() -> None:
    painter = OnePass(Pixels(), Darken())
    photo = ramp(40, 60)
    painted = painter.paint(photo, torch.zeros(1, 1), strength=0.5)
    torch.testing.assert_close(painted, photo - 0.1)


@pytest.mark.usefixtures("kept_details")
def test_coarse_to_fine() -> None:
    fusion = Darken()
    painter = OnePass(Pixels(), fusion)
    photo = ramp(256, 200) - 0.02 * (torch.arange(200) % 2)  # with details of one pixel
    painted = painter.paint(photo, torch.zeros(1, 1), stroke=COARSEST / 128)
    assert fusion.sizes == [(128, 100), (256, 200)]
    # The coarse pass and the fine one each take their share, and the details are as they were.
    expected = photo - 0.2 - 0.2 * FINE_STRENGTH
    torch.testing.assert_close(painted, expected, atol=2e-3, rtol=0)


def test_larger_strokes_start_smaller() -> None:
    fusion = Darken()
    OnePass(Pixels(), fusion).paint(ramp(512, 64), torch.zeros(1, 1), stroke=2.0)
    assert fusion.sizes == [(256, 32), (512, 64)]


def test_enlarge() -> None:
    fusion = Darken()
    painter = OnePass(Pixels(), fusion)
    photo, small = ramp(300, 120), ramp(100, 40)
    condition = torch.zeros(1, 1)
    assert painter.enlarge(small, small, condition) is small
    assert painter.enlarge(photo, small, condition) is photo
    enlarged = painter.enlarge(small, photo, condition)
    assert enlarged.shape == photo.shape and fusion.sizes == [(150, 60), (300, 120)]


def test_strength_0_is_the_autoencoders_picture() -> None:
    photo = ramp(256, 200)
    painted = OnePass(Pixels(), Darken()).paint(photo, torch.zeros(1, 1), 0.0, COARSEST / 128)
    torch.testing.assert_close(painted, photo, atol=1e-5, rtol=0)


def test_the_fusion_sees_the_photo_simplified() -> None:
    photo = ramp(40, 60) - 0.02 * (torch.arange(60) % 2)
    painted = OnePass(Pixels(), Darken()).paint(photo, torch.zeros(1, 1))
    simple = without_margin(simplify(with_margin(photo), 1), (40, 60))
    torch.testing.assert_close(painted, simple - 0.2)
    assert torch.dist(simple, photo) > 0.1


@pytest.mark.usefixtures("kept_details")
@pytest.mark.parametrize("texture", [0.0, 1.0, 3.0])
def test_texture_scales_the_strokes(texture: float) -> None:
    class Marked(Darken):
        @staticmethod
        def strokes_of(photos: Tensor, factor: int, seed: int = 0) -> Tensor:
            return torch.full_like(photos, 0.1)

        def forward(self, z: Tensor, style: Tensor, strokes: Tensor | None = None) -> Tensor:
            assert strokes is not None
            return z + strokes

    photo = ramp(40, 60)
    painted = OnePass(Pixels(), Marked(), texture=texture).paint(photo, torch.zeros(1, 1))
    torch.testing.assert_close(painted, photo + 0.1 * STROKE_GAIN * texture)


@pytest.mark.usefixtures("kept_details")
def test_a_margin_keeps_the_border_effects_out() -> None:
    class Frame(Darken):
        def forward(self, z: Tensor, style: Tensor, strokes: Tensor | None = None) -> Tensor:
            marked = z.clone()
            marked[..., :MARGIN, :] = marked[..., -MARGIN:] = 0
            return marked

    photo = ramp(40, 60)
    torch.testing.assert_close(OnePass(Pixels(), Frame()).paint(photo, torch.zeros(1, 1)), photo)
