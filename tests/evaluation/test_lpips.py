from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.metrics import lpips
from stylemamba.evaluation.metrics.lpips import BACKBONE_FILE, CHANNEL_FILE, LPIPS, SqueezeFeatures

# torchvision's squeezenet1_1.features, number by number; "compare" where LPIPS looks.
LAYERS = [
    "conv", "compare", "pool", "fire", "fire", "compare", "pool", "fire", "fire", "compare", "pool",
    "fire", "compare", "fire", "compare", "fire", "compare", "fire", "compare",
]  # fmt: skip
EXPANDED = (64, 64, 128, 128, 192, 192, 256, 256)
SQUEEZED = (16, 16, 32, 32, 48, 48, 64, 64)


def random_weights() -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """State dicts with the names and shapes of torchvision's and of the lpips package's."""
    generator = torch.Generator().manual_seed(0)

    def convolution(name: str, out: int, channels: int, side: int) -> None:
        scale = (2 / (channels * side * side)) ** 0.5
        shape = (out, channels, side, side)
        backbone[f"{name}.weight"] = scale * torch.randn(shape, generator=generator)
        backbone[f"{name}.bias"] = 0.1 * torch.randn(out, generator=generator)

    backbone: dict[str, Tensor] = {}
    convolution("features.0", 64, 3, 3)
    channels = 64
    for number, s, e in zip((3, 4, 6, 7, 9, 10, 11, 12), SQUEEZED, EXPANDED, strict=True):
        convolution(f"features.{number}.squeeze", s, channels, 1)
        convolution(f"features.{number}.expand1x1", e, s, 1)
        convolution(f"features.{number}.expand3x3", e, s, 3)
        channels = 2 * e
    convolution("classifier.1", 10, 512, 1)
    widths = (64, 128, 256, 384, 384, 512, 512)
    weights = {
        f"lin{i}.model.1.weight": torch.rand(1, width, 1, 1, generator=generator)
        for i, width in enumerate(widths)
    }
    return backbone, weights


def slow_lpips(a: Tensor, b: Tensor, backbone: dict[str, Tensor], lin: dict[str, Tensor]) -> float:
    """In float64, layer by layer, position by position as the formula has it."""
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64).view(1, 3, 1, 1)
    weights = {name: value.double() for name, value in backbone.items()}

    def convolve(x: Tensor, name: str, stride: int = 1, padding: int = 0) -> Tensor:
        name = f"features.{name}"
        return F.conv2d(x, weights[f"{name}.weight"], weights[f"{name}.bias"], stride, padding)

    x, y = ((picture.double() - mean) / std for picture in (a, b))
    total, number, compared = 0.0, 0, 0
    for layer in LAYERS:
        if layer == "compare":
            unit_x, unit_y = (value / value.norm(dim=1, keepdim=True) for value in (x, y))
            channel = lin[f"lin{compared}.model.1.weight"].double().flatten()
            per_position = torch.einsum("bchw,c->bhw", (unit_x - unit_y) ** 2, channel)
            total += per_position.mean().item()
            compared += 1
        elif layer == "pool":
            x, y = (F.max_pool2d(value, 3, 2, ceil_mode=True) for value in (x, y))
            number += 1
        elif layer == "conv":
            x, y = (convolve(value, "0", stride=2).relu() for value in (x, y))
            number += 2  # the ReLU is a module of its own
        else:
            pair = []
            for value in (x, y):
                squeezed = convolve(value, f"{number}.squeeze").relu()
                one = convolve(squeezed, f"{number}.expand1x1").relu()
                three = convolve(squeezed, f"{number}.expand3x3", padding=1).relu()
                pair.append(torch.cat([one, three], 1))
            x, y = pair
            number += 1
    assert (number, compared) == (13, 7)
    return total


def pictures(height: int, width: int, batch: int = 2) -> Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("size", [(SqueezeFeatures.smallest, 40), (46, SqueezeFeatures.smallest)])
def test_equals_the_slow_reference(size: tuple[int, int]) -> None:
    weights = random_weights()
    network = LPIPS(*weights)
    x = pictures(*size)
    y = (x * 0.7 + 0.1).flip(3)
    got = network(network.extract(x), network.extract(y))
    expected = [slow_lpips(x[i : i + 1], y[i : i + 1], *weights) for i in range(2)]
    assert got.tolist() == pytest.approx(expected, rel=1e-4)
    assert network(network.extract(x), network.extract(x)).tolist() == [0, 0]


def test_too_small_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 17 pixels"):
        LPIPS(*random_weights()).extract(pictures(SqueezeFeatures.smallest - 1, 40))


