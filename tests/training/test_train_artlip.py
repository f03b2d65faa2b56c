from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from stylemamba.encoders import artlip as encoder_module
from stylemamba.encoders.artlip import CODE_SIZES, ArtLIP
from stylemamba.encoders.statistics import STYLE_LAYERS, StyleStatistics
from stylemamba.errors import StyleMambaError
from stylemamba.portable.brushwork import MARKS
from stylemamba.portable.retrieval import CODE_STEP
from stylemamba.training.artlip import bank, bank_looks, mark_table, statistics_cache
from stylemamba.training.artlip import train as artlip
from stylemamba.training.artlip.captions import CLASS_PROMPTS
from stylemamba.training.artlip.evaluation import evaluate_artlip
from stylemamba.training.artlip.mark_table import amounts_of
from stylemamba.training.artlip.statistics_cache import Item, measure_features
from stylemamba.training.artlip.train import fit_code, fit_factors, train_artlip
from stylemamba.training.data import Record
from stylemamba.training.procedural import PROCEDURAL_STYLES

STYLES = ("sepia photograph", "black and white photograph")
SIZE = 3
SETTINGS: dict[str, Any] = {"steps": 3, "batch": 8}


def embed_by_checksum(sentences: Sequence[str]) -> Tensor:
    """Stands in for MiniLM: a random direction for every sentence."""
    rows = [
        torch.randn(384, generator=torch.Generator().manual_seed(zlib.crc32(sentence.encode())))
        for sentence in sentences
    ]
    return nn.functional.normalize(torch.stack(rows), dim=-1)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, no_processes: None) -> None:
    chosen = {name: PROCEDURAL_STYLES[name] for name in STYLES}
    for layer in CODE_SIZES:
        monkeypatch.setitem(CODE_SIZES, layer, SIZE)
    for module in (artlip, encoder_module):
        monkeypatch.setattr(module, "CODE_DIM", SIZE * len(CODE_SIZES))
    for module in (artlip, encoder_module, bank):
        monkeypatch.setattr(module, "embed_sentences", embed_by_checksum)
    for module in (artlip, statistics_cache):
        monkeypatch.setattr(module, "PROCEDURAL_STYLES", chosen)
    monkeypatch.setattr(artlip, "CAPTIONS_PER_PICTURE", 3)
    monkeypatch.setattr(artlip, "CHUNK", 5)
    monkeypatch.setattr(statistics_cache, "BANK_SIDE", 40)
    monkeypatch.setattr(statistics_cache, "SHARD", 7)
    monkeypatch.setattr(statistics_cache, "RENDERS", {"train": 4, "validation": 1})


