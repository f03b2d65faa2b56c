"""Style fusion: identity at the start, live gradients, any size, and a style that matters."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from stylemamba.errors import StyleMambaError
from stylemamba.fusion import mixer as fusion_mixer
from stylemamba.fusion.block import Modulation, StyleFusionBlock, restyle
from stylemamba.fusion.mixer import MambaMixer
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig
from stylemamba.fusion.paths import orders
from stylemamba.portable.stroke_fields import STROKE_CHANNELS


def make_fusion(**changes: Any) -> StyleFusion:
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"width": 32, "depth": 2, "stem_width": 8, "state_dim": 4}
    sizes |= changes
    return StyleFusion(StyleFusionConfig(latent_channels=4, style_dim=10, **sizes))


def open_output(model: StyleFusion) -> StyleFusion:
    """As after some training: an output convolution that is not zero."""
    nn.init.normal_(model.output.weight, std=0.1)
    return model


@pytest.fixture
def latents() -> Tensor:
    return torch.randn(2, 4, 12, 10, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def styles() -> Tensor:
    return torch.randn(2, 10, generator=torch.Generator().manual_seed(2))


def test_identity_at_initialisation(latents: Tensor, styles: Tensor) -> None:
    torch.testing.assert_close(make_fusion()(latents, styles), latents, rtol=0, atol=1e-6)


def test_gradients_reach_every_parameter_after_one_step(latents: Tensor, styles: Tensor) -> None:
    model = make_fusion()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    target = torch.randn_like(latents)

    strokes = torch.randn(2, STROKE_CHANNELS, 12, 10)

    def backward() -> None:
        optimiser.zero_grad()
        (model(latents, styles, strokes) - target).square().mean().backward()

    backward()
    assert model.output.weight.grad is not None and model.output.weight.grad.abs().max() > 1e-4
    optimiser.step()
    backward()
    for name, x in model.named_parameters():
        # A bias before a normalisation has no effect.
        if not (name.startswith("head") and name.endswith("bias") and "modulation" not in name):
            assert x.grad is not None and x.grad.abs().max() > 0, name


def test_a_short_fit_from_the_identity_gets_somewhere(latents: Tensor, styles: Tensor) -> None:
    model = make_fusion()
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    target = latents.roll(1, dims=-1).tanh()
    losses = []
    for _ in range(25):
        loss = (model(latents, styles) - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 3), (9, 16)])
@pytest.mark.parametrize("patch_size", [1, 2, 3])
def test_any_size(size: tuple[int, int], patch_size: int, styles: Tensor) -> None:
    model = open_output(make_fusion(patch_size=patch_size, depth=1))
    z = torch.randn(2, 4, *size)
    y = model(z, styles)
    assert y.shape == z.shape
    assert torch.isfinite(y).all()
    # The one pixel of a latent is its mean: normalised, nothing is left for the blocks to see.
    assert size == (1, 1) or not torch.equal(y, z)


def test_padding_repeats_the_border(styles: Tensor) -> None:
    model = open_output(make_fusion())
    z = torch.randn(2, 4, 5, 7)
    padded = nn.functional.pad(z, (0, 1, 0, 1), mode="replicate")
    assert torch.equal(model(z, styles), model(padded, styles)[..., :5, :7])


@pytest.mark.parametrize("paths", [("rows",), ("content",), ("columns", "content") * 2])
def test_paths(paths: tuple[str, ...], latents: Tensor, styles: Tensor) -> None:
    model = open_output(make_fusion(paths=paths))
    y = model(latents, styles)
    assert y.shape == latents.shape and not torch.equal(y, latents)


@pytest.mark.parametrize("sizes", [{"paths": ("rows", "up")}, {"width": 30}, {"paths": ()}])
def test_impossible_sizes_are_refused(sizes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="paths"):
        make_fusion(**sizes)


@pytest.mark.parametrize("mixer", ["attention", "convolution", "mean"])
def test_other_mixers(mixer: str, latents: Tensor, styles: Tensor, tmp_path: Path) -> None:
    model = open_output(make_fusion())
    other = model.with_new_mixers(mixer)
    assert not mixers(other) and torch.equal(other.output.weight, model.output.weight)
    y = other(latents, styles)
    assert y.shape == latents.shape and not torch.equal(y, model(latents, styles))
    other.save_pretrained(tmp_path)
    assert torch.equal(StyleFusion.from_pretrained(tmp_path)(latents, styles), y)
    with pytest.raises(ValueError, match="mixers are mamba, attention"):
        make_fusion(mixer="sum")


def test_new_mixers_of_the_same_kind_are_untrained() -> None:
    model = make_fusion()
    other = model.with_new_mixers("mamba")
    old, new = (model.state_dict(), other.state_dict())
    changed = {name for name in old if not torch.equal(old[name], new[name])}
    assert changed and all(".mixer." in name for name in changed)


def rows_and_columns(height: int, width: int) -> Tensor:
    return orders(("rows", "columns") * 2, torch.zeros(1, 0, height, width))


def test_scans_see_the_whole_grid() -> None:
    """Both ways, a path reaches from every place to every other; a 3x3 convolution does not."""
    torch.manual_seed(0)
    mixer = MambaMixer(16, state_dim=4)
    x = torch.randn(1, 9, 9, 16, requires_grad=True)
    mixer(x, torch.randn(1, 16), rows_and_columns(9, 9))[0, 4, 4].sum().backward()
    assert x.grad is not None
    assert (x.grad[0].abs().sum(-1) > 0).all()


def test_the_way_of_a_path_does_not_matter() -> None:
    """A state that knows how far it has come would tell the first token from the last."""
    torch.manual_seed(0)
    mixer = MambaMixer(16, state_dim=4)
    flat, condition = torch.randn(1, 1, 1, 16).expand(1, 6, 7, 16), torch.randn(1, 16)
    y = mixer(flat, condition, rows_and_columns(6, 7))
    torch.testing.assert_close(y, y.flip(1, 2))
    backwards = rows_and_columns(6, 7).flip(-1)
    x = torch.randn(1, 6, 7, 16)
    torch.testing.assert_close(
        mixer(x, condition, backwards), mixer(x, condition, rows_and_columns(6, 7))
    )


def test_scanned_tokens_return_to_their_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a scan that only copies, the style token is dropped and every other token is at home."""
    monkeypatch.setattr(fusion_mixer, "selective_scan", lambda u, *rest: u)
    torch.manual_seed(0)
    mixer = MambaMixer(16, state_dim=4)
    x = torch.randn(2, 3, 5, 16)
    features, gate = mixer.in_projection(x).chunk(2, dim=-1)
    features = nn.functional.silu(mixer.convolution(features.permute(0, 3, 1, 2)))
    gated = mixer.norm(features.permute(0, 2, 3, 1)) * nn.functional.silu(gate)
    order = orders(("rows", "columns", "content", "content"), torch.randn(2, 2, 3, 5))
    mixed = mixer(x, torch.randn(2, 16), order)
    torch.testing.assert_close(mixed, mixer.out_projection(gated))