def test_pretrained_needs_both_files_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone, channels = random_weights()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(StyleMambaError, match='pip install "lpips==0.1.4"'):
        LPIPS.pretrained()
    monkeypatch.undo()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    package = tmp_path / "site" / "lpips"
    (package / CHANNEL_FILE).parent.mkdir(parents=True)
    (package / "__init__.py").write_text("import torchvision")  # must not be imported
    torch.save(channels, package / CHANNEL_FILE)
    monkeypatch.delitem(sys.modules, "lpips", raising=False)
    monkeypatch.syspath_prepend(tmp_path / "site")
    with pytest.raises(StyleMambaError, match="force-reinstall"):
        LPIPS.pretrained()
    digest = hashlib.sha256((package / CHANNEL_FILE).read_bytes()).hexdigest()
    monkeypatch.setattr(lpips, "CHANNEL_SHA256", digest)
    with pytest.raises(StyleMambaError, match=f"download https.*{BACKBONE_FILE}"):
        LPIPS.pretrained()
    file = tmp_path / "hub" / "checkpoints" / BACKBONE_FILE
    file.parent.mkdir(parents=True)
    torch.save(backbone, file)
    with pytest.raises(StyleMambaError, match="damaged or another file"):
        LPIPS.pretrained()
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setattr(lpips, "BACKBONE_SHA256", digest)
    x, y = pictures(20, 20, 1), pictures(20, 20, 1).flip(2)
    network, expected = LPIPS.pretrained(), slow_lpips(x, y, backbone, channels)
    distance = network(network.extract(x), network.extract(y))
    assert distance.item() == pytest.approx(expected, rel=1e-4)


def torchvision_features(kind: str) -> tuple[nn.Sequential, list[int]]:
    """`features` as torchvision builds them, with random weights, and the ReLUs that LPIPS reads.

    The numbers are those of lpips/pretrained_networks.py: ends of its slices.
    """
    torch.manual_seed(0)
    if kind == "alex":
        layers: list[nn.Module] = [nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2)]
        layers += [nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)]
        for channels in ((192, 384), (384, 256), (256, 256)):
            layers += [nn.Conv2d(*channels, 3, padding=1), nn.ReLU()]
        return nn.Sequential(*layers, nn.MaxPool2d(3, 2)), [1, 4, 7, 9, 11]
    layers, channels = [], 3
    for width in (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0):
        if width:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            channels = width
        else:
            layers.append(nn.MaxPool2d(2, 2))
    return nn.Sequential(*layers), [3, 8, 15, 22, 29]


@pytest.mark.parametrize(
    ("kind", "file"), [("vgg", "vgg16-397923af.pth"), ("alex", "alexnet-owt-7be5be79.pth")]
)
def test_other_networks_from_a_folder(kind: str, file: str, tmp_path: Path) -> None:
    """Against torchvision's own order of layers, in float64."""
    network, compared = torchvision_features(kind)
    backbone = {f"features.{name}": value for name, value in network.state_dict().items()}
    torch.save({**backbone, "classifier.6.bias": torch.zeros(10)}, tmp_path / file)
    x, y = pictures(48, 40, 1), pictures(48, 40, 1).flip(-1) ** 2
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.float64).view(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225], dtype=torch.float64).view(1, 3, 1, 1)
    a, b = ((image.double() - mean) / std for image in (x, y))
    channels: dict[str, Tensor] = {}
    expected = 0.0
    with torch.no_grad():
        for number, layer in enumerate(network.double()[: compared[-1] + 1]):
            a, b = layer(a), layer(b)
            if number in compared:
                weights = torch.rand(1, a.shape[1], 1, 1)
                channels[f"lin{len(channels)}.model.1.weight"] = weights
                unit_a, unit_b = (value / value.norm(dim=1, keepdim=True) for value in (a, b))
                difference = (unit_a - unit_b).nan_to_num().square()
                expected += float((difference * weights.double()).sum(1).mean())
    torch.save(channels, tmp_path / f"{kind}.pth")
    found = LPIPS.from_folder(tmp_path)
    assert found(found.extract(x), found.extract(y)).item() == pytest.approx(expected, rel=1e-4)
    assert found(found.extract(x), found.extract(x)).item() == 0
    least = found.smallest
    found.extract(torch.rand(1, 3, least, least))
    with pytest.raises(ValueError, match="at least"):
        found.extract(torch.rand(1, 3, least - 1, 64))

    torch.save({"lin0.model.1.weight": torch.zeros(1, 64, 1, 1)}, tmp_path / f"{kind}.pth")
    with pytest.raises(StyleMambaError, match=rf"{kind}\.pth are not LPIPS's weights") as caught:
        LPIPS.from_folder(tmp_path)
    assert "\n" not in str(caught.value)
    (tmp_path / file).unlink()
    with pytest.raises(StyleMambaError, match=r"copy vgg16-\*\.pth with vgg\.pth, or "):
        LPIPS.from_folder(tmp_path)
