from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from stylemamba.autoencoders.base import ImageAutoencoder
from stylemamba.fusion.network import StyleFusion
from stylemamba.painting.layers import Layers
from stylemamba.painting.level import Level, with_margin, without_margin
from stylemamba.painting.one_pass import OnePass
from stylemamba.painting.simplify import simplify
from stylemamba.portable.pyramid import COARSEST, FINE_STRENGTH, MARGIN, STROKE_GAIN
from stylemamba.portable.style import Style
from stylemamba.progress import Cancelled, Progress

LAYERS = Layers.of(Style(torch.zeros(1, 1), torch.zeros(1, 1)))


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

    def forward(
        self,
        z: Tensor,
        style: Tensor,
        strokes: Tensor | None = None,
        weights: Tensor | None = None,
    ) -> Tensor:
        self.sizes.append((z.shape[-2] - 2 * MARGIN, z.shape[-1] - 2 * MARGIN))
        return self.change(z, style, strokes)

    def change(self, z: Tensor, style: Tensor, strokes: Tensor | None) -> Tensor:
        return z - 0.2


def one_pass(fusion: StyleFusion, **settings: Any) -> OnePass:
    return OnePass(Level(Pixels(), fusion), LAYERS, **settings)


def ramp(height: int, width: int) -> Tensor:
    return torch.linspace(0.6, 0.9, height * width).view(1, 1, height, width).repeat(1, 3, 1, 1)


@pytest.fixture
def kept_details(monkeypatch: pytest.MonkeyPatch) -> None:
    """What passes do, without what the photo's simplification does."""
    monkeypatch.setattr("stylemamba.painting.level.simplify", lambda photos, factor: photos)


@pytest.mark.usefixtures("kept_details")
def test_one_level() -> None:
    photo = ramp(40, 60)
    painted = one_pass(Darken(), strength=0.5).paint(photo)
    torch.testing.assert_close(painted, photo - 0.1)


@pytest.mark.usefixtures("kept_details")
def test_coarse_to_fine() -> None:
    fusion = Darken()
    painter = one_pass(fusion)
    photo = ramp(256, 200) - 0.02 * (torch.arange(200) % 2)  # with details of one pixel
    painted = painter.paint(photo, stroke=COARSEST / 128)
    assert fusion.sizes == [(128, 100), (256, 200)]
    # The coarse pass and the fine one each take their share, and the details are as they were.
    expected = photo - 0.2 - 0.2 * FINE_STRENGTH
    torch.testing.assert_close(painted, expected, atol=2e-3, rtol=0)


def test_larger_strokes_start_smaller() -> None:
    fusion = Darken()
    one_pass(fusion).paint(ramp(512, 64), stroke=2.0)
    assert fusion.sizes == [(256, 32), (512, 64)]


def test_enlarge() -> None:
    fusion = Darken()
    painter = one_pass(fusion)
    photo, small = ramp(300, 120), ramp(100, 40)
    assert painter.enlarge(small, small) is small
    assert painter.enlarge(photo, small) is photo
    enlarged = painter.enlarge(small, photo)
    assert enlarged.shape == photo.shape and fusion.sizes == [(150, 60), (300, 120)]


class Lossy(Pixels):
    """Forgets the finest detail, as autoencoders do."""

    def _encode(self, images: Tensor) -> Tensor:
        return (images * 8).round() / 8


@pytest.mark.parametrize("stroke", [1.0, COARSEST / 128])
def test_strength_0_is_the_photo(stroke: float) -> None:
    photo = ramp(256, 200)
    painter = OnePass(Level(Lossy(), Darken()), LAYERS, strength=0.0)
    torch.testing.assert_close(painter.paint(photo, stroke), photo, atol=1e-5, rtol=0)


def test_a_weak_change_is_near_the_photo() -> None:
    photo = ramp(40, 60)
    painter = OnePass(Level(Lossy(), Darken()), LAYERS, strength=0.01)
    assert (painter.paint(photo) - photo).abs().max() < 0.01


def test_the_fusion_sees_the_photo_simplified() -> None:
    photo = ramp(40, 60) - 0.02 * (torch.arange(60) % 2)
    painted = one_pass(Darken()).paint(photo)
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

        def change(self, z: Tensor, style: Tensor, strokes: Tensor | None) -> Tensor:
            assert strokes is not None
            return z + strokes

    photo = ramp(40, 60)
    painted = one_pass(Marked(), texture=texture).paint(photo)
    torch.testing.assert_close(painted, photo + 0.1 * STROKE_GAIN * texture)


@pytest.mark.usefixtures("kept_details")
def test_a_margin_keeps_the_border_effects_out() -> None:
    class Frame(Darken):
        def change(self, z: Tensor, style: Tensor, strokes: Tensor | None) -> Tensor:
            marked = z.clone()
            marked[..., :MARGIN, :] = marked[..., -MARGIN:] = 0
            return marked

    photo = ramp(40, 60)
    torch.testing.assert_close(one_pass(Frame()).paint(photo), photo)


def test_batches_are_painted_as_one_by_one() -> None:
    photos = torch.cat([ramp(70, 60), 1 - ramp(70, 60)])
    painter = one_pass(Darken())
    both = painter.paint(photos)
    for place in range(2):
        torch.testing.assert_close(both[place], painter.paint(photos[place : place + 1])[0])


def test_strength_has_a_place() -> None:
    """Where a layer is at half its strength, half of the change is made."""
    maps = torch.zeros(1, 2, 40, 64)
    maps[:, 0, :, :32] = maps[:, 1, :, 32:] = 1
    layers = Layers(LAYERS.styles * 2, maps, strengths=(1.0, 0.5))
    photo = torch.full((1, 3, 40, 64), 0.5)
    painted = OnePass(Level(Pixels(), Darken()), layers).paint(photo)
    torch.testing.assert_close(painted[..., :32], photo[..., :32] - 0.2)
    torch.testing.assert_close(painted[..., 32:], photo[..., 32:] - 0.1)


def test_progress_tells_of_every_pass_and_stops_it() -> None:
    heard: list[Progress] = []

    def stop(progress: Progress) -> None:
        heard.append(progress)
        if progress.step == 2:
            raise Cancelled

    fusion = Darken()
    with pytest.raises(Cancelled):
        one_pass(fusion, on_progress=stop).paint(ramp(512, 64), stroke=COARSEST / 128)
    assert [(event.stage, event.step, event.steps) for event in heard] == [
        ("pass", 1, 3),
        ("pass", 2, 3),
    ]
    assert len(fusion.sizes) == 2
    assert heard[0].image is not None and heard[0].image.shape == (1, 3, 128, 16)


def test_styles_are_laid_over_each_other_by_their_maps() -> None:
    class Add(Darken):
        """Adds the style's number to every pixel."""

        def change(self, z: Tensor, style: Tensor, strokes: Tensor | None) -> Tensor:
            return z + style.item()

    styles = tuple(Style(torch.zeros(1, 1), torch.full((1, 1), shift)) for shift in (0.1, -0.2))
    maps = torch.linspace(0, 1, 64).view(1, 1, 1, 64).repeat(1, 1, 40, 1)
    layers = Layers(styles, torch.cat([1 - maps, maps], 1), (1.0, 1.0))
    flat = torch.full((1, 3, 40, 64), 0.5)
    painted = OnePass(Level(Pixels(), Add()), layers).paint(flat)
    torch.testing.assert_close(painted, flat + 0.1 * (1 - maps) - 0.2 * maps)
