from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.portable.segments import expected_overlap, follow_edges
from stylemamba.segmentation.clipseg import CLIPSeg


@pytest.fixture(scope="module")
def clipseg(tiny_clipseg_dir: Path) -> CLIPSeg:
    return CLIPSeg.from_pretrained(tiny_clipseg_dir)


@pytest.fixture
def copy(tiny_clipseg_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_clipseg_dir, tmp_path / "copy"))


def photo(width: int = 64, height: int = 64) -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BILINEAR)


def answering(clipseg: CLIPSeg, likely: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets it answer with these likelihoods, whatever it sees."""
    logits = torch.from_numpy(likely).logit()[None]
    answer = clipseg.model(
        pixel_values=torch.zeros(1, 3, 64, 64), input_ids=torch.ones(1, 2, dtype=int)
    )
    answer.logits = logits
    monkeypatch.setattr(clipseg.model, "forward", lambda **_: answer)


def test_it_sees_what_the_models_own_processor_makes(clipseg: CLIPSeg) -> None:
    from transformers import CLIPSegProcessor

    processor = CLIPSegProcessor(clipseg.image_processor, clipseg.tokenizer)
    inputs = processor(text=["a photo"], images=[photo()], return_tensors="pt")
    with torch.no_grad():
        expected = clipseg.model(**inputs).logits.reshape(64, 64).sigmoid().numpy()
    pixels = np.asarray(photo(), np.float32).transpose(2, 0, 1) / 255
    found = clipseg.find(photo(), "a photo")
    np.testing.assert_allclose(found.mask, follow_edges(expected, pixels, pixels), atol=1e-5)
    assert found.confidence == pytest.approx(expected_overlap(expected), abs=1e-5)


@pytest.mark.parametrize("size", [(64, 48), (301, 40), (1, 1), (1500, 90)])
def test_masks_are_as_large_as_the_photo(clipseg: CLIPSeg, size: tuple[int, int]) -> None:
    found = clipseg.find(photo(*size), "stained glass")
    assert found.mask.shape == size[::-1] and found.mask.dtype == np.float32
    assert 0 <= found.mask.min() <= found.mask.max() <= 1 and 0 <= found.confidence <= 1


def test_words_decide_and_long_ones_are_cut(
    clipseg: CLIPSeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    forward = clipseg.model.forward
    monkeypatch.setattr(
        clipseg.model,
        "forward",
        lambda **inputs: read.append(inputs["input_ids"]) or forward(**inputs),
    )
    for word in ("pencil", "stained glass " * 30):
        clipseg.find(photo(), word)
    assert read[0].shape[1] < read[1].shape[1] <= 16
    assert clipseg.knows("anything") and not clipseg.knows(" ")


def test_the_mask_follows_the_photos_edge(
    clipseg: CLIPSeg, monkeypatch: pytest.MonkeyPatch
) -> None:
    likely = np.tile(np.linspace(0.95, 0.05, 32, dtype=np.float32), (32, 1))
    answering(clipseg, likely, monkeypatch)
    picture = Image.new("RGB", (200, 100), "white")
    picture.paste("black", (100, 0, 200, 100))
    found = clipseg.find(picture, "dog")
    assert found.mask[:, :96].min() > 0.55 and found.mask[:, 104:].max() < 0.45
    assert found.confidence == pytest.approx(expected_overlap(likely), abs=1e-5)


def refusal(folder: Path, capfd: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(StyleMambaError) as caught:
        CLIPSeg.from_pretrained(folder)
    assert capfd.readouterr() == ("", "")
    message = str(caught.value)
    assert "\n" not in message and str(folder) in message and "--segmenter" in message
    return message


def test_broken_models_are_refused(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from safetensors.torch import load_file, save_file

    path = copy / "model.safetensors"
    weights = load_file(path)
    del weights["decoder.film_add.bias"]
    save_file(weights, path, metadata={"format": "pt"})
    assert "1 weights are missing, for example decoder.film_add.bias" in refusal(copy, capfd)
    path.write_bytes(b"")
    refusal(copy, capfd)
    path.unlink()
    refusal(copy, capfd)


@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json", "tokenizer.json"])
def test_missing_files_are_refused(
    copy: Path, file: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (copy / file).unlink()
    refusal(copy, capfd)


def test_other_models_are_refused(copy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (copy / "config.json").write_text(json.dumps({"model_type": "siglip"}))
    assert "pass --segmenter a CLIPSeg" in refusal(copy, capfd)