def test_batch_entries_do_not_mix(latents: Tensor, styles: Tensor) -> None:
    model = open_output(make_fusion())
    both = model(latents, styles)
    for i in range(2):
        alone = model(latents[i : i + 1], styles[i : i + 1])
        torch.testing.assert_close(both[i : i + 1], alone, rtol=0, atol=1e-5)
    torch.testing.assert_close(
        model(latents, styles[:1])[:1], both[:1], rtol=0, atol=1e-5, msg="one style for all"
    )


def test_the_length_of_a_style_vector_is_one_number_more(latents: Tensor, styles: Tensor) -> None:
    model = open_output(make_fusion())
    scaled = 3.7 * styles
    assert not torch.allclose(model(latents, styles), model(latents, scaled), atol=1e-5)
    nn.init.zeros_(model.style_embedding[0].weight[:, -1])
    torch.testing.assert_close(model(latents, styles), model(latents, scaled))
    assert model(latents, 0 * styles).isfinite().all()


def test_the_condition_knows_the_latent(styles: Tensor) -> None:
    """How far it is to a style depends on the photo's own means and deviations."""
    model = make_fusion()
    latents = torch.randn(1, 4, 12, 12)
    plain, brighter, stronger = (
        model._condition(z, styles[:1]) for z in (latents, latents + 1, 2 * latents)
    )
    assert (plain - brighter).abs().max() > 1e-3 and (plain - stronger).abs().max() > 1e-3
    torch.testing.assert_close(model._condition(latents.flip(-1), styles[:1]), plain)


def test_strokes_show_where_they_are(styles: Tensor) -> None:
    """On a flat sky, chance comes from the stroke fields alone."""
    model = open_output(make_fusion(head_depth=1))
    for mixer in mixers(model):  # which carry any change through the plane
        nn.init.zeros_(mixer.out_projection.weight)
    nn.init.zeros_(model.content_embedding.weight)
    flat = torch.ones(1, 4, 40, 40)
    assert model(flat, styles[:1]).std((-2, -1)).max() < 3e-4
    strokes = torch.zeros(1, STROKE_CHANNELS, 40, 40)
    strokes[..., :8, :8] = 1
    drawn = model(flat, styles[:1], strokes)
    assert drawn[..., :10, :10].std((-2, -1)).min() > 1e-3
    assert drawn[..., 30:36, 30:36].std((-2, -1)).max() < 3e-4


