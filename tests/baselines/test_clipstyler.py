from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from comparison_task import build_task
from torch import Tensor

from stylemamba.baselines import clipstyler as module
from stylemamba.baselines.clipstyler import (
    ClipstylerLosses,
    Crops,
    clipstyler,
    learning_rate,
    reject_satisfied,
    total_variation,
)
from stylemamba.baselines.pixels import pixels
from stylemamba.baselines.templates import TEMPLATES, averaged_embedding, text_direction
from stylemamba.baselines.unet import UNet
from stylemamba.encoders.artlip import ArtLIP

pytestmark = pytest.mark.usefixtures("word_vectors")


def test_the_unet_is_that_of_the_authors() -> None:
    network = UNet()
    assert sum(parameter.numel() for parameter in network.parameters()) == 615_267
    for size in ((32, 32), (33, 47)):
        picture = network(torch.rand(1, 3, *size))
        assert picture.shape == (1, 3, *size)
        assert picture.min() > 0 and picture.max() < 1


def test_every_level_of_the_unet_matters() -> None:
    torch.manual_seed(0)
    network = UNet()
    network(torch.rand(1, 3, 32, 32)).std().backward()
    for name, parameter in network.named_parameters():
        # A bias before an instance norm has no effect.
        if not (".body." in name and name.endswith("bias")):
            assert parameter.grad is not None and parameter.grad.abs().max() > 0, name


def test_easy_crops_do_not_count() -> None:
    losses = torch.tensor([0.2, 0.6999, 0.7, 1.3], requires_grad=True)
    kept = reject_satisfied(losses)
    assert kept.tolist() == pytest.approx([0, 0, 0.7, 1.3])
    kept.sum().backward()
    assert losses.grad is not None and losses.grad.tolist() == [0, 0, 1, 1]


def test_the_rate_is_halved_at_step_100() -> None:
    assert [learning_rate(step) for step in (1, 99, 100, 199, 200)] == pytest.approx(
        [5e-4, 5e-4, 2.5e-4, 2.5e-4, 1.25e-4]
    )


def test_total_variation_is_the_sum_of_four_norms() -> None:
    image = torch.zeros(1, 3, 5, 5)
    image[0, 0, 2, 2] = 2.0
    # One pixel differs from both of its neighbours in each of the four directions.
    assert total_variation(image).item() == pytest.approx(4 * (2 * 2.0**2) ** 0.5)
    assert total_variation(torch.full((1, 3, 5, 5), 0.3)).item() == 0


def test_text_is_averaged_over_79_templates(tiny_artlip: ArtLIP) -> None:
    assert len(set(TEMPLATES)) == 79 and all("{}" in template for template in TEMPLATES)
    each = tiny_artlip.encode_text([template.format("fire") for template in TEMPLATES])
    mean = averaged_embedding(tiny_artlip, "fire")
    torch.testing.assert_close(mean / mean.norm(), each.mean(0)[None] / each.mean(0).norm())
    assert mean.norm().item() == pytest.approx(each.norm(dim=1).mean().item())
    difference = mean - averaged_embedding(tiny_artlip, "a Photo")
    torch.testing.assert_close(text_direction(tiny_artlip, "fire"), difference)


def test_crops_are_square_and_lie_in_the_picture() -> None:
    generator = torch.Generator().manual_seed(0)
    crops = Crops.draw(400, 512, 64, generator)
    assert crops.side == 128  # as published
    assert crops.tops.min() >= 0 and crops.tops.max() <= 272
    assert crops.lefts.min() >= 0 and 272 < crops.lefts.max() <= 384
    assert Crops.draw(60, 300, 1, generator).side == 60  # no larger than the picture
    assert Crops.draw(60, 100, 1, generator).side == 32  # nor too small to be seen
    assert [len(part.tops) for part in crops.chunks()] == [8] * 8
    some = next(crops.chunks()).of(torch.ones(1, 3, 400, 512))
    assert some.shape == (8, 3, 128, 128)
    assert (some == 0).any() and some.max() <= 1 + 1e-6  # warped, on black


def test_losses_of_the_photo_and_of_nothing(tiny_artlip: ArtLIP) -> None:
    task = build_task(tiny_artlip)
    losses = ClipstylerLosses(task.photo, torch.ones(1, 16), tiny_artlip)
    assert losses.content(task.photo).item() == pytest.approx(0, abs=1e-6)
    nothing = torch.full_like(task.photo, 0.5)
    assert 0.3 < losses.content(nothing).item() < 6
    assert losses.directions(task.photo).tolist() == [1.0]  # has not moved
    moved = tiny_artlip.encode_image(nothing) - tiny_artlip.encode_image(task.photo)
    towards, away = (
        ClipstylerLosses(task.photo, delta, tiny_artlip).directions(nothing).item()
        for delta in (moved, -moved)
    )
    assert (towards, away) == pytest.approx((0, 2), abs=1e-3)


def test_the_gradient_is_that_of_the_objective_in_one_piece(tiny_artlip: ArtLIP) -> None:
    task = build_task(tiny_artlip)
    losses = ClipstylerLosses(task.photo, text_direction(tiny_artlip, task.prompt), tiny_artlip)
    image = (0.8 * task.photo + 0.1).requires_grad_()
    crops = Crops.draw(*task.photo.shape[-2:], module.CHUNK + 2, torch.Generator().manual_seed(0))
    patch = reject_satisfied(losses.directions(crops.of(image))).mean()
    assert patch > 0
    total = (
        9000 * patch
        + 500 * losses.directions(image).mean()
        + 150 * losses.content(image)
        + 0.002 * total_variation(image)
    )
    total.backward()
    expected = image.grad
    assert expected is not None
    found = module._gradient(losses, image.detach(), crops)
    cosine = torch.cosine_similarity(found.flatten(), expected.flatten(), dim=0)
    assert cosine > 0.999  # bfloat16, in batches of another size
    assert found.norm().item() == pytest.approx(expected.norm().item(), rel=0.02)


@pytest.mark.parametrize("method", [clipstyler, pixels])
def test_methods_repeat_and_move(tiny_artlip: ArtLIP, method: object) -> None:
    task = build_task(tiny_artlip)

    def pictures(seed: int) -> list[Tensor]:
        shown: list[Tensor] = []
        numbers = []

        def record(step: int, image: Tensor) -> None:
            numbers.append(step)
            shown.append(image.clone())

        method(replace(task, seed=seed), record)  # type: ignore[operator]
        assert numbers == [0, 1, 2, 3]
        return shown

    state = torch.get_rng_state()
    first, again = pictures(0), pictures(0)
    assert torch.equal(torch.get_rng_state(), state)  # the caller's random numbers are not used
    for image, same in zip(first, again, strict=True):
        assert torch.equal(image, same) and not image.requires_grad
        assert image.shape == task.photo.shape
    assert len({image.sum().item() for image in first}) == 4
    if method is clipstyler:
        assert not torch.equal(first[0], pictures(1)[0])
    else:
        assert torch.equal(first[0], task.photo)  # before the first update
