from __future__ import annotations

import copy
import csv
import dataclasses
import functools
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import Tensor

from stylemamba.autoencoders.embedded import EmbeddedAutoencoder
from stylemamba.encoders.artlip import CODE_DIM, ArtLIP
from stylemamba.errors import StyleMambaError
from stylemamba.fusion.network import StyleFusion, StyleFusionConfig
from stylemamba.losses import flat_ground_loss, mirror_loss, style_anchor_loss
from stylemamba.portable.stroke_fields import STROKE_CHANNELS
from stylemamba.portable.style import Style
from stylemamba.training.fusion import data as fusion_data
from stylemamba.training.fusion import step as fusion_step
from stylemamba.training.fusion import styles as fusion_styles
from stylemamba.training.fusion import train as fusion
from stylemamba.training.fusion.data import FusionDataset
from stylemamba.training.fusion.objective import NAMES, OURS, Painted, fusion_losses
from stylemamba.training.fusion.pictures import Pictures, list_pictures
from stylemamba.training.fusion.settings import FusionSettings
from stylemamba.training.fusion.styles import StyleSampler, Texts, styles_of
from stylemamba.training.fusion.teachers import Teachers
from stylemamba.training.fusion.train import default_workers, train_fusion

SIDES = (32, 40)

pytestmark = pytest.mark.usefixtures("word_vectors")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    config = functools.partial(StyleFusionConfig, width=16, depth=1, stem_width=8, head_depth=1)
    monkeypatch.setattr(fusion, "StyleFusionConfig", config)
    monkeypatch.setattr(fusion, "CHECKPOINT_STEPS", 1)
    monkeypatch.setattr(fusion_data, "STYLE_SIDE", 32)
    monkeypatch.setattr("stylemamba.training.fusion.samples.PHOTOS", 1)


@pytest.fixture
def autoencoder() -> EmbeddedAutoencoder:
    torch.manual_seed(0)
    return EmbeddedAutoencoder(4, 16, 1).eval().requires_grad_(False)


@pytest.fixture
def teachers(tiny_artlip: ArtLIP, autoencoder: EmbeddedAutoencoder) -> Teachers:
    return Teachers.of(tiny_artlip, autoencoder)


@pytest.fixture
def sampler(tiny_artlip: ArtLIP, teachers: Teachers) -> StyleSampler:
    return StyleSampler(Texts.of_bank(tiny_artlip, teachers), of_pictures=True)


@pytest.fixture
def train(tiny_data: Path, teachers: Teachers) -> Any:
    """`train_fusion(pictures, out, ...)` of tiny models; settings by name."""
    styles = [tiny_data / "paintings", tiny_data / "media"]
    pictures = Pictures.of_folders([tiny_data / "photos"], styles)
    names = {field.name for field in dataclasses.fields(FusionSettings)}

    def run(out: Path, **options: Any) -> StyleFusion:
        own = {name: options.pop(name) for name in names.intersection(options)}
        settings = FusionSettings(**{"photos": 1, "crops": SIDES, **own})
        models = {"encoder": teachers.encoder, "autoencoder": teachers.autoencoder}
        return train_fusion(pictures, out, settings=settings, **{**models, **options})

    return run