def test_strokes_of_photos_of_any_size() -> None:
    photos = torch.rand(2, 3, 17, 33)
    strokes = StyleFusion.strokes_of(photos, 4, seed=5)
    assert strokes.shape == (2, STROKE_CHANNELS, 5, 9) and strokes.dtype == torch.float32
    padded = nn.functional.pad(photos, (0, 3, 0, 3), mode="replicate")
    assert torch.equal(StyleFusion.strokes_of(padded, 4, seed=5), strokes)


def test_autoencoders_of_an_odd_factor_have_no_strokes() -> None:
    with pytest.raises(StyleMambaError, match="even factor, not 1"):
        StyleFusion.strokes_of(torch.rand(1, 3, 8, 8), 1)


def influence(model: StyleFusion, latents: Tensor, styles: Tensor) -> float:
    with torch.no_grad():
        return float((model(latents, styles) - model(latents, -styles)).abs().max())


def mixers(model: StyleFusion) -> list[MambaMixer]:
    return [module for module in model.modules() if isinstance(module, MambaMixer)]


def test_style_enters_the_sequence_as_a_token(latents: Tensor, styles: Tensor) -> None:
    """Modulations and offsets start constant, so at first the token alone carries the style."""
    model = open_output(make_fusion())
    assert influence(model, latents, styles) > 1e-4
    for mixer in mixers(model):
        nn.init.zeros_(mixer.style_token.weight)
    assert influence(model, latents, styles) == 0


def test_style_shifts_delta_b_and_c(latents: Tensor, styles: Tensor) -> None:
    model = open_output(make_fusion())
    for mixer in mixers(model):
        nn.init.zeros_(mixer.style_token.weight)
    for part in range(3):
        for mixer in mixers(model):
            d, n, weight = mixer.group_width, mixer.state_dim, mixer.style_offsets.weight
            begin, end = [(0, d), (d, d + n), (d + n, d + 2 * n)][part]
            nn.init.zeros_(weight)
            with torch.no_grad():
                weight.view(mixer.groups, d + 2 * n, -1)[:, begin:end].normal_()
        assert influence(model, latents, styles) > 1e-4


def test_style_modulates_blocks_and_head(latents: Tensor, styles: Tensor) -> None:
    model = open_output(make_fusion())
    for mixer in mixers(model):
        nn.init.zeros_(mixer.style_token.weight)
    modulations = [x for x in model.modules() if isinstance(x, Modulation)]
    assert len(modulations) == 8  # of two blocks, five in the head, and the rest
    for modulation in modulations:
        nn.init.normal_(modulation.linear.weight, std=0.1)
        assert influence(model, latents, styles) > 1e-4
        nn.init.zeros_(modulation.linear.weight)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("shape", [(1, 96, 68, 90), (1, 101, 70, 41), (2, 8, 70, 90)])
def test_restyle_of_nearly_flat_channels(layout: torch.memory_format, shape: list[int]) -> None:
    # The square of the mean is 10^7 times the variance: their difference in float32 would be noise.
    x = 30 + 0.01 * torch.randn(shape, generator=torch.Generator().manual_seed(0))
    none = torch.zeros(shape[:2])
    weights = torch.ones(1, 1, *shape[2:]).double()
    expected = restyle(x.double(), none.double(), none.double(), weights)
    found, threads = [], torch.get_num_threads()
    try:
        for count in (1, 2, 3):
            torch.set_num_threads(count)
            found.append(restyle(x.contiguous(memory_format=layout), none, none))
    finally:
        torch.set_num_threads(threads)
    torch.testing.assert_close(found[0].double(), expected, atol=2e-4, rtol=0)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


def test_restyle_gives_every_channel_the_mean_and_deviation_asked_for() -> None:
    torch.manual_seed(0)
    x = 3 * torch.randn(2, 4, 9, 11) + 5
    shift, scale = torch.randn(2, 4), torch.rand(2, 4)
    y = restyle(x, shift, scale)
    deviation, mean = torch.std_mean(y, dim=(-2, -1), correction=0)
    torch.testing.assert_close(mean, shift, atol=1e-4, rtol=0)
    torch.testing.assert_close(deviation, 1 + scale, atol=1e-3, rtol=0)
    flat = restyle(torch.full((1, 4, 3, 3), 7.0), shift[:1], scale[:1])
    expected = shift[:1, :, None, None].expand(1, 4, 3, 3)
    torch.testing.assert_close(flat, expected, atol=1e-4, rtol=0)
    halved = restyle(x.bfloat16(), shift, scale)
    assert halved.dtype == torch.bfloat16
    torch.testing.assert_close(halved.float(), y, atol=0.15, rtol=0)


