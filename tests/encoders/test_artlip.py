from __future__ import annotations

import copy
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from stylemamba.encoders.artlip import (
    CODE_DIM,
    CODE_SIZES,
    CONTENT_LAYERS,
    ArtLIP,
)
from stylemamba.encoders.minilm import embed_sentences
from stylemamba.encoders.statistics import statistics_size
from stylemamba.errors import StyleMambaError


def picture(batch: int = 2, height: int = 40, width: int = 56, seed: int = 0) -> Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(seed))


def halves(height: int = 40, width: int = 56) -> Tensor:
    """Everything, the left half, the right half: (1, 3, h, w)."""
    left = (torch.arange(width) < width // 2).float().expand(height, width)
    return torch.stack([torch.ones_like(left), left, 1 - left])[None]


# --- pictures ------------------------------------------------------------------------------------


def test_shapes(tiny_artlip: ArtLIP) -> None:
    assert tiny_artlip.embedding_dim == 16 and tiny_artlip.mask_grid(40, 56) == (3, 4)
    whole = tiny_artlip.encode_image(picture())
    shared = tiny_artlip.encode_image(picture(), halves())
    own = tiny_artlip.encode_image(picture(), halves().expand(2, -1, -1, -1))
    assert whole.shape == (2, 16) and shared.shape == own.shape == (2, 3, 16)
    assert whole.dtype == torch.float32
    torch.testing.assert_close(shared, own)


def test_a_mask_that_hides_nothing_changes_nothing(tiny_artlip: ArtLIP) -> None:
    masked = tiny_artlip.encode_image(picture(), halves())
    torch.testing.assert_close(masked[:, 0], tiny_artlip.encode_image(picture()))
    assert (masked[:, 1] - masked[:, 0]).norm() > 1e-3
    assert (masked[:, 2] - masked[:, 1]).norm() > 1e-3


@pytest.mark.parametrize("size", [(1, 1), (1, 80), (17, 33)])
def test_any_size(tiny_artlip: ArtLIP, size: tuple[int, int]) -> None:
    embeddings = tiny_artlip.encode_image(picture(1, *size), torch.ones(1, 2, *size))
    assert embeddings.shape == (1, 2, 16) and embeddings.isfinite().all()


def test_the_gradient_reaches_the_picture(tiny_artlip: ArtLIP) -> None:
    image = picture(1).requires_grad_()
    tiny_artlip.encode_image(image, halves()).square().sum().backward()
    assert image.grad is not None and image.grad.isfinite().all()
    assert (image.grad != 0).float().mean() > 0.9
    assert not any(parameter.requires_grad for parameter in tiny_artlip.parameters())


def test_observe_gives_the_losses_what_they_read(tiny_artlip: ArtLIP) -> None:
    seen = tiny_artlip.observe(picture(), halves())
    torch.testing.assert_close(seen.embedding, tiny_artlip.encode_image(picture(), halves()))
    whole = tiny_artlip.observe(picture()).of_view(0)
    for layer, values in seen.of_view(0).items():
        assert values.shape == (2, statistics_size(layer))
        torch.testing.assert_close(values, whole[layer])
    assert {layer: values.shape for layer, values in seen.content.items()} == {
        layer: (2, 512, 5, 7) for layer in CONTENT_LAYERS
    }


def test_codes_survive_decoding(tiny_artlip: ArtLIP) -> None:
    codes = torch.randn(2, 3, CODE_DIM, generator=torch.Generator().manual_seed(1))
    statistics = tiny_artlip.code.decode(codes)
    assert {k: v.shape for k, v in statistics.items()} == {
        layer: (2, 3, statistics_size(layer)) for layer in CODE_SIZES
    }
    torch.testing.assert_close(tiny_artlip.code.encode(statistics), codes, atol=0.05, rtol=0)


# --- text ----------------------------------------------------------------------------------------


def test_text_and_its_coverage(tiny_artlip: ArtLIP, word_vectors: None) -> None:
    prompts = ["red stripes", "qwx zzyzx", "blue dots, green noise", "red paint"]
    embeddings = tiny_artlip.encode_text(prompts)
    assert embeddings.shape == (4, 16)
    styles = [tiny_artlip.style(prompt) for prompt in prompts]
    known, unknown, parts, half = (style.coverage or 0.0 for style in styles)
    assert known == 1 and unknown < 0.05 and parts == 1 and 0.05 < half < 0.95
    for style, embedding in zip(styles, embeddings, strict=True):
        torch.testing.assert_close(style.embedding, embedding[None], atol=1e-5, rtol=0)


def test_a_style_is_that_of_the_pictures_found(tiny_artlip: ArtLIP, word_vectors: None) -> None:
    stripes, dots = (tiny_artlip.style(prompt) for prompt in ("red stripes", "blue dots"))
    assert stripes.condition.shape == (1, CODE_DIM)
    assert stripes.neighbours[0][0] == "red stripes" and dots.neighbours[0][0] == "blue dots"
    assert (stripes.condition - dots.condition).norm() > 1
    decoded = tiny_artlip.code.decode(stripes.condition)
    for layer, target in stripes.statistics.items():
        torch.testing.assert_close(target, decoded[layer])


def test_what_the_bank_reads(tiny_artlip: ArtLIP, word_vectors: None) -> None:
    sentences, texts = tiny_artlip.read(["red stripes", "mosaic"])
    assert sentences.shape == (2, 384) and texts.shape == (2, 16)
    assert not np.array_equal(texts[0], texts[1])


def test_blank_prompts_are_refused(tiny_artlip: ArtLIP) -> None:
    for prompts in (["", "x"], ["x", " \n"]):
        with pytest.raises(StyleMambaError, match="prompt is empty"):
            tiny_artlip.encode_text(prompts)
    with pytest.raises(StyleMambaError, match="prompt is empty"):
        tiny_artlip.style(" ")


def test_coverage_with_the_real_sentence_encoder() -> None:
    captions = ["pencil sketch", "stained glass", "Claude Monet", "impressionism", "pop art"]
    model = ArtLIP(16, 32, 5, captions, 1)
    model.bank.set_codes(torch.randn(5, CODE_DIM, generator=torch.Generator().manual_seed(0)))
    model.bank.set_captions([[number] for number in range(5)], embed_sentences(captions))
    prompts = ["stained glass", "a sketch drawn in pencil", "qwxz vbnmf kjhgf", "知らない 🎨" * 200]
    known, near, gibberish, foreign = (model.style(prompt).coverage for prompt in prompts)
    assert known > 0.98 and near > 0.6
    assert gibberish < 0.1 and foreign == 0


# --- files ---------------------------------------------------------------------------------------


def test_save_and_load_again(tiny_artlip: ArtLIP, word_vectors: None, tmp_path: Path) -> None:
    tiny_artlip.save_pretrained(tmp_path)
    again = ArtLIP.from_pretrained(tmp_path)
    assert not again.training and again.bank.captions == tiny_artlip.bank.captions
    state = tiny_artlip.state_dict()
    assert not any(name.startswith("_vgg") for name in state)
    assert again.state_dict().keys() == state.keys()
    for name, values in again.state_dict().items():
        assert values.dtype == state[name].dtype and torch.equal(values, state[name])
    assert torch.equal(again.encode_image(picture()), tiny_artlip.encode_image(picture()))
    one, other = (model.style("red stripes") for model in (again, tiny_artlip))
    assert torch.equal(one.condition, other.condition) and one.neighbours == other.neighbours


def test_marks_go_by_their_names(tiny_artlip: ArtLIP, word_vectors: None, tmp_path: Path) -> None:
    """Amounts in another order, with the names in that order, are the same marks."""
    tiny_artlip.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["marks"] == ["strokes", "dots", "tiles"]
    order = [2, 0, 1]
    config["marks"] = [config["marks"][place] for place in order]
    (tmp_path / "config.json").write_text(json.dumps(config))
    again = ArtLIP.from_pretrained(tmp_path)
    model = copy.deepcopy(tiny_artlip)
    amounts = torch.tensor([[0.1, 0.5, 0.9]]).expand(len(model.bank.codes), -1)
    model.bank.set_marks(amounts)
    again.bank.set_marks(amounts[:, order])
    marks = again.style("red stripes").marks
    assert marks == pytest.approx({"strokes": 0.1, "dots": 0.5, "tiles": 0.9})
    assert marks == model.style("red stripes").marks


def test_marks_that_nothing_paints_are_refused(tiny_artlip: ArtLIP, tmp_path: Path) -> None:
    tiny_artlip.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["marks"][1] = "scratches"
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(StyleMambaError, match="no scratches: update stylemamba"):
        ArtLIP.from_pretrained(tmp_path)


def test_damaged_weights_are_one_line(tiny_artlip: ArtLIP, tmp_path: Path) -> None:
    tiny_artlip.save_pretrained(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(StyleMambaError, match="--encoder DIR") as caught:
        ArtLIP.from_pretrained(tmp_path)
    assert "\n" not in str(caught.value) and str(tmp_path) in str(caught.value)