def losses(out: Path) -> list[dict[str, str]]:
    with (out / "losses.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_trains_logs_and_saves(
    train: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("stylemamba.training.loop.WARMUP_STEPS", 1)
    model = train(tmp_path, steps=40, learning_rate=3e-3)
    rows = losses(tmp_path)
    assert [int(row["step"]) for row in rows] == list(range(40))
    totals = [float(row["total"]) for row in rows]
    assert np.mean(totals[-10:]) < 0.95 * np.mean(totals[:10])
    assert "step 20 anchor" in capsys.readouterr().err
    assert Image.open(tmp_path / "samples" / "000040.jpg").width > 256

    loaded = StyleFusion.from_pretrained(tmp_path)
    assert loaded.config == model.config
    z, style = torch.randn(1, 4, 8, 8), torch.randn(1, CODE_DIM)
    with torch.no_grad():
        assert (loaded(z, style) - z).abs().max() > 1e-3
        torch.testing.assert_close(loaded(z, style), model(z, style))
    stored = load_file(tmp_path / "model.safetensors").values()
    assert {values.dtype for values in stored} == {torch.float16}


@pytest.mark.parametrize("options", [{}, {"average": 0.5, "accumulate": 2}])
def test_a_killed_run_resumes_to_the_same_losses(
    options: dict[str, Any], train: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train(tmp_path / "whole", steps=4, **options)
    draws = options.get("accumulate", 1)

    original = fusion_step.fusion_losses
    calls: list[None] = []

    def killed(*args: Any) -> dict[str, Tensor]:
        calls.append(None)
        if len(calls) == 3 * draws:
            raise KeyboardInterrupt
        return original(*args)

    monkeypatch.setattr(fusion_step, "fusion_losses", killed)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "killed", steps=4, **options)
    assert len(losses(tmp_path / "killed")) == 2
    resumed = train(tmp_path / "killed", steps=4, **options)
    assert losses(tmp_path / "killed") == losses(tmp_path / "whole")
    for values, other in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(values, other)


@pytest.fixture
def dataset(tiny_data: Path, sampler: StyleSampler) -> Any:
    return functools.partial(
        FusionDataset,
        list_pictures([tiny_data / "photos"], "train"),
        list_pictures([tiny_data / "paintings"], "train"),
        sampler,
        photos=2,
        seed=0,
        factor=4,
        sides=SIDES,
    )


def tensors(draw: Any) -> list[Tensor]:
    """All that a draw holds but the seed."""
    if isinstance(draw, Tensor):
        return [draw]
    fields = dataclasses.fields(draw) if dataclasses.is_dataclass(draw) else ()
    return [x for field in fields for x in tensors(getattr(draw, field.name))]


def test_a_step_is_a_function_of_its_number(dataset: Any) -> None:
    one, same = dataset()[3], dataset()[3]
    assert len(tensors(one)) == 10
    torch.testing.assert_close(tensors(one), tensors(same), rtol=0, atol=0)
    assert one.generator_seed == same.generator_seed
    side = one.contents.shape[-1]
    assert one.contents.shape == (2, 3, side, side) and one.contents.dtype == torch.uint8
    assert one.styles.codes.shape == (4, CODE_DIM)
    assert {dataset()[step].contents.shape[-1] for step in range(12)} == {32, 40}
    assert {dataset(sides=[48])[step].contents.shape[-1] for step in range(3)} == {48}
    assert one.strokes.shape == (2, STROKE_CHANNELS, side // 4, side // 4)
    assert not torch.equal(one.strokes[0], one.strokes[1])
    for other in (dataset()[4], dataset(seed=1)[3], dataset(rank=1)[3]):
        assert not torch.equal(one.contents, other.contents)
        assert one.generator_seed != other.generator_seed


def test_only_pictures_that_are_asked_for_are_read(
    dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    draws = [dataset(photos=8)[step] for step in range(8)]
    for draw in draws:
        assert draw.style_pictures.shape == (len(draw.styles.rows), 3, 32, 32)
        of_texts = draw.styles.codes.abs().sum(-1).nonzero().flatten().tolist()
        assert sorted([*of_texts, *draw.styles.rows.tolist()]) == list(range(16))
    shares = torch.cat([draw.styles.shares for draw in draws])
    assert 0 < (shares > 0).float().mean() < 0.5 and shares.max() < 0.7
    monkeypatch.setattr(fusion_styles, "TEXT_SHARE", 1.0)
    assert len(dataset()[0].style_pictures) == 0


def test_a_step_stays_on_its_device(
    dataset: Any, tiny_artlip: ArtLIP, autoencoder: EmbeddedAutoencoder
) -> None:
    """On `meta`, as with CUDA, nothing of the CPU may be mixed in; reading a value is an error."""
    meta = torch.device("meta")
    encoder = copy.deepcopy(tiny_artlip).to(meta)
    model = StyleFusion(fusion.StyleFusionConfig(4, CODE_DIM)).to(meta)
    draw = dataset()[3].to(meta)
    assert len(draw.style_pictures)
    source = torch.zeros(1, encoder.embedding_dim, device=meta)
    optimizer = torch.optim.Adam(model.parameters())
    moved = Teachers.of(encoder, autoencoder.to(meta))
    found = fusion_step.step_losses(moved, model, draw, source, OURS)
    found["total"].backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    assert {loss.device.type for loss in found.values()} == {"meta"}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_cuda_does_what_the_cpu_does(train: Any, tmp_path: Path) -> None:
    rows = []
    for device in ("cpu", "cuda"):
        train(tmp_path / device, steps=2, device=device, workers=2)
        train(tmp_path / device, steps=4, device="cuda")
        rows.append(losses(tmp_path / device))
    for one, other in zip(*rows, strict=True):
        for name, value in one.items():
            assert float(other[name]) == pytest.approx(float(value), rel=0.1, abs=0.02)


def test_splits_and_plain_folders(tiny_data: Path, tmp_path: Path) -> None:
    photos = tiny_data / "photos"
    train, validation = (list_pictures([photos], split) for split in ("train", "validation"))
    assert len(train) == len(validation) == 2 and not set(train) & set(validation)
    plain = tmp_path / "plain" / "album"
    plain.mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(plain / "one.png")
    (plain / "notes.txt").touch()
    assert list_pictures([plain.parent], "train") == [plain / "one.png"]
    assert len(list_pictures([plain.parent, photos], "train")) == 3
    with pytest.raises(StyleMambaError, match="no validation pictures"):
        list_pictures([plain.parent], "validation")


def test_cocos_folders_tell_the_splits_apart(tmp_path: Path) -> None:
    """As its archives are unpacked: pictures by split and year, annotations beside them."""
    for name in ("train2017/1.jpg", "train2017/2.jpg", "val2017/3.jpg", "test2017/4.jpg"):
        path = tmp_path / "coco" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(path)
    (tmp_path / "coco" / "annotations").mkdir()
    (tmp_path / "coco" / "annotations" / "captions_train2017.json").write_text("{}")
    coco = tmp_path / "coco"
    assert [x.name for x in list_pictures([coco], "train")] == ["1.jpg", "2.jpg"]
    found = Pictures.of_folders([coco], [])
    assert [Path(x).name for x in found.samples] == ["3.jpg"] and not found.styles
    assert [x.name for x in list_pictures([coco / "val2017"], "train")] == ["3.jpg"]


def test_wikiarts_folders(tmp_path: Path) -> None:
    for name in ("Cubism/pablo-picasso_guitar.jpg", "Pop_Art/roy_crying-girl.jpg"):
        path = tmp_path / name
        path.parent.mkdir()
        Image.new("RGB", (8, 8)).save(path)
    found = list_pictures([tmp_path], "train")
    assert [x.stem for x in found] == ["pablo-picasso_guitar", "roy_crying-girl"]


def drawn(sampler: StyleSampler, teachers: Teachers, pictures: Tensor, seed: int = 0) -> Style:
    """As many styles as there are pictures; those of pictures are of the first of them."""
    wanted = sampler.draw(len(pictures), np.random.default_rng(seed))
    return styles_of(teachers, wanted, pictures[: len(wanted.rows)])


def test_styles_of_pictures_and_texts(
    tiny_artlip: ArtLIP,
    sampler: StyleSampler,
    teachers: Teachers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pictures = torch.rand(3, 3, 32, 32)
    monkeypatch.setattr(fusion_styles, "MIXTURE_SHARE", 0.0)
    monkeypatch.setattr(fusion_styles, "TEXT_SHARE", 0.0)
    target = drawn(sampler, teachers, pictures)
    seen = tiny_artlip.observe(pictures)
    for layer, statistics in seen.of_view(0).items():
        torch.testing.assert_close(target.statistics[layer], statistics, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(target.embedding, seen.embedding[:, 0], rtol=1e-2, atol=1e-2)

    monkeypatch.setattr(fusion_styles, "TEXT_SHARE", 1.0)
    target = drawn(sampler, teachers, pictures)
    known = [
        tiny_artlip.style(caption, mode)
        for caption in tiny_artlip.bank.captions
        for mode in range(len(fusion_styles.MODES))
    ]
    for condition, embedding in zip(target.condition, target.embedding, strict=True):
        assert any(
            torch.allclose(condition, style.condition[0], atol=1e-4)
            and torch.cosine_similarity(embedding, style.embedding[0], dim=0) > 0.999
            for style in known
        )

    monkeypatch.setattr(fusion_styles, "MIXTURE_SHARE", 1.0)
    target = drawn(sampler, teachers, pictures)
    for layer, statistics in tiny_artlip.code.decode(target.condition).items():
        torch.testing.assert_close(target.statistics[layer], statistics, rtol=1e-3, atol=1e-3)


def test_a_picture_mixed_with_a_text(
    tiny_artlip: ArtLIP,
    sampler: StyleSampler,
    teachers: Teachers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fusion_styles, "MIXTURE_SHARE", 1.0)
    pictures = torch.rand(8, 3, 32, 32)
    wanted = sampler.draw(8, np.random.default_rng(0))
    rows = wanted.rows.tolist()
    assert 0 < len(rows) < 8
    target = styles_of(teachers, wanted, pictures[: len(rows)])
    seen = tiny_artlip.observe(pictures[: len(rows)])
    for number, row in enumerate(rows):
        own = {layer: x[number : number + 1] for layer, x in seen.of_view(0).items()}
        code, other = tiny_artlip.code.encode(own), wanted.other_codes[row : row + 1]
        share = float(wanted.shares[row])
        text = Style(wanted.other_embeddings[row : row + 1], other, tiny_artlip.code.decode(other))
        mixed = Style.mix(
            [Style(tiny_artlip.image_head(code), code, own), text], [1 - share, share]
        )
        close = functools.partial(torch.testing.assert_close, rtol=1e-3, atol=1e-3)
        close(target.condition[row : row + 1], mixed.condition)
        close(target.embedding[row : row + 1], mixed.embedding)
        for layer, statistics in mixed.statistics.items():
            close(target.statistics[layer][row : row + 1], statistics)


def test_objective(tiny_artlip: ArtLIP, sampler: StyleSampler, teachers: Teachers) -> None:
    torch.manual_seed(0)
    photos, pictures = torch.rand(2, 3, 32, 32), torch.rand(4, 3, 32, 32)
    latents, mirrored = torch.randn(2, 4, 8, 8), torch.randn(2, 4, 8, 8)
    target = drawn(sampler, teachers, torch.rand(4, 3, 32, 32), seed=1)
    source = tiny_artlip.encode_text(["a photo"])

    def measured(pictures: Tensor) -> dict[str, Tensor]:
        generator = torch.Generator().manual_seed(0)
        painted = Painted(photos, pictures, latents, mirrored)
        return fusion_losses(teachers, painted, target, source, generator, OURS)

    found = measured(pictures)
    parts = [value for name, value in found.items() if name != "total"]
    torch.testing.assert_close(found["total"], torch.stack(parts).sum())

    # The anchor, from its definition: each picture's over the root of what its photo's would be.
    before, after = tiny_artlip.observe(photos), tiny_artlip.observe(pictures)
    anchors = []
    for index in range(4):
        wanted = {layer: rows[index : index + 1] for layer, rows in target.statistics.items()}
        own, photo = (
            {layer: rows[i : i + 1] for layer, rows in seen.of_view(0).items()}
            for seen, i in ((after, index), (before, index % 2))
        )
        anchors.append(style_anchor_loss(own, wanted) / style_anchor_loss(photo, wanted).sqrt())
    expected = OURS["anchor"] * torch.stack(anchors).mean()
    torch.testing.assert_close(found["anchor"], expected, rtol=2e-2, atol=1e-3)

    code = tiny_artlip.code.encode(tiny_artlip.observe(pictures).of_view(0))
    expected = OURS["code"] * (code - target.condition).square().mean(-1).sqrt().mean()
    torch.testing.assert_close(found["code"], expected, rtol=2e-2, atol=1e-3)

    expected = OURS["mirror"] * mirror_loss(latents, mirrored)
    torch.testing.assert_close(found["mirror"], expected)
    expected = OURS["flat_ground"] * flat_ground_loss(pictures, photos)
    torch.testing.assert_close(found["flat_ground"], expected)

    unchanged = measured(photos.repeat(2, 1, 1, 1))
    assert unchanged["content"] == unchanged["flat_ground"] == 0
    assert unchanged["directional"] == OURS["directional"]


def test_without_a_loss(train: Any, tmp_path: Path) -> None:
    train(tmp_path, steps=1, without=("second_order", "content"))
    assert set(losses(tmp_path)[0]) == {"step", "total", *NAMES} - {"second_order", "content"}
    with pytest.raises(StyleMambaError, match="second: is no loss; they are anchor, "):
        train(tmp_path, steps=1, without=("second",))


@pytest.mark.parametrize("steps", [2, 5])  # at the end, or at a step that is logged
def test_a_run_that_diverges_ends_and_leaves_numbers(
    train: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    monkeypatch.setattr(fusion, "LOG_STEPS", 3)
    train(tmp_path, steps=1)
    kept = (tmp_path / "checkpoint.pt").read_bytes()
    monkeypatch.setattr(fusion, "CHECKPOINT_STEPS", 100)

    def step_losses(*given: Any) -> dict[str, torch.Tensor]:
        return {name: value * float("inf") for name, value in real(*given).items()}

    real = fusion.step_losses
    monkeypatch.setattr(fusion, "step_losses", step_losses)
    with pytest.raises(StyleMambaError, match=r"after step [23] or before: begin anew, or go on"):
        train(tmp_path, steps=steps, resume=True)
    assert (tmp_path / "checkpoint.pt").read_bytes() == kept
    assert losses(tmp_path)[1]["total"] == "inf"
    with pytest.raises(StyleMambaError, match="begin anew with a lower --learning-rate"):
        train(tmp_path / "new", steps=1)


def test_another_mixer(train: Any, tmp_path: Path) -> None:
    train(tmp_path / "first", steps=1)
    start = StyleFusion.from_pretrained(tmp_path / "first")
    train(tmp_path / "mean", steps=1, initial=start, mixer="mean")
    assert StyleFusion.from_pretrained(tmp_path / "mean").config.mixer == "mean"
    with pytest.raises(StyleMambaError, match="sum: is no mixer; they are mamba, attention"):
        train(tmp_path / "sum", steps=1, mixer="sum")


def test_a_tracker_that_is_not_there_is_one_line(
    train: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(StyleMambaError, match="--tracker tensorboard .* pip install tensorboard"):
        train(tmp_path / "out", steps=1, tracker="tensorboard")
    assert not (tmp_path / "out").exists()


def test_what_is_logged_for_tensorboard(
    train: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_file = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    ).EventAccumulator
    monkeypatch.setattr(fusion, "LOG_STEPS", 2)
    train(tmp_path, steps=4, tracker="tensorboard")
    events = event_file(str(tmp_path / "tensorboard")).Reload()
    assert {"total", "anchor", "waiting", "photos_a_second"} <= set(events.Tags()["scalars"])
    total = events.Scalars("total")
    rows = [float(row["total"]) for row in losses(tmp_path)]
    assert [event.step for event in total] == [2, 4]
    assert total[1].value == pytest.approx(np.mean(rows[2:]), rel=1e-4)


def test_minutes_end_a_run_with_all_that_a_whole_one_leaves(train: Any, tmp_path: Path) -> None:
    train(tmp_path, steps=10**6, minutes=0.1)
    done = len(losses(tmp_path))
    assert 0 < done < 10**6
    assert StyleFusion.from_pretrained(tmp_path).output.weight.abs().max() > 0
    assert (tmp_path / "samples" / f"{done:06d}.jpg").exists()
    train(tmp_path, steps=10**6, minutes=0.05)  # its time is over
    assert len(losses(tmp_path)) == done


def test_photos_crops_and_workers(train: Any, tmp_path: Path) -> None:
    for workers in (0, 2):  # who prepares a step makes no difference
        train(tmp_path / str(workers), steps=3, photos=3, crops=[48], workers=workers)
    assert losses(tmp_path / "0") == losses(tmp_path / "2")
    with pytest.raises(StyleMambaError, match="crops of 50 px: .* multiples of 4; use 48"):
        train(tmp_path / "not", steps=1, crops=(48, 50))
    assert not (tmp_path / "not").exists()


def test_default_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(16)), raising=False)
    assert default_workers(torch.device("cpu")) == 1
    assert default_workers(torch.device("cuda")) == 16
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    assert default_workers(torch.device("cuda")) == 4


def test_starts_from_another_fusion(train: Any, tmp_path: Path) -> None:
    first = train(tmp_path / "first", steps=2)
    output = first.output.weight.detach().clone()
    second = train(tmp_path / "second", initial=first, steps=1, learning_rate=1e-9)
    torch.testing.assert_close(second.output.weight, output, rtol=1e-2, atol=1e-6)
    assert output.abs().max() > 0


def test_a_damaged_checkpoint_is_one_line(train: Any, tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").write_bytes(b"PK")
    with pytest.raises(StyleMambaError, match=r"checkpoint\.pt.*delete it"):
        train(tmp_path, steps=2)


def test_without_accelerate_it_says_what_to_install(
    train: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(StyleMambaError, match=r"stylemamba\[train\]"):
        train(tmp_path, steps=2)