def test_block_takes_any_mixer() -> None:
    class Halve(nn.Module):
        def forward(self, x: Tensor, condition: Tensor, order: Tensor) -> Tensor:
            return x / 2

    block = StyleFusionBlock(8, 2.0, Halve())
    for parameter in block.mlp[-1].parameters():
        nn.init.zeros_(parameter)
    x = torch.randn(1, 3, 3, 8)
    expected = x + nn.functional.layer_norm(x, (8,)) / 2
    torch.testing.assert_close(block(x, torch.randn(1, 8), rows_and_columns(3, 3)), expected)


def cost(model: StyleFusion, height: int) -> tuple[int, int]:
    """Matrix and convolution FLOPs, and elements kept for backward."""
    kept = 0

    def pack(x: Tensor) -> Tensor:
        nonlocal kept
        kept += x.numel()
        return x

    z, style = torch.randn(1, 4, height, 32), torch.randn(1, 10)
    with FlopCounterMode(display=False) as flops, saved_tensors_hooks(pack, lambda x: x):
        model(z, style)
    return flops.get_total_flops(), kept


def test_cost_is_linear_in_the_number_of_tokens() -> None:
    model = make_fusion()
    small, large = cost(model, 32), cost(model, 128)
    for a, b in zip(small, large, strict=True):
        assert 3 < b / a <= 4.05


def test_default_number_of_parameters() -> None:
    model = StyleFusion(StyleFusionConfig(latent_channels=12, style_dim=512))
    assert 4e6 < model.n_parameters < 4.75e6  # 9.5 MB in half precision


def test_autocast_keeps_the_dtype(latents: Tensor, styles: Tensor) -> None:
    model = open_output(make_fusion())
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    strokes = torch.randn(2, STROKE_CHANNELS, 12, 10)
    expected = model(latents, styles, strokes)
    with torch.autocast("cpu", torch.bfloat16):
        y = model(latents, styles, strokes)
        y.square().mean().backward()
    assert y.dtype == torch.float32
    torch.testing.assert_close(y, expected, rtol=0, atol=0.1)
    assert all(x.grad is not None and torch.isfinite(x.grad).all() for x in model.parameters())


def test_wrong_autoencoder_or_encoder_is_one_line(latents: Tensor, styles: Tensor) -> None:
    model = make_fusion()
    for arguments in ((latents[:, :3], styles), (latents, styles[:, :9])):
        with pytest.raises(StyleMambaError, match="trained with") as caught:
            model(*arguments)
        assert "\n" not in str(caught.value)


def test_save_and_load(
    tmp_path: Path, latents: Tensor, styles: Tensor, capsys: pytest.CaptureFixture[str]
) -> None:
    model = open_output(make_fusion(paths=("rows", "content")))
    model.save_pretrained(tmp_path)
    expected = dataclasses.asdict(model.config) | {"paths": ["rows", "content"]}
    assert json.loads((tmp_path / "config.json").read_text()) == expected
    loaded = StyleFusion.from_pretrained(tmp_path)
    assert loaded.config == model.config and not loaded.training
    assert torch.equal(loaded(latents, styles), model(latents, styles))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "damage", ["no weights", "truncated weights", "no config", "bad config", "other sizes"]
)
def test_damaged_checkpoints_are_one_line(tmp_path: Path, damage: str) -> None:
    make_fusion().save_pretrained(tmp_path)
    config, weights = tmp_path / "config.json", tmp_path / "model.safetensors"
    if damage == "no weights":
        weights.unlink()
    elif damage == "truncated weights":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif damage == "no config":
        config.unlink()
    elif damage == "bad config":
        config.write_text("{")
    else:
        config.write_text(json.dumps(json.loads(config.read_text()) | {"depth": 3}))
    with pytest.raises(StyleMambaError, match="--fusion") as caught:
        StyleFusion.from_pretrained(tmp_path)
    assert "\n" not in str(caught.value)


def test_missing_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StyleMambaError) as caught:
        StyleFusion.from_pretrained(tmp_path / "nowhere")
    assert "\n" not in str(caught.value)
