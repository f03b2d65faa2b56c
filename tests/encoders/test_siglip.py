from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from stylemamba.encoders.siglip import SiglipStyleEncoder
from stylemamba.errors import StyleMambaError


@pytest.fixture(scope="module")
def encoder(tiny_siglip_dir: Path) -> SiglipStyleEncoder:
    return SiglipStyleEncoder.from_pretrained(tiny_siglip_dir)


@pytest.fixture(scope="module")
def naflex(tiny_naflex_dir: Path) -> SiglipStyleEncoder:
    return SiglipStyleEncoder.from_pretrained(tiny_naflex_dir)


@pytest.fixture
def copy(tiny_siglip_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_siglip_dir, tmp_path / "copy"))


def picture(batch: int = 1, height: int = 32, width: int = 32, seed: int = 0) -> Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(seed))


def grid_mask(rows: list[list[int]], cell: int = 8) -> Tensor:
    """A mask (1, 1, h, w) from its cells."""
    mask = torch.tensor(rows, dtype=torch.float32)[None, None]
    return mask.repeat_interleave(cell, 2).repeat_interleave(cell, 3)


def tokens_entering(encoder: SiglipStyleEncoder, images: Tensor, masks: Tensor | None) -> list[int]:
    """How many tokens each batch brings into the first transformer layer, in all its sequences."""
    entered: list[int] = []
    layer = encoder.model.vision_model.encoder.layers[0]

    def count(module: torch.nn.Module, args: tuple[Tensor, ...], output: Tensor) -> None:
        entered.append(output.shape[0] * output.shape[1])

    handle = layer.register_forward_hook(count)
    encoder.encode_image(images, masks)
    handle.remove()
    return entered


HALF = grid_mask([[1, 1, 0, 0]] * 4)
CHECKER = grid_mask([[1, 0, 1, 0], [0, 1, 0, 1]] * 2)
CORNER = grid_mask([[1, 0, 0, 0]] + [[0, 0, 0, 0]] * 3)
ALL = torch.ones(1, 1, 32, 32)


def test_whole_pictures_agree_with_the_model(encoder: SiglipStyleEncoder) -> None:
    images = picture(2)
    expected = encoder.model.get_image_features((images - encoder.mean) / encoder.std)
    expected = torch.nn.functional.normalize(expected.pooler_output, dim=-1)
    torch.testing.assert_close(encoder.encode_image(images), expected, atol=1e-5, rtol=0)
    assert encoder.encode_image(images).shape == (2, encoder.embedding_dim)


@pytest.mark.parametrize("folder", ["tiny_siglip_dir", "tiny_siglip2_dir", "tiny_naflex_dir"])
def test_preparation_agrees_with_the_image_processor(
    folder: str, request: pytest.FixtureRequest
) -> None:
    encoder = SiglipStyleEncoder.from_pretrained(request.getfixturevalue(folder))
    noise = np.random.default_rng(0).integers(20, 220, (90, 70, 3), dtype=np.uint8)
    photo = Image.fromarray(noise)
    inputs = encoder.image_processor(photo, return_tensors="pt")
    expected = encoder.model.get_image_features(**inputs).pooler_output
    images = torch.from_numpy(np.array(photo)).permute(2, 0, 1)[None] / 255
    similarity = torch.cosine_similarity(encoder.encode_image(images), expected)
    assert similarity.item() > 0.9999


def test_half_hidden_means_half_the_tokens(encoder: SiglipStyleEncoder) -> None:
    images = picture(2)
    assert tokens_entering(encoder, images, None) == [2 * 16]
    assert tokens_entering(encoder, images, HALF) == [2 * 8]
    # Three views of two pictures: two views with 8 tokens in one batch, one with 1 in another.
    assert tokens_entering(encoder, images, torch.cat([HALF, CORNER, CHECKER], 1)) == [2, 4 * 8]


def test_hidden_pixels_have_no_influence(encoder: SiglipStyleEncoder) -> None:
    images = picture()
    changed = torch.where(HALF > 0, images, picture(seed=1))
    assert torch.equal(encoder.encode_image(images, HALF), encoder.encode_image(changed, HALF))
    difference = encoder.encode_image(images) - encoder.encode_image(changed)
    assert difference.abs().max() > 1e-3


