from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.training.data import (
    center_crop,
    random_crop,
    read_records,
    read_rgb,
    scale_short_side,
    to_batch,
)


def ramp(width: int, height: int) -> Image.Image:
    """Red grows to the right, green downwards, one level a pixel."""
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    return Image.fromarray(np.stack([x, y, 0 * x], -1).astype(np.uint8))


def write_table(folder: Path, text: str | bytes) -> Path:
    folder.mkdir()
    (folder / "metadata.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder.parent


def refusal(data: Path, folder: str = "a", split: str = "train") -> str:
    with pytest.raises(StyleMambaError) as caught:
        read_records(data, (folder,), split)
    assert "\n" not in str(caught.value) and str(data) in str(caught.value)
    return str(caught.value)


def test_records_of_a_split_in_file_order(tiny_data: Path) -> None:
    records = read_records(tiny_data, ("photos", "paintings"), "train")
    assert [record.folder for record in records] == ["photos"] * 2 + ["paintings"] * 4
    assert all(record.split == "train" and record.path.is_file() for record in records)
    assert records[2].labels == {
        "artist": "Claude Monet",
        "genre": "landscape",
        "movement": "impressionism",
        "title": "",
    }
    others = read_records(tiny_data, ("photos", "paintings"), "validation")
    assert not {record.path for record in records} & {record.path for record in others}


def test_rows_without_a_split_or_short_ones(tmp_path: Path) -> None:
    data = write_table(tmp_path / "a", "file_name,artist\nx.png,Zoë\ny.png\n")
    assert [record.labels for record in read_records(data, ["a"], "train")] == [
        {"artist": "Zoë"},
        {"artist": ""},
    ]
    assert "validation" in refusal(data, split="validation")


def test_unusable_tables_are_refused(tmp_path: Path) -> None:
    assert "metadata.csv" in refusal(tmp_path)
    data = write_table(tmp_path / "a", "picture,split\nx.png,train\n")
    assert "file_name" in refusal(data)
    assert "cannot be read" in refusal(write_table(tmp_path / "b", b"file_name\n\xff\xfe\n"), "b")
    assert "no train pictures" in refusal(write_table(tmp_path / "c", ""), "c")


def test_damaged_pictures_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    ramp(30, 30).save(path)
    assert read_rgb(path).mode == "RGB"
    for broken in (path.read_bytes()[:60], b"", b"not a picture"):
        path.write_bytes(broken)
        with pytest.raises(StyleMambaError, match="x.png") as caught:
            read_rgb(path)
        assert "\n" not in str(caught.value)
    path.unlink()
    with pytest.raises(StyleMambaError, match="x.png"):
        read_rgb(path)


def test_scaling_and_the_central_crop() -> None:
    assert scale_short_side(ramp(40, 20), 10).size == (20, 10)
    assert scale_short_side(ramp(3, 300), 6).size == (6, 600)
    crop = np.asarray(center_crop(ramp(40, 20), 20))
    assert crop.shape == (20, 20, 3)
    np.testing.assert_array_equal(crop[0, :, 0], np.arange(10, 30))
    np.testing.assert_array_equal(crop[:, 0, 1], np.arange(20))


def test_random_crops() -> None:
    image, rng = ramp(100, 80), np.random.default_rng(0)
    crops = [np.asarray(random_crop(image, 32, rng, min_scale=0.5), float) for _ in range(40)]
    assert all(crop.shape == (32, 32, 3) for crop in crops)
    steps = [crop[16, 28, 0] - crop[16, 3, 0] for crop in crops]
    scales = np.abs(25 / np.array(steps))  # the ramp rises by one level a pixel of the original
    assert 0.45 < scales.min() < 0.6 and 0.85 < scales.max() < 1.1
    assert 0 < sum(step < 0 for step in steps) < 40  # some are mirrored
    assert len({crop.tobytes() for crop in crops}) == 40
    again = random_crop(image, 32, np.random.default_rng(0), min_scale=0.5)
    np.testing.assert_array_equal(np.asarray(again, float), crops[0])


@pytest.mark.parametrize("size", [(1, 1), (5, 90), (31, 33)])
def test_small_pictures_are_enlarged(size: tuple[int, int]) -> None:
    assert random_crop(ramp(*size), 32, np.random.default_rng(0)).size == (32, 32)


def test_batches() -> None:
    batch = to_batch([ramp(5, 4), Image.new("RGB", (5, 4), (255, 51, 0))])
    assert batch.shape == (2, 3, 4, 5) and batch.dtype == torch.float32
    torch.testing.assert_close(batch[0, 0, 0] * 255, torch.arange(5.0))
    torch.testing.assert_close(batch[1, :, 3, 4], torch.tensor([1.0, 0.2, 0.0]))
