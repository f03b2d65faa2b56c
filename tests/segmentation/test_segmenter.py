from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.portable.segments import expected_overlap
from stylemamba.segmentation import WORDS
from stylemamba.segmentation.network import LAYERS, MaskHead, compressed
from stylemamba.segmentation.segmenter import Segmenter


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    """An untrained one, which answers with a ramp from left to right, whatever it sees."""
    torch.manual_seed(0)
    model = Segmenter(widths=(8, 8, 8)).eval()
    ramp = torch.linspace(0, 1, 64).expand(1, len(WORDS), 64, 64)
    model.likelihoods = lambda images: ramp  # type: ignore[method-assign]
    return model


def photo(width: int, height: int) -> Image.Image:
    """White with a black half on the right."""
    picture = Image.new("RGB", (width, height), "white")
    picture.paste("black", (width // 2, 0, width, height))
    return picture


@pytest.mark.parametrize("size", [(64, 48), (301, 40), (1, 1), (1500, 90)])
def test_masks_are_as_large_as_the_photo(segmenter: Segmenter, size: tuple[int, int]) -> None:
    found = segmenter.find(photo(*size), "sky")
    assert found.mask.shape == size[::-1]
    assert found.mask.dtype == np.float32
    assert 0 <= found.mask.min() <= found.mask.max() <= 1


def test_a_mask_is_drawn_to_the_edge(segmenter: Segmenter) -> None:
    mask = segmenter.find(photo(200, 100), "subject").mask
    assert mask[:, 104:].min() > 0.55 and mask[:, :96].max() < 0.45


def test_confidence_is_read_off_the_calibration(segmenter: Segmenter) -> None:
    expected = expected_overlap(np.tile(np.linspace(0, 1, 64, dtype=np.float32), (64, 1)))
    assert segmenter.find(photo(64, 64), "face").confidence == pytest.approx(expected, abs=1e-5)
    row = WORDS.index("face")
    before = segmenter.calibration[row].clone()
    segmenter.calibration[row] = torch.linspace(0, 0.5, 11)
    found = segmenter.find_all(photo(64, 64), ("face", "sky"))
    segmenter.calibration[row] = before
    assert list(found) == ["face", "sky"]
    assert found["face"].confidence == pytest.approx(expected / 2, abs=1e-5)
    assert found["sky"].confidence == pytest.approx(expected, abs=1e-5)


def test_it_looks_once_at_a_photo_that_it_is_asked_of_again(
    segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []
    likelihoods = segmenter.likelihoods
    monkeypatch.setattr(
        segmenter, "likelihoods", lambda images: looked.append(0) or likelihoods(images)
    )
    for word in ("sky", "face"):
        segmenter.find(photo(50, 40), word)
    segmenter.people(np.asarray(photo(50, 40), np.float32).transpose(2, 0, 1) / 255)
    assert len(looked) == 1
    other = photo(50, 40)
    other.putpixel((0, 0), (255, 0, 0))
    segmenter.find(other, "sky")
    assert len(looked) == 2


def test_a_word_that_it_was_not_trained_for_is_refused(segmenter: Segmenter) -> None:
    with pytest.raises(StyleMambaError, match="no mask for dog: .* subject, person, face, sky"):
        segmenter.find(photo(8, 8), "dog")


def test_it_is_saved_without_vgg_and_loaded_again(tmp_path: Path) -> None:
    torch.manual_seed(1)
    model = Segmenter(widths=(8, 8, 8)).eval()
    model.calibration[0] = 0.25
    model.half().save_pretrained(tmp_path)
    assert (tmp_path / "model.safetensors").stat().st_size < 60_000
    loaded = Segmenter.from_pretrained(tmp_path)
    assert loaded.words == WORDS
    assert loaded.calibration[0, 0] == 0.25
    images = torch.rand(1, 3, 256, 256, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(loaded.likelihoods(images), model.float().likelihoods(images))


def test_the_head_keeps_the_finest_size_and_one_map_a_word() -> None:
    torch.manual_seed(0)
    head = MaskHead(3, (8, 8, 8)).eval()
    sides = (16, 8, 4)
    features = [
        torch.rand(2, channels, side, side)
        for (channels, _), side in zip(LAYERS.values(), sides, strict=True)
    ]
    assert head(features).shape == (2, 3, 16, 16)


def test_features_are_compressed_to_shares_of_their_scales() -> None:
    features = {
        layer: torch.tensor([0.0, scale / 4, scale, 4 * scale]).view(1, 4, 1, 1)
        for layer, (_, scale) in LAYERS.items()
    }
    for part in compressed(features):
        torch.testing.assert_close(part.flatten(), torch.tensor([0.0, 0.5, 1.0, 1.0]))
