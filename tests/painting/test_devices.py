"""No GPU here: on the meta device, too, a tensor that stays behind on the CPU is an error."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from stylemamba import StyleMambaError
from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.encoders.artlip import CODE_DIM, ArtLIP
from stylemamba.fusion import StyleFusion, StyleFusionConfig
from stylemamba.painting.layers import Layers
from stylemamba.painting.level import Level
from stylemamba.painting.objective import Objective
from stylemamba.painting.one_pass import OnePass
from stylemamba.painting.settings import FittingConfig
from stylemamba.pipeline import StyleMambaPipeline
from stylemamba.portable.recipe import Recipe, Region, StylePart
from stylemamba.portable.stroke_fields import STROKE_CHANNELS
from stylemamba.runtime import device as devices
from stylemamba.runtime.device import resolve_device
from stylemamba.runtime.precision import working_dtype

META = torch.device("meta")
pytestmark = pytest.mark.usefixtures("word_vectors")


@pytest.fixture
def pipe(tiny_artlip: ArtLIP, monkeypatch: pytest.MonkeyPatch) -> StyleMambaPipeline:
    """On the meta device; stroke fields are NumPy's and have to be stood in for."""

    def strokes_of(photos: Tensor, factor: int, seed: int = 0) -> Tensor:
        height, width = photos.shape[-2:]
        shape = len(photos), STROKE_CHANNELS, -(-height // factor), -(-width // factor)
        return torch.empty(shape, device=photos.device)

    monkeypatch.setattr(StyleFusion, "strokes_of", staticmethod(strokes_of))
    config = StyleFusionConfig(4, CODE_DIM, width=16, depth=1, stem_width=8)
    return StyleMambaPipeline(
        copy.deepcopy(tiny_artlip), EmbeddedAutoencoder(4, 16, 1), StyleFusion(config)
    )


def layers_of(pipe: StyleMambaPipeline) -> Layers:
    right = Region((StylePart("blue dots"),), box=(0.5, 0, 0.5, 1), strength=0.5)
    return pipe.styles(Recipe.of("red stripes", regions=(right,)), torch.rand(1, 3, 48, 40))


def test_a_pass_stays_on_its_device(pipe: StyleMambaPipeline) -> None:
    layers = layers_of(pipe).to(META)
    pipe.to(META)
    assert pipe.fusion is not None
    painter = OnePass(Level(pipe.autoencoder, pipe.fusion), layers, strength=0.7)
    painted = painter.paint(torch.empty(2, 3, 300, 200, device=META), stroke=2.0)
    assert painted.device == META and painted.shape == (2, 3, 300, 200)


def test_the_objective_stays_on_its_device(pipe: StyleMambaPipeline) -> None:
    layers = layers_of(pipe).to(META)
    photo = torch.empty(1, 3, 48, 40, device=META)
    source = pipe.encoder.encode_text(["a photo"])
    pipe.to(META)
    pipe.encoder.encode_text = lambda prompts: source  # type: ignore[method-assign]
    objective = Objective(photo, layers, pipe.encoder, FittingConfig(), seed=0)
    losses = objective(photo.clone().requires_grad_(), 1)
    losses["total"].backward()
    assert all(loss.device == META for loss in losses.values()) and "anchor" in losses


def test_auto_takes_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    there: set[str] = {"cpu"}
    monkeypatch.setattr(devices, "_is_there", lambda kind, index=0: kind in there)
    assert resolve_device("auto").type == "cpu"
    there.add("mps")
    assert resolve_device("auto").type == "cpu"  # nobody has tried it
    assert resolve_device("mps").type == "mps"
    there.add("cuda")
    assert resolve_device("auto").type == "cuda"
    assert resolve_device("cpu").type == "cpu"


@pytest.mark.parametrize("name", ["cuda", "cuda:3", "mps"])
def test_nothing_falls_back_silently(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_is_there", lambda kind, index=0: kind == "cpu")
    with pytest.raises(StyleMambaError, match=f"no {name} device"):
        resolve_device(name)


def test_precision_follows_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STYLEMAMBA_DTYPE", raising=False)
    for native in (True, False):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: native)  # noqa: B023
        assert working_dtype("cuda") == (torch.bfloat16 if native else torch.float32)
    assert working_dtype("mps") == torch.float32
    monkeypatch.setenv("STYLEMAMBA_DTYPE", "float32")
    assert working_dtype("cuda") == torch.float32
