"""Pictures in Parquet files, laid out as the hub has them."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.training.data import read_rgb
from stylemamba.training.fusion.pictures import Pictures, list_pictures, make_pack
from stylemamba.training.parquet import parquet_pictures

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def png(value: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (12, 8), (value, 0, 0)).save(file, format="PNG")
    return file.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """data/: two files of a split, row groups of two; one row is damaged, one empty."""
    data = tmp_path / "set" / "data"
    data.mkdir(parents=True)
    for name, values in (
        ("train-00000-of-00002", [10, 20, 30]),
        ("train-00001-of-00002", [40]),
        ("validation-00000-of-00001", [50]),
        ("test-00000-of-00001", [60]),
    ):
        images = [{"bytes": png(value), "path": f"{value}.png"} for value in values]
        table = pa.table({"label": values, "image": images})
        pq.write_table(table, data / f"{name}.parquet", row_group_size=2)
    return tmp_path / "set"


def reds(pictures: object) -> list[int]:
    return [int(np.asarray(read_rgb(picture))[0, 0, 0]) for picture in pictures]  # type: ignore


def test_pictures_by_split_in_any_order(folder: Path) -> None:
    train = list_pictures([folder], "train")
    assert reds(train) == [10, 20, 30, 40]
    assert reds(train[::-1]) == [40, 30, 20, 10]
    assert len({picture.stem for picture in train}) == 4
    assert reds(list_pictures([folder / "data"], "validation")) == [50]


def test_a_pack_of_them_has_the_same_pictures(
    folder: Path, tmp_path: Path, no_processes: None
) -> None:
    damaged = pa.table({"image": [{"bytes": b"no", "path": ""}, {"bytes": None, "path": ""}]})
    pq.write_table(damaged, folder / "data" / "train-00002.parquet")
    packed = make_pack([folder], [], tmp_path / "data.pack")
    assert packed.pictures == 5 and packed.skipped == 2
    found = Pictures.of_pack(tmp_path / "data.pack")
    assert reds(found.contents) == [10, 20, 30, 40] and reds(found.samples) == [50]
    assert not found.styles


def test_plain_bytes_and_what_is_none(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table({"jpg": [png(70)]}), tmp_path / "plain.parquet")
    assert reds(parquet_pictures(tmp_path / "plain.parquet")) == [70]
    pq.write_table(pa.table({"text": ["a"], "label": [1]}), tmp_path / "texts.parquet")
    with pytest.raises(StyleMambaError, match=r"none of its columns \(text, label\) holds"):
        list(parquet_pictures(tmp_path / "texts.parquet"))
    (tmp_path / "half.parquet").write_bytes(b"PAR1")
    with pytest.raises(StyleMambaError, match=r"half\.parquet: cannot be read"):
        list(parquet_pictures(tmp_path / "half.parquet"))
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(StyleMambaError, match=r"stylemamba\[parquet\]"):
        list_pictures([folder], "train")
