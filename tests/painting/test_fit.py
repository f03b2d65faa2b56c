from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.encoders import content
from stylemamba.encoders.artlip import CODE_DIM, CONTENT_LAYERS, ArtLIP
from stylemamba.encoders.siglip import SiglipStyleEncoder
from stylemamba.encoders.vgg import VGG19
from stylemamba.errors import StyleMambaError
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig
from stylemamba.painting.fit import FittingResult, fit
from stylemamba.painting.layers import Layers
from stylemamba.painting.level import Level
from stylemamba.painting.objective import Objective
from stylemamba.painting.settings import FittingConfig
from stylemamba.progress import Cancelled, OnProgress, Progress, ignore

STEPS = 8
NAMES = {"anchor", "directional", "masked", "second_order", "content", "total_variation", "total"}

pytestmark = pytest.mark.usefixtures("word_vectors")


def photo() -> Tensor:
    """A disc on a gradient, (1, 3, 40, 52)."""
    y, x = torch.meshgrid(torch.arange(40.0), torch.arange(52.0), indexing="ij")
    disc = ((y - 18) ** 2 + (x - 30) ** 2 < 120).float()
    return torch.stack([y / 40, 0.2 + 0.6 * disc, 1 - x / 52])[None]


@pytest.fixture(scope="module")
def autoencoder() -> EmbeddedAutoencoder:
    torch.manual_seed(0)
    return EmbeddedAutoencoder(4, 16, 1).eval().requires_grad_(False)


def fusion(style_dim: int) -> StyleFusion:
    torch.manual_seed(0)
    return StyleFusion(StyleFusionConfig(4, style_dim, width=16, depth=1, stem_width=8))


def run(
    encoder: ArtLIP,
    autoencoder: EmbeddedAutoencoder,
    *,
    prompt: str = "red stripes",
    seed: int = 0,
    residual_rate: float = 0.08,
    on_progress: OnProgress = ignore,
) -> FittingResult:
    return fit(
        photo(),
        Layers.of(encoder.style(prompt)),
        encoder=encoder,
        level=Level(autoencoder, fusion(CODE_DIM), trained=False),
        config=FittingConfig(steps=STEPS, residual_rate=residual_rate),
        seed=seed,
        on_progress=on_progress,
    )


@pytest.fixture(scope="module")
def result(tiny_artlip: ArtLIP, autoencoder: EmbeddedAutoencoder) -> FittingResult:
    from tiny_artlip import embed_words

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stylemamba.encoders.artlip.embed_sentences", embed_words)
        return run(tiny_artlip, autoencoder)


def test_the_trace_has_every_loss_of_every_step(result: FittingResult) -> None:
    assert len(result.trace) == STEPS + 1 and not result.interrupted
    for losses in result.trace:
        assert losses.keys() == NAMES
        parts = sum(value for name, value in losses.items() if name != "total")
        assert losses["total"] == pytest.approx(parts, rel=1e-4)


def losses_at(step: int, result: FittingResult, encoder: ArtLIP, level: Level) -> dict[str, Tensor]:
    """Those of the picture that a fit returns, the step before unknown."""
    layers = Layers.of(encoder.style("red stripes"))
    losses = Objective(photo(), layers, encoder, FittingConfig(), seed=0)
    with torch.no_grad():
        return losses(level.decode(result.bent, result.view), step)


@pytest.fixture(scope="module")
def level(autoencoder: EmbeddedAutoencoder) -> Level:
    return Level(autoencoder, fusion(CODE_DIM), trained=False)


def test_the_first_step_sees_the_reconstruction(
    result: FittingResult, tiny_artlip: ArtLIP, level: Level
) -> None:
    view = level.view(photo())
    start = FittingResult(view, level.encode(view.padded))
    losses = losses_at(0, start, tiny_artlip, level)
    assert {name: loss.item() for name, loss in losses.items()} == pytest.approx(result.trace[0])


def test_the_loss_goes_down(result: FittingResult) -> None:
    totals = [losses["total"] for losses in result.trace]
    assert min(totals[4:]) < 0.95 * totals[0]
    assert min(losses["anchor"] for losses in result.trace) < result.trace[0]["anchor"]


def test_the_best_step_is_returned(
    tiny_artlip: ArtLIP, autoencoder: EmbeddedAutoencoder, level: Level
) -> None:
    found = run(tiny_artlip, autoencoder, residual_rate=3.0)  # overshoots
    best = min(range(STEPS + 1), key=lambda step: found.trace[step]["total"])
    assert 0 < best < STEPS
    losses = losses_at(best, found, tiny_artlip, level)
    for name in NAMES - {"second_order", "total"}:  # the second order depends on the step before
        assert losses[name].item() == pytest.approx(found.trace[best][name], rel=1e-3, abs=1e-5)


def test_a_seed_makes_it_repeatable(
    result: FittingResult, tiny_artlip: ArtLIP, autoencoder: EmbeddedAutoencoder
) -> None:
    again, other = (run(tiny_artlip, autoencoder, seed=seed) for seed in (0, 1))
    assert again.trace == result.trace and torch.equal(again.bent, result.bent)
    assert other.trace != result.trace