def test_views_are_what_each_mask_alone_gives(encoder: SiglipStyleEncoder) -> None:
    images = picture(2)
    own = torch.cat([torch.cat([ALL, CORNER, HALF], 1), torch.cat([CHECKER, ALL, CORNER], 1)])
    views = encoder.encode_image(images, own)
    assert views.shape == (2, 3, encoder.embedding_dim)
    for row in range(2):
        for column in range(3):
            alone = encoder.encode_image(
                images[row : row + 1], own[row : row + 1, column : column + 1]
            )
            torch.testing.assert_close(views[row, column], alone[0, 0], atol=1e-5, rtol=0)
    torch.testing.assert_close(views[0, 0], encoder.encode_image(images)[0], atol=1e-5, rtol=0)


def test_a_patch_is_visible_from_one_half_on(encoder: SiglipStyleEncoder) -> None:
    exactly_half = torch.zeros(1, 1, 32, 32)
    exactly_half[..., :4, :8] = 1
    assert tokens_entering(encoder, picture(), exactly_half) == [1]
    just_less = exactly_half.clone()
    just_less[..., 3, 0] = 0
    just_less[..., 16:24, 16:24] = 1
    assert tokens_entering(encoder, picture(), just_less) == [1]
    images = picture()
    third = encoder.encode_image(images, grid_mask([[0] * 4] * 2 + [[0, 0, 1, 0]] + [[0] * 4]))
    torch.testing.assert_close(encoder.encode_image(images, just_less), third)


def test_the_most_visible_patch_stays_when_none_is_visible(encoder: SiglipStyleEncoder) -> None:
    images = picture()
    faint = torch.zeros(1, 1, 32, 32)
    faint[..., 1, 1] = 1
    torch.testing.assert_close(
        encoder.encode_image(images, faint), encoder.encode_image(images, CORNER)
    )
    assert tokens_entering(encoder, images, torch.zeros(1, 1, 32, 32)) == [1]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 500), (45, 31), (257, 193)])
def test_any_picture_size(
    encoder: SiglipStyleEncoder, naflex: SiglipStyleEncoder, height: int, width: int
) -> None:
    images = picture(1, height, width)
    for model in (encoder, naflex):
        rows, cols = model.mask_grid(height, width)
        assert 1 <= rows <= height
        assert 1 <= cols <= width
        cells = torch.arange(rows * cols).view(1, 1, rows, cols) % 2 == 0
        masks = torch.nn.functional.interpolate(
            cells.float(), size=(height, width), mode="nearest-exact"
        )
        embeddings = model.encode_image(images, masks)
        assert embeddings.shape == (1, 1, model.embedding_dim)
        torch.testing.assert_close(embeddings.norm(dim=-1), torch.ones(1, 1))


def test_masks_drawn_on_the_grid_select_its_cells(encoder: SiglipStyleEncoder) -> None:
    height, width = 45, 61
    assert encoder.mask_grid(height, width) == (4, 4)
    cells = torch.tensor([[1, 0, 0, 1], [0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]])
    mask = torch.nn.functional.interpolate(
        cells[None, None].float(), size=(height, width), mode="nearest-exact"
    )
    assert tokens_entering(encoder, picture(1, height, width), mask) == [int(cells.sum())]


def test_gradients_reach_visible_pixels_only(encoder: SiglipStyleEncoder) -> None:
    images = picture().requires_grad_()
    encoder.encode_image(images, HALF).sum().backward()
    assert images.grad is not None
    hidden = HALF.expand(1, 3, -1, -1) == 0
    assert images.grad[hidden].abs().max() == 0
    assert (images.grad[~hidden].abs() > 0).float().mean() > 0.99
    assert all(parameter.grad is None for parameter in encoder.parameters())

    large = picture(1, 77, 50).requires_grad_()
    encoder.encode_image(large).sum().backward()
    assert large.grad is not None
    assert (large.grad.abs() > 0).float().mean() > 0.99


