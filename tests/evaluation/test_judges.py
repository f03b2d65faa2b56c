from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_clip import EMBEDDING_DIM

from stylemamba.encoders.artlip import ArtLIP
from stylemamba.encoders.siglip import SiglipStyleEncoder
from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.judges import CLIP_L14, ClipEncoder, load_judge


@pytest.fixture(scope="module")
def clip(tiny_clip_dir: Path) -> ClipEncoder:
    return ClipEncoder.from_pretrained(tiny_clip_dir)


def test_clip_agrees_with_the_model_on_its_own_inputs(clip: ClipEncoder) -> None:
    from transformers import CLIPModel

    noise = np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)
    pixels = clip.image_processor(Image.fromarray(noise), return_tensors="pt")["pixel_values"]
    model: CLIPModel = clip.model
    sketch, a = torch.tensor([[0, 5, 6, 1]]), torch.tensor([[0, 3, 1]])
    with torch.no_grad():
        output = model(input_ids=sketch, pixel_values=pixels)
        alone = model(input_ids=a, pixel_values=pixels)
    images = torch.from_numpy(noise).permute(2, 0, 1)[None] / 255
    torch.testing.assert_close(clip.encode_image(images), output.image_embeds)
    texts = clip.encode_text(["Pencil sketch ", "a"])
    torch.testing.assert_close(texts[0], output.text_embeds[0])
    torch.testing.assert_close(texts[1], alone.text_embeds[0])  # padding makes no difference
    assert texts.shape == (2, EMBEDDING_DIM) and not texts.requires_grad
    torch.testing.assert_close(texts.norm(dim=-1), torch.ones(2))


def test_long_and_blank_prompts(clip: ClipEncoder) -> None:
    assert clip.encode_text(["glass " * 1000]).isfinite().all()
    with pytest.raises(StyleMambaError, match="the prompt is empty"):
        clip.encode_text([" "])


def test_judges_by_folder(
    tiny_clip_dir: Path, tiny_siglip_dir: Path, tiny_artlip: ArtLIP, tmp_path: Path
) -> None:
    judge = load_judge(str(tiny_clip_dir), tiny_artlip)
    assert isinstance(judge.encoder, ClipEncoder)
    assert judge.name == tiny_clip_dir.name and not judge.optimised
    judge = load_judge(str(tiny_siglip_dir), tiny_artlip)
    assert isinstance(judge.encoder, SiglipStyleEncoder) and not judge.optimised
    # The same weights under another name are the same encoder.
    copy = Path(shutil.copytree(tiny_siglip_dir, tmp_path / "copy"))
    assert load_judge(str(copy), SiglipStyleEncoder.from_pretrained(tiny_siglip_dir)).optimised


def test_by_default_the_encoder_itself_judges_and_it_is_said(
    tiny_artlip: ArtLIP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stylemamba.evaluation.judges._cached", lambda _: None)
    judge = load_judge(None, tiny_artlip)
    assert judge.encoder is tiny_artlip and judge.optimised and judge.name == "ArtLIP"
    assert CLIP_L14 in judge.note and "not in the local cache" in judge.note


def test_by_default_a_cached_clip_judges(
    tiny_artlip: ArtLIP, tiny_clip_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = tmp_path / f"models--{CLIP_L14.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc")
    shutil.copytree(tiny_clip_dir, repository / "snapshots" / "abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    judge = load_judge(None, tiny_artlip)
    assert judge.name == CLIP_L14 and not judge.optimised and judge.note == ""
    (repository / "snapshots" / "abc" / "model.safetensors").unlink()  # a partial download
    assert load_judge(None, tiny_artlip).encoder is tiny_artlip


def test_refused_judges(tiny_clip_dir: Path, tiny_artlip: ArtLIP, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny_clip_dir, tmp_path / "copy"))
    (copy / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(StyleMambaError, match="--judge DIR"):
        load_judge(str(copy), tiny_artlip)
    for kind in ("siglip", "bert"):
        (copy / "config.json").write_text(json.dumps({"model_type": kind}))
        with pytest.raises(StyleMambaError, match="--judge") as caught:
            load_judge(str(copy), tiny_artlip)
        assert "--encoder" not in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(StyleMambaError, match="HF_HUB_OFFLINE.*--judge DIR"):
        load_judge("nobody/nothing", tiny_artlip)