def test_prompts_differ(
    result: FittingResult, tiny_artlip: ArtLIP, autoencoder: EmbeddedAutoencoder
) -> None:
    other = run(tiny_artlip, autoencoder, prompt="blue dots")
    assert (other.bent - result.bent).abs().max() > 0.01


def test_progress_tells_of_every_step(
    result: FittingResult, tiny_artlip: ArtLIP, autoencoder: EmbeddedAutoencoder
) -> None:
    heard: list[Progress] = []
    run(tiny_artlip, autoencoder, on_progress=heard.append)
    assert [(info.step, info.steps) for info in heard] == [(i, STEPS) for i in range(STEPS + 1)]
    assert [info.losses for info in heard] == result.trace
    assert all(info.image is not None and info.image.shape == (1, 3, 40, 52) for info in heard)
    assert {info.stage for info in heard} == {"fit"}


def test_a_fit_that_diverges_says_so(tiny_artlip: ArtLIP, autoencoder: EmbeddedAutoencoder) -> None:
    with pytest.raises(StyleMambaError, match="diverged at step 1"):
        run(tiny_artlip, autoencoder, residual_rate=float("nan"))


@pytest.mark.parametrize("stop", [KeyboardInterrupt, Cancelled])
def test_an_interrupt_returns_the_best_so_far(
    stop: type[BaseException],
    result: FittingResult,
    tiny_artlip: ArtLIP,
    autoencoder: EmbeddedAutoencoder,
) -> None:
    def interrupt(info: Progress) -> None:
        if info.step == 3:
            raise stop

    stopped = run(tiny_artlip, autoencoder, on_progress=interrupt)
    assert stopped.interrupted and stopped.trace == result.trace[:4]
    assert not torch.equal(stopped.bent, stopped.view.latents)


def test_models_are_left_alone(
    result: FittingResult, tiny_artlip: ArtLIP, autoencoder: EmbeddedAutoencoder
) -> None:
    before = {name: values.clone() for name, values in autoencoder.state_dict().items()}
    run(tiny_artlip, autoencoder)
    for name, values in autoencoder.state_dict().items():
        assert torch.equal(values, before[name])
    assert not result.bent.requires_grad


def test_content_is_vgg19s_where_the_encoder_has_none(
    tiny_siglip_dir: Path,
    tiny_artlip: ArtLIP,
    autoencoder: EmbeddedAutoencoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load, loaded = VGG19.pretrained, []

    def count(last: str) -> VGG19:
        loaded.append(last)
        return load(last)

    monkeypatch.setattr("stylemamba.encoders.content.VGG19.pretrained", count)
    content._content_network.cache_clear()
    run(tiny_artlip, autoencoder)
    assert loaded == []  # ArtLIP has its own
    siglip = SiglipStyleEncoder.from_pretrained(tiny_siglip_dir)
    for _ in range(2):
        found = fit(
            photo(),
            Layers.of(siglip.style("pencil sketch")),
            encoder=siglip,
            level=Level(autoencoder, fusion(siglip.embedding_dim), trained=False),
            config=FittingConfig(steps=3),
        )
    assert loaded == [CONTENT_LAYERS[-1]]
    assert [losses.keys() for losses in found.trace] == [NAMES - {"anchor"}] * 4
    assert all(losses["content"] > 0 for losses in found.trace)
    assert not torch.equal(found.bent, found.view.latents)


def test_every_layer_pulls_where_it_counts(tiny_artlip: ArtLIP) -> None:
    """The directional loss of two layers, from its definition."""
    texts = ("red stripes", "blue dots")
    maps = torch.zeros(1, 2, 40, 52)
    maps[:, 0, :, :13] = maps[:, 1, :, 13:] = 1
    layers = Layers(tuple(tiny_artlip.style(text) for text in texts), maps, (1.0, 1.0))
    config = FittingConfig(views=2)
    image = photo().flip(1)
    losses = Objective(photo(), layers, tiny_artlip, config, seed=0)(image, 0)
    source = tiny_artlip.encode_text(["a photo"])
    delta = tiny_artlip.encode_image(image, maps) - tiny_artlip.encode_image(photo(), maps)
    expected = 0.0
    for number, share in enumerate((0.25, 0.75)):
        wanted = tiny_artlip.encode_text([texts[number]]) - source
        cosine = torch.cosine_similarity(delta[:, number], wanted).item()
        expected += share * (1 - cosine)
    got = losses["directional"].item() / config.weights.directional
    assert got == pytest.approx(expected, rel=1e-3)
    assert losses.keys() == NAMES


def test_one_layer_of_two_maps_is_one_layer(tiny_artlip: ArtLIP) -> None:
    style, nowhere = tiny_artlip.style("red stripes"), tiny_artlip.style("blue dots")
    maps = torch.stack([torch.ones(1, 40, 52), torch.zeros(1, 40, 52)], 1)
    image = photo().flip(1)
    one, two = (
        Objective(photo(), layers, tiny_artlip, FittingConfig(), seed=0)(image, 0)
        for layers in (Layers.of(style), Layers((style, nowhere), maps, (1.0, 1.0)))
    )
    for name, loss in one.items():
        torch.testing.assert_close(two[name], loss, atol=1e-4, rtol=1e-3)