def test_naflex_keeps_the_aspect_ratio_and_drops_tokens(naflex: SiglipStyleEncoder) -> None:
    assert naflex.mask_grid(160, 40) == (8, 2)
    images = picture(1, 64, 16)
    mask = grid_mask([[1, 1]] * 4 + [[0, 0]] * 4)
    assert tokens_entering(naflex, images, None) == [16]
    assert tokens_entering(naflex, images, mask) == [8]
    changed = torch.where(mask > 0, images, picture(1, 64, 16, seed=1))
    assert torch.equal(naflex.encode_image(images, mask), naflex.encode_image(changed, mask))


@pytest.mark.parametrize("folder", ["tiny_siglip_dir", "tiny_siglip2_dir", "tiny_naflex_dir"])
def test_text(folder: str, request: pytest.FixtureRequest) -> None:
    encoder = SiglipStyleEncoder.from_pretrained(request.getfixturevalue(folder))
    prompts = ["pencil sketch", "PENCIL Sketch ", "stained glass", "浮世绘 🎨", "glass " * 2000]
    embeddings = encoder.encode_text(prompts)
    assert embeddings.shape == (5, encoder.embedding_dim)
    assert not embeddings.requires_grad
    torch.testing.assert_close(embeddings.norm(dim=-1), torch.ones(5))
    torch.testing.assert_close(embeddings[0], embeddings[1])
    assert (embeddings[0] - embeddings[2]).abs().max() > 1e-3
    torch.testing.assert_close(encoder.encode_text(prompts[:1])[0], embeddings[0])


def test_text_is_padded_on_the_right_and_attended_to_whole(encoder: SiglipStyleEncoder) -> None:
    ids = encoder.tokenizer("pencil sketch")["input_ids"]
    padded = torch.tensor([ids + [encoder.tokenizer.pad_token_id] * (16 - len(ids))])
    expected = encoder.model.get_text_features(padded).pooler_output
    actual = encoder.encode_text(["pencil sketch"])
    torch.testing.assert_close(actual, torch.nn.functional.normalize(expected, dim=-1))


@pytest.mark.parametrize("prompt", ["", "  \n"])
def test_a_blank_prompt_is_refused(encoder: SiglipStyleEncoder, prompt: str) -> None:
    with pytest.raises(StyleMambaError, match="the prompt is empty"):
        encoder.encode_text(["a photo", prompt])


def test_a_prompt_of_broken_bytes_is_read(encoder: SiglipStyleEncoder) -> None:
    assert encoder.encode_text(["pencil \udcff"]).isfinite().all()


def test_save_and_load_again(encoder: SiglipStyleEncoder, tmp_path: Path) -> None:
    encoder.save_pretrained(tmp_path)
    again = SiglipStyleEncoder.from_pretrained(str(tmp_path))
    assert torch.equal(again.encode_text(["a photo"]), encoder.encode_text(["a photo"]))
    assert torch.equal(again.encode_image(picture()), encoder.encode_image(picture()))
    assert not again.training


def refusal(folder: Path, capfd: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(StyleMambaError) as caught:
        SiglipStyleEncoder.from_pretrained(folder)
    assert capfd.readouterr() == ("", "")
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    return message


def test_broken_weights_are_refused(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    weights = copy / "model.safetensors"
    whole = weights.read_bytes()
    for broken in (whole[:5000], b"", b"not safetensors at all"):
        weights.write_bytes(broken)
        assert "--encoder DIR" in refusal(copy, capfd)
    weights.unlink()
    assert "--encoder DIR" in refusal(copy, capfd)


def test_incomplete_weights_are_refused(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(copy / "model.safetensors")
    del weights["vision_model.head.probe"]
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    message = refusal(copy, capfd)
    assert "1 weights are missing, for example vision_model.head.probe" in message


@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json", "tokenizer.json"])
def test_missing_files_are_refused(
    copy: Path, file: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (copy / file).unlink()
    refusal(copy, capfd)


def test_other_models_are_refused(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (copy / "config.json").write_text(json.dumps({"model_type": "clip"}))
    assert "pass --encoder a SigLIP or SigLIP 2 model" in refusal(copy, capfd)
    (copy / "config.json").write_text("{")
    assert "no readable config.json" in refusal(copy, capfd)
