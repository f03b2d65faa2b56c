from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from stylemamba.encoders.statistics import PROJECTED, STYLE_LAYERS, StyleStatistics
from stylemamba.encoders.vgg import VGG19
from stylemamba.errors import StyleMambaError
from stylemamba.training.artlip import statistics_cache
from stylemamba.training.artlip.statistics_cache import (
    Item,
    cached_statistics,
    fit_projections,
    list_items,
    measure_features,
)
from stylemamba.training.data import Record
from stylemamba.training.procedural import PROCEDURAL_STYLES

STYLES = ("sepia photograph", "black and white photograph")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, no_processes: None) -> None:
    monkeypatch.setattr(statistics_cache, "BANK_SIDE", 40)
    monkeypatch.setattr(statistics_cache, "SHARD", 3)
    monkeypatch.setattr(statistics_cache, "RENDERS", {"train": 2, "validation": 1})
    chosen = {name: PROCEDURAL_STYLES[name] for name in STYLES}
    monkeypatch.setattr(statistics_cache, "PROCEDURAL_STYLES", chosen)


def silent(_done: int, _count: int) -> None:
    pass


def picture(folder: str, size: tuple[int, int], path: Path) -> Image.Image:
    Image.new("RGB", size, (90, 120, 150)).save(path)
    return Item(Record(path, folder, "train", {})).picture()


def test_items_are_the_records_and_renders_of_photos(tiny_data: Path) -> None:
    items = list_items(tiny_data, "train")
    assert [item.style for item in items] == [""] * 8 + [STYLES[0]] * 2 + [STYLES[1]] * 2
    assert all(item.record.split == "train" for item in items)
    assert all(item.record.folder == "photos" for item in items if item.style)
    assert items == list_items(tiny_data, "train")
    assert len(list_items(tiny_data, "validation")) == 8 + 2


def test_a_split_without_photos_is_refused(tiny_data: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(tiny_data, tmp_path / "data"))
    table = data / "photos" / "metadata.csv"
    table.write_text(table.read_text().replace("validation", "train"))
    with pytest.raises(StyleMambaError, match="photos"):
        list_items(data, "validation")


def test_pictures_are_scaled_by_kind(tiny_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    assert picture("photos", (60, 30), path).size == (80, 40)
    assert picture("paintings", (60, 30), path).size == (40, 20)
    assert picture("paintings", (30, 20), path).size == (30, 20)
    assert picture("media", (400, 1), path).size == (40, 1)
    item = list_items(tiny_data, "train")[-1]
    render = item.picture()
    pixels = np.asarray(render, int)
    assert render.size == (40, 40) and np.ptp(pixels, axis=-1).max() < 30  # no colours
    np.testing.assert_array_equal(pixels, np.asarray(item.picture()))


def test_projections_are_flattened_principal_directions(tiny_data: Path) -> None:
    items, vgg = list_items(tiny_data, "train"), VGG19.pretrained()
    statistics = fit_projections(items, vgg)
    layer = "relu2_1"
    features = [measure_features(vgg, item.picture())[layer][0].double() for item in items]
    flat = [feature.flatten(1) for feature in features]
    sigma = torch.stack([x.var(1, correction=0) for x in flat]).mean(0).sqrt()
    torch.testing.assert_close(
        statistics.get_buffer(f"{layer}_sigma").double(), sigma, rtol=1e-3, atol=1e-5
    )
    mean = torch.stack([x.mean(1) for x in flat]).mean(0)
    second = torch.stack([x @ x.T / x.shape[1] for x in flat]).mean(0)
    covariance = (second - torch.outer(mean, mean)) / torch.outer(sigma, sigma)
    projection = statistics.get_buffer(f"{layer}_projection").double()
    variances = torch.linalg.eigvalsh(covariance).flip(0)[: PROJECTED[layer]]
    projected = projection.T @ covariance @ projection
    torch.testing.assert_close(
        projected[:8, :8], torch.diag(variances[:8].sqrt()), rtol=1e-2, atol=1e-2
    )
    assert torch.equal(statistics.get_buffer(f"{layer}_factors"), torch.ones(3))


def test_a_second_run_reads_what_the_first_one_measured(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items, statistics, reports = list_items(tiny_data, "train")[:8], StyleStatistics(), []
    folder = tmp_path / "cache" / "train"

    def run() -> dict[str, Tensor]:
        return cached_statistics(items, statistics, folder, lambda *pair: reports.append(pair))

    first = run()
    assert reports == [(1, 3), (2, 3), (3, 3)]
    assert sorted(path.name for path in folder.iterdir()) == [
        "000000.safetensors",
        "000003.safetensors",
        "000006.safetensors",
    ]
    vgg = VGG19.pretrained()
    for row, item in enumerate(items):
        expected = statistics(measure_features(vgg, item.picture()))
        for layer in STYLE_LAYERS:
            assert torch.equal(first[layer][row], expected[layer][0, 0].half())

    (folder / "000003.safetensors").unlink()
    measured: list[str] = []
    original = statistics_cache._measure_shard

    def counted(part: list[Item], path: Path) -> None:
        measured.append(path.name)
        original(part, path)

    monkeypatch.setattr(statistics_cache, "_measure_shard", counted)
    second = run()
    assert measured == ["000003.safetensors"] and reports[3:] == [(3, 3)]
    assert all(torch.equal(first[layer], second[layer]) for layer in STYLE_LAYERS)

    monkeypatch.setattr(VGG19, "pretrained", None)  # is not even loaded
    run()
    assert len(measured) == 1


def test_shards_before_an_interruption_stay(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items, statistics = list_items(tiny_data, "train")[:8], StyleStatistics()
    original = statistics_cache.measure_features
    calls = []

    def interrupted(vgg: VGG19, image: Image.Image) -> dict[str, Tensor]:
        calls.append(image)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return original(vgg, image)

    with monkeypatch.context() as patch:
        patch.setattr(statistics_cache, "measure_features", interrupted)
        with pytest.raises(KeyboardInterrupt):
            cached_statistics(items, statistics, tmp_path / "a", silent)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["000000.safetensors"]
    resumed = cached_statistics(items, statistics, tmp_path / "a", silent)
    whole = cached_statistics(items, statistics, tmp_path / "b", silent)
    assert all(torch.equal(resumed[layer], whole[layer]) for layer in STYLE_LAYERS)


def test_damaged_and_foreign_shards_are_refused(tiny_data: Path, tmp_path: Path) -> None:
    items, statistics = list_items(tiny_data, "train")[:3], StyleStatistics()
    cached_statistics(items, statistics, tmp_path, silent)
    with pytest.raises(StyleMambaError, match="other pictures"):
        cached_statistics(items[:2], statistics, tmp_path, silent)
    shard = tmp_path / "000000.safetensors"
    shard.write_bytes(shard.read_bytes()[:100])
    with pytest.raises(StyleMambaError, match="000000.safetensors: is damaged"):
        cached_statistics(items, statistics, tmp_path, silent)


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(b"\xff\xd8\xff not a picture")
    items = [Item(Record(path, "media", "train", {}))]
    with pytest.raises(StyleMambaError, match="broken.jpg"):
        cached_statistics(items, StyleStatistics(), tmp_path / "cache", silent)