def same_weights(first: nn.Module, second: nn.Module) -> bool:
    one, two = first.state_dict(), second.state_dict()
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def test_trains_and_saves(
    tiny_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    evaluated: list[tuple[Any, ...]] = []

    def recorded(*arguments: Any) -> dict[str, float]:
        evaluated.append(arguments)
        return evaluate_artlip(*arguments)

    monkeypatch.setattr(artlip, "evaluate_artlip", recorded)
    model = train_artlip(tiny_data, tmp_path / "new" / "out", **SETTINGS)
    captured = capsys.readouterr()
    assert captured.out == "" and re.search(r"class_top1 \d\.\d+ .* artist_top10 ", captured.err)
    assert "step 0 contrastive" in captured.err and "shard 3 of 3" in captured.err

    _, items, codes, train_items = evaluated[0]
    assert (len(items), len(train_items)) == (10, 16)
    measured = model.statistics(measure_features(model.vgg, items[0].picture()))
    torch.testing.assert_close(model.code.encode(measured)[0, 0], codes[0], atol=0.05, rtol=0)
    lengths = model.image_head(model.bank.codes * CODE_STEP).norm(dim=-1)
    assert lengths.mean().item() == pytest.approx(1, abs=0.02)
    assert model.bank.captions == sorted(set(model.bank.captions))
    assert {"Claude Monet", "cartoon", *STYLES} <= set(model.bank.captions)

    loaded = ArtLIP.from_pretrained(tmp_path / "new" / "out")
    assert json.loads((tmp_path / "new" / "out" / "config.json").read_text())["marks"] == list(
        MARKS
    )
    assert same_weights(loaded, model) and loaded.bank.captions == model.bank.captions
    assert loaded.bank.artists == model.bank.artists
    assert loaded.bank.artists["Claude Monet"] == "Monet"
    style = loaded.style("Claude Monet")
    assert style.neighbours[0][0] == "Claude Monet"
    assert style.coverage == pytest.approx(2 / 3)  # of three pictures, there are two
    coloured = [item.record.folder != "media" or bool(item.style) for item in train_items]
    assert [value < 255 for value in loaded.bank.colourfulness.tolist()] == coloured
    for item, amounts in zip(train_items, loaded.bank.mark_amounts.tolist(), strict=True):
        shown = {mark: amount / 100 for mark, amount in zip(MARKS, amounts, strict=True) if amount}
        assert shown == {mark: amount for mark, amount in amounts_of(item).items() if amount}
    parts = bank_looks.look_at(train_items[-1].picture()).parts
    assert np.abs(loaded.bank.parts[-1].numpy() - parts).max() <= 0.56


def test_a_bank_is_described_anew(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = train_artlip(tiny_data, tmp_path / "old", **SETTINGS)
    same = bank.describe_anew(encoder, tiny_data, tmp_path / "same")
    assert same_weights(same, encoder) and same.bank.captions == encoder.bank.captions
    monkeypatch.setitem(mark_table.MOVEMENTS, "impressionism", {"dots": 0.25})  # type: ignore[arg-type]
    monkeypatch.setattr(bank, "NOT_FOUND", {"Claude Monet"})
    changed = bank.describe_anew(encoder, tiny_data, tmp_path / "changed")
    assert "Claude Monet" in encoder.bank.captions and "Claude Monet" not in changed.bank.captions
    assert changed.style(STYLES[0]).neighbours[0] == (STYLES[0], 1.0)
    amounts = changed.bank.mark_amounts[:, MARKS.index("dots")]
    assert set(amounts.tolist()) == {0, 25}
    assert torch.equal(changed.bank.codes, encoder.bank.codes)
    encoder.bank.codes = encoder.bank.codes[:-1]
    with pytest.raises(StyleMambaError, match="choose the data of its training"):
        bank.describe_anew(encoder, tiny_data, tmp_path / "other")


def test_a_resumed_run_ends_like_the_first(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(artlip, "fit_heads", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train_artlip(tiny_data, tmp_path / "parts", **SETTINGS)
    whole = train_artlip(tiny_data, tmp_path / "whole", **SETTINGS)
    with monkeypatch.context() as patch:
        patch.setattr(statistics_cache, "process_map", interrupt)  # nothing is left to measure
        patch.setattr(artlip, "process_map", interrupt)
        patch.setattr(bank_looks, "process_map", interrupt)
        patch.setattr(artlip, "fit_projections", interrupt)
        torch.rand(5)
        resumed = train_artlip(tiny_data, tmp_path / "parts", **SETTINGS)
    assert same_weights(resumed, whole) and resumed.bank.captions == whole.bank.captions

    with monkeypatch.context() as patch:
        patch.setattr(artlip, "fit_projections", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train_artlip(tiny_data, tmp_path / "parts", **SETTINGS, resume=False)
    assert list((tmp_path / "parts" / "cache").glob("*.*")) == []


def interrupt(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def test_too_few_pictures_and_foreign_caches_are_refused(
    tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(CODE_SIZES, "relu1_1", 16)
        with pytest.raises(StyleMambaError, match="17"):
            train_artlip(tiny_data, tmp_path, **SETTINGS)
    train_artlip(tiny_data, tmp_path, **SETTINGS)
    looks = tmp_path / "cache" / "train-looks.txt"
    looks.write_text("pale and muted")
    with pytest.raises(StyleMambaError, match="train-looks.txt"):
        train_artlip(tiny_data, tmp_path, **SETTINGS)
    monkeypatch.setattr(statistics_cache, "RENDERS", {"train": 5, "validation": 1})
    with pytest.raises(StyleMambaError, match="other pictures"):
        train_artlip(tiny_data, tmp_path, **SETTINGS)


def test_factors_and_code_of_the_training_pictures() -> None:
    generator = torch.Generator().manual_seed(0)
    statistics = StyleStatistics()
    measured = {}
    for layer in STYLE_LAYERS:
        size = sum(statistics.kinds(layer))
        low_rank = torch.randn(12, SIZE, generator=generator) @ torch.randn(
            SIZE, size, generator=generator
        )
        measured[layer] = (5 + 3 * low_rank).half()
    fit_factors(measured, statistics)
    torch.manual_seed(0)
    code = fit_code(measured, statistics)
    scaled = {layer: artlip._scaled(rows, layer, statistics) for layer, rows in measured.items()}
    for layer, rows in scaled.items():
        for kind in rows.split(statistics.kinds(layer), dim=-1):
            assert kind.var(0).sum().item() == pytest.approx(1 / 3, rel=1e-3)
        basis = code.get_buffer(f"{layer}_basis").float()
        torch.testing.assert_close(basis.T @ basis, torch.eye(SIZE), atol=5e-3, rtol=0)
    codes = code.encode(scaled)
    variance, mean = torch.var_mean(codes, dim=0, correction=0)
    torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-2, rtol=0)
    torch.testing.assert_close(variance, torch.ones_like(variance), atol=1e-2, rtol=0)
    decoded = code.decode(codes)
    for layer, rows in scaled.items():
        torch.testing.assert_close(decoded[layer], rows, atol=5e-3, rtol=5e-2)


def item(style: str = "", **labels: str) -> Item:
    return Item(Record(Path("x"), "paintings", "validation", labels), style)


def test_evaluation_counts_hits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model whose embeddings are one-hot, right on two of three classes, wrong on one."""
    model = ArtLIP(embedding_dim=SIZE * len(CODE_SIZES))
    nn.init.eye_(model.image_head.weight)
    order = {"cubism": 0, "impressionism": 1, "cartoon": 2}

    def encode_text(prompts: Sequence[str]) -> Tensor:
        rows = torch.zeros(len(prompts), model.embedding_dim)
        for row, prompt in enumerate(prompts):
            matches = [name for name in order if prompt in CLASS_PROMPTS[name]]
            rows[row, order[matches[0]] if matches else 4 + zlib.crc32(prompt.encode()) % 8] = 1
        return rows

    monkeypatch.setattr(model, "encode_text", encode_text)
    items = [
        item(artist="Pablo Picasso", movement="cubism"),
        item(artist="Nobody", movement="impressionism"),
        item(medium="cartoon"),
        item(style="mosaic"),
    ]
    codes = torch.zeros(4, model.embedding_dim)
    codes[0, 0], codes[1, 1], codes[2, 0], codes[3, 0] = 1, 2, 1, 1
    figures = evaluate_artlip(model, items, codes, [])
    assert figures.keys() == {"class_top1", "class_top3", "class_n"}
    assert figures["class_n"] == 3 and figures["class_top1"] == pytest.approx(2 / 3)
    train_items = [item(artist="Pablo Picasso"), item(artist="Claude Monet"), item(style="mosaic")]
    figures = evaluate_artlip(model, items, codes, train_items)
    assert figures["artist_n"] == 1 and figures["artist_top10"] == 1
