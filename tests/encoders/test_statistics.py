from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stylemamba.encoders.statistics import (
    EPS,
    PROJECTED,
    STYLE_LAYERS,
    StyleStatistics,
    statistics_size,
)
from stylemamba.encoders.vgg import VGG19

LAYER = "relu1_1"


def fitted() -> StyleStatistics:
    """Statistics with arbitrary buffers."""
    generator = torch.Generator().manual_seed(1)
    statistics = StyleStatistics()
    for layer, channels in STYLE_LAYERS.items():
        statistics.get_buffer(f"{layer}_sigma").uniform_(0.5, 2.0, generator=generator)
        projection = torch.randn(channels, PROJECTED[layer], generator=generator)
        statistics.get_buffer(f"{layer}_projection").copy_(projection / channels**0.5)
        statistics.get_buffer(f"{layer}_factors").uniform_(0.5, 2.0, generator=generator)
    return statistics


def random_features(height: int, width: int, batch: int = 2) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(2)
    return {
        layer: torch.rand(batch, channels, height, width, generator=generator) * 2
        for layer, channels in STYLE_LAYERS.items()
    }


def masks_of(height: int, width: int, batch: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(3)
    return (torch.rand(batch, 3, height, width, generator=generator) < 0.6).float()


def reference(
    statistics: StyleStatistics, layer: str, features: Tensor, mask: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Mean, deviation and whole projected covariance of one picture, position by position."""
    sigma = statistics.get_buffer(f"{layer}_sigma").double()
    projection = statistics.get_buffer(f"{layer}_projection").double()
    columns = (features.double() / sigma[:, None, None]).flatten(1).unbind(1)
    weights = (mask.double() / mask.double().sum()).flatten().tolist()
    mean = sum((w * column for w, column in zip(weights, columns, strict=True)), 0 * sigma)
    variance = 0 * sigma
    covariance = torch.zeros(len(sigma), len(sigma), dtype=torch.float64)
    for w, column in zip(weights, columns, strict=True):
        variance = variance + w * (column - mean).square()
        covariance += w * torch.outer(column - mean, column - mean)
    return mean, (variance + EPS).sqrt(), projection.T @ covariance @ projection


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("layer", ["relu1_1", "relu3_1"])
def test_against_a_float64_loop(layer: str, masked: bool) -> None:
    statistics, features = fitted(), random_features(4, 5)
    masks = masks_of(4, 5)
    got = statistics(features, masks if masked else None)[layer].double()
    factors = statistics.get_buffer(f"{layer}_factors").double()
    assert got.shape == (2, 3 if masked else 1, statistics_size(layer))
    size = PROJECTED[layer]
    for picture in range(2):
        for view in range(got.shape[1]):
            mask = masks[picture, view] if masked else torch.ones(4, 5)
            mean, deviation, covariance = reference(
                statistics, layer, features[layer][picture], mask
            )
            parts = got[picture, view].split(statistics.kinds(layer))
            torch.testing.assert_close(parts[0], mean * factors[0], rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(parts[1], deviation * factors[1], rtol=1e-4, atol=1e-5)
            position = 0
            for row in range(size):
                expected = covariance[row, row:].clone() * factors[2]
                expected[1:] *= 2**0.5
                triangle = parts[2][position : position + size - row]
                torch.testing.assert_close(triangle, expected, rtol=1e-3, atol=1e-5)
                position += size - row


def test_a_full_mask_is_no_mask_and_masks_are_shared() -> None:
    statistics, features = fitted(), random_features(3, 4)
    plain = statistics(features)
    full = statistics(features, torch.ones(2, 2, 24, 32))
    shared = statistics(features, masks_of(24, 32)[:1])
    each = statistics(features, masks_of(24, 32)[:1].repeat(2, 1, 1, 1))
    for layer in STYLE_LAYERS:
        torch.testing.assert_close(full[layer], plain[layer].expand(-1, 2, -1))
        assert torch.equal(shared[layer], each[layer])


def test_masks_are_averaged_down() -> None:
    statistics, features = fitted(), random_features(3, 4)
    masks = masks_of(6, 8)
    averaged = torch.nn.functional.avg_pool2d(masks, 2)
    assert ((averaged > 0) & (averaged < 1)).any()
    for layer, values in statistics(features, masks).items():
        torch.testing.assert_close(values, statistics(features, averaged)[layer])


def test_a_view_that_hides_everything_is_finite() -> None:
    features = random_features(3, 4)
    for values in fitted()(features, torch.zeros(1, 1, 24, 32)).values():
        assert values.isfinite().all()


def test_what_is_far_behind_a_mask_does_not_matter() -> None:
    vgg, statistics = VGG19.pretrained(LAYER), fitted()
    image = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(4))
    changed = image.clone()
    changed[..., 9:] = 1 - changed[..., 9:]
    mask = torch.ones(1, 1, 16, 16)
    mask[..., 8:] = 0  # relu1_1 sees one pixel far

    def masked(picture: Tensor) -> Tensor:
        return statistics._of_layer(LAYER, vgg(picture, [LAYER])[LAYER], mask)

    torch.testing.assert_close(masked(changed), masked(image))
    changed[..., 8] = 1 - changed[..., 8]
    assert torch.dist(masked(changed), masked(image)) > 1e-3


def test_distances_are_frobenius_distances_of_the_covariances() -> None:
    statistics = fitted()
    first, second = random_features(4, 5)[LAYER]
    vectors = statistics._of_layer(LAYER, torch.stack([first, second]), None)[:, 0]
    parts = vectors.double().split(statistics.kinds(LAYER), dim=-1)[2]
    everything = torch.ones(4, 5)
    matrices = [reference(statistics, LAYER, each, everything)[2] for each in (first, second)]
    factor = statistics.get_buffer(f"{LAYER}_factors").double()[2]
    expected = (matrices[0] - matrices[1]).square().sum() * factor**2
    torch.testing.assert_close((parts[0] - parts[1]).square().sum(), expected, rtol=1e-3, atol=0)


def test_gradients() -> None:
    statistics = fitted().double()
    features = random_features(2, 3, batch=1)[LAYER].double().requires_grad_()
    masks = masks_of(2, 3, batch=1).double()
    assert torch.autograd.gradcheck(
        lambda x: statistics._of_layer(LAYER, x, masks), (features,), fast_mode=True
    )
    constant = torch.zeros(1, 64, 2, 3, dtype=torch.float64, requires_grad=True)
    statistics._of_layer(LAYER, constant, None).sum().backward()
    assert constant.grad is not None and constant.grad.isfinite().all()


def test_half_precision_features_are_computed_in_float32() -> None:
    statistics = fitted()
    features = {layer: values.bfloat16() for layer, values in random_features(2, 2).items()}
    exact = statistics({layer: values.float() for layer, values in features.items()})
    with torch.autocast("cpu", torch.bfloat16):
        for layer, values in statistics(features).items():
            assert torch.equal(values, exact[layer])


def test_buffers_are_saved_under_their_names() -> None:
    assert set(fitted().state_dict()) == {
        f"{layer}_{name}" for layer in STYLE_LAYERS for name in ("sigma", "projection", "factors")
    }
