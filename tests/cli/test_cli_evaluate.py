from __future__ import annotations

import copy
import csv
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fake_pipeline import FakePipeline
from PIL import Image
from torch import Tensor, nn

from stylemamba.cli import main
from stylemamba.encoders.vgg import VGG19
from stylemamba.evaluation import run
from stylemamba.evaluation.evaluator import Evaluator
from stylemamba.files import store

Capture = pytest.CaptureFixture[str]


class ColourEncoder(nn.Module):
    """Embeds a picture as its mean colour and knows the names of four colours."""

    embedding_dim = 3

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def encode_image(self, images: Tensor) -> Tensor:
        return self.scale * images.mean((2, 3))

    def encode_text(self, prompts: Sequence[str]) -> Tensor:
        known = {"red": [1.0, 0, 0], "blue": [0, 0, 1.0], "a photo": [0, 1.0, 0]}
        return torch.tensor([known.get(prompt, [1.0, 1.0, 1.0]) for prompt in prompts])


@pytest.fixture(scope="module", autouse=True)
def one_vgg() -> Iterator[None]:
    """VGG19 is loaded once for all tests; no CLIP is in the cache, nor LPIPS' weights."""
    network = VGG19.pretrained("relu5_2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VGG19, "pretrained", lambda _: network)
        patch.setattr("stylemamba.evaluation.judges._cached", lambda _: None)
        patch.setattr("stylemamba.evaluation.metrics.lpips.BACKBONE_FILE", "none.pth")
        yield


@pytest.fixture
def pipe(pipeline: FakePipeline) -> FakePipeline:
    models: dict[str, Any] = {
        "encoder": ColourEncoder(),
        "autoencoder": nn.Linear(1, 1),
        "fusion": nn.Linear(1, 1),
        "config": "the config",
    }
    vars(pipeline).update(models)
    return pipeline


@pytest.fixture(autouse=True)
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """photos/: a cyan cat and a transparent yellow-ish dog with some texture."""
    monkeypatch.chdir(tmp_path)
    folder = Path("photos")
    folder.mkdir()
    Image.new("RGB", (30, 20), (0, 255, 255)).save(folder / "cat.png")
    rng = np.random.default_rng(0)
    dog = Image.fromarray(rng.integers(0, 256, (40, 24, 4), np.uint8), "RGBA")
    dog.save(folder / "dog.png")
    return folder


def command(*options: str, content: str = "photos", output: str = "out") -> list[str]:
    return ["evaluate", content, "-o", output, "--steps", "2", *options]


def results(output: str = "out") -> Any:
    return json.loads(Path(output, "results.json").read_text())


def test_tables_of_every_photo_and_prompt(pipe: FakePipeline, capsys: Capture) -> None:
    Path("prompts.txt").write_text("# colours\nblue\nred\n")
    assert main(command("--prompt", "red", "--prompts", "prompts.txt")) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{Path('out', 'results.md')}: 4 pictures, 4 of them new\n"
    table = results()
    rows = table["rows"]
    assert [(row["photo"], row["prompt"]) for row in rows] == [
        ("cat.png", "red"), ("cat.png", "blue"), ("dog.png", "red"), ("dog.png", "blue")
    ]  # fmt: skip
    red, blue = rows[:2]
    # The inverted cat is red: (1, 0, 0), and it was (0, 1, 1).
    assert red["score"] == pytest.approx(100) and blue["score"] == pytest.approx(0)
    assert red["directional"] == pytest.approx((1 + 1) / (6**0.5), abs=1e-5)
    assert blue["directional"] == pytest.approx(0, abs=1e-5)
    lumas = 0.701, 0.299
    expected = (2 * lumas[0] * lumas[1] + 1e-4) / (lumas[0] ** 2 + lumas[1] ** 2 + 1e-4)
    assert red["ssim"] == pytest.approx(expected, abs=1e-5)
    assert red["vgg_content"] > 0.01 and red["seconds"] == 1.235
    with Image.open(Path("out", red["picture"])) as picture:
        assert picture.getpixel((3, 3)) == (255, 0, 0) and picture.size == (30, 20)
    with Image.open(Path("out", rows[2]["picture"])) as picture:
        assert picture.mode == "RGBA"  # transparency is kept
    by_prompt = table["by_prompt"]
    assert [part["prompt"] for part in by_prompt] == ["red", "blue"]
    scores = [rows[0]["score"], rows[2]["score"]]
    assert by_prompt[0]["score"]["mean"] == pytest.approx(np.mean(scores))
    assert by_prompt[0]["score"]["deviation"] == pytest.approx(np.std(scores, ddof=1))
    assert table["overall"]["pictures"] == 4 and table["by_group"] == []
    assert table["judge"]["name"] == "ColourEncoder" and table["judge"]["optimised"]
    assert {"lpips", "aesthetic"} <= table["left_out"].keys()
    assert "lpips" not in red and "lpips" not in table["metrics"]
    assert "left out: lpips: " in captured.err and "left out: aesthetic: " in captured.err

    markdown = Path("out", "results.md").read_text(encoding="utf-8")
    assert "**the encoder that was optimised**" in markdown and "not in the local cache" in markdown
    assert "| red | 2 |" in markdown and "| **all** | 4 |" in markdown and "- lpips: " in markdown
    with Path("out", "results.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [line["picture"] for line in lines] == [row["picture"] for row in rows]
    assert float(lines[3]["vgg_content"]) == rows[3]["vgg_content"]


def without_costs(folder: str) -> Any:
    table = results(folder)
    for part in (table["overall"], *table["by_prompt"], *table["rows"]):
        part.pop("seconds")
        part.pop("peak_memory", None)
    return table


def test_the_same_command_gives_the_same_table(pipe: FakePipeline) -> None:
    arguments = ("--prompt", "red", "--seed", "3", "--quiet")
    assert main(command(*arguments)) == 0
    assert main(command(*arguments, output="again")) == 0
    assert without_costs("out") == without_costs("again")
    pictures = [sorted(os.listdir(Path(folder, "pictures"))) for folder in ("out", "again")]
    assert pictures[0] == pictures[1]


def test_goes_on_where_it_stopped(pipe: FakePipeline, capsys: Capture) -> None:
    assert main(command("--prompt", "red", "--quiet")) == 0
    first = results()["rows"]
    pipe.stop_after = 1
    assert main(command("--prompt", "red", "--prompt", "blue")) == 130
    assert "2 of 4 pictures left" in capsys.readouterr().err
    pipe.stop_after = None
    calls = len(pipe.calls)
    assert main(command("--prompt", "red", "--prompt", "blue", "--json")) == 0
    assert len(pipe.calls) == calls + 2
    summary = json.loads(capsys.readouterr().out)
    assert summary["new"] == 2 and summary["overall"]["pictures"] == 4 and "rows" not in summary
    assert [row for row in results()["rows"] if row["prompt"] == "red"] == first
    assert main(command("--prompt", "red", "--prompt", "blue", "--quiet")) == 0
    assert len(pipe.calls) == calls + 2  # nothing is left to do


def test_what_is_kept_is_looked_through_once_before_painting(
    pipe: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(command("--prompt", "red", "--quiet")) == 0
    looked: list[int] = []
    load = store.Entry.load
    monkeypatch.setattr(
        store.Entry, "load", lambda entry: (looked.append(len(pipe.calls)), load(entry))[1]
    )
    pipe.stop_after = 1
    assert main(command("--prompt", "red", "--prompt", "blue", "--quiet")) == 130
    assert looked == [2] * 4  # each picture once, before the first call


@pytest.mark.parametrize("name", ["results.json", "results.csv", "results.md"])
def test_tables_of_other_programs_are_not_replaced(
    pipe: FakePipeline, capsys: Capture, name: str
) -> None:
    file = Path("out", name)
    file.parent.mkdir()
    file.write_text('{"rows": []}')
    assert main(command("--prompt", "red", "--quiet")) == 1
    captured = capsys.readouterr()
    assert f"{file}: exists" in captured.err and "--overwrite" in captured.err
    assert captured.err.count("\n") == 1 and file.read_text() == '{"rows": []}'
    assert pipe.loaded == [] and len(list(Path("out").iterdir())) == 1
    assert main(command("--prompt", "red", "--quiet", "--overwrite")) == 0
    assert main(command("--prompt", "red", "--prompt", "blue", "--quiet")) == 0
    assert len(results()["rows"]) == 4


def test_a_picture_without_its_record_is_made_again(pipe: FakePipeline) -> None:
    assert main(command("--prompt", "red", "--quiet")) == 0
    records = sorted(Path("out", "pictures").glob("*.json"))
    records[0].unlink()
    records[1].write_text('{"seconds": 1')  # half a record
    assert main(command("--prompt", "red", "--quiet")) == 0
    assert len(pipe.calls) == 4


def test_changed_weights_settings_or_photos_are_not_mixed_up(pipe: FakePipeline) -> None:
    arguments = command("--prompt", "red", "--quiet")
    assert main(arguments) == 0
    made = 2
    for model in ("encoder", "autoencoder", "fusion"):
        other = copy.deepcopy(getattr(pipe, model))
        for parameter in other.parameters():
            parameter.data.add_(1)
        setattr(pipe, model, other)
        made += 2
        assert main(arguments) == 0 and len(pipe.calls) == made, model
    assert main([*arguments, "--seed", "5"]) == 0
    made += 2
    Image.new("RGB", (30, 20), (1, 2, 3)).save("photos/cat.png")
    assert main(arguments) == 0
    assert len(pipe.calls) == made + 1  # the dog is still the same
    assert len(results()["rows"]) == 2


def test_another_version_paints_and_measures_anew(
    pipe: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = command("--prompt", "red", "--quiet")
    changed: set[tuple[str, ...]] = set()
    monkeypatch.setattr(store, "code_digest", lambda *parts: str(parts in changed))
    monkeypatch.setattr(run, "code_digest", lambda *parts: str(parts in changed))
    measured = 0
    measure = Evaluator.measure

    def count(*arguments: Any) -> Any:
        nonlocal measured
        measured += 1
        return measure(*arguments)

    monkeypatch.setattr(Evaluator, "measure", count)
    assert main(arguments) == main(arguments) == 0
    assert (len(pipe.calls), measured) == (2, 2)
    changed.add(run.MEASURING)
    assert main(arguments) == 0 and (len(pipe.calls), measured) == (2, 4)
    changed.add(store.PAINTING)
    assert main(arguments) == 0 and (len(pipe.calls), measured) == (4, 6)


def test_a_photo_that_is_there_twice_is_stylised_once(pipe: FakePipeline) -> None:
    Path("art", "A").mkdir(parents=True)
    Path("art", "B").mkdir()
    for group in "AB":
        Image.new("RGB", (20, 20), (9, 50, 99)).save(f"art/{group}/same.png")
    assert main(command("--prompt", "red", "--quiet", content="art")) == 0
    assert len(pipe.calls) == 1 and len(results()["rows"]) == 2


def test_another_judge_measures_the_same_pictures_again(
    pipe: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(command("--prompt", "red", "--quiet")) == 0

    class Swapped(ColourEncoder):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.full((), 2.0))

        def encode_image(self, images: Tensor) -> Tensor:
            return super().encode_image(images.flip(1))

    monkeypatch.setattr(
        "stylemamba.evaluation.judges.model_files.model_folder", lambda *_: Path("swapped")
    )
    monkeypatch.setattr("stylemamba.evaluation.judges._load_encoder", lambda _: Swapped())
    assert main(command("--prompt", "red", "--quiet", "--judge", "some/model")) == 0
    assert len(pipe.calls) == 2
    table = results()
    assert table["judge"]["name"] == "some/model" and not table["judge"]["optimised"]
    assert table["rows"][0]["score"] == pytest.approx(0)
    assert "not the encoder that was optimised" in Path("out", "results.md").read_text("utf-8")


def test_unreadable_photos_are_skipped_and_counted(pipe: FakePipeline, capsys: Capture) -> None:
    Path("photos", "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert main(command("--prompt", "red", "--prompt", "blue", "--quiet")) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("stylemamba: skipped: ") and "broken.png" in line
    table = results()
    assert len(table["rows"]) == 4 and table["photos"] == 2
    assert len(table["skipped"]) == 1 and "broken.png" in table["skipped"][0]
    assert "broken.png" in Path("out", "results.md").read_text(encoding="utf-8")
    for name in ("cat.png", "dog.png"):
        Path("photos", name).unlink()
    assert main(command("--prompt", "red", output="none")) == 1
    assert "none of its pictures can be read" in capsys.readouterr().err


def test_place_paints_two_views_more_and_adds_two_metrics(
    pipe: FakePipeline, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(command("--prompt", "red")) == 0
    first, row = len(pipe.calls), results()["rows"][0]
    assert "mirror_error" not in row and "--place" in results()["left_out"]["crop_error"]
    assert "left out: mirror_error: it takes two more paintings" in capsys.readouterr().err
    sizes: list[tuple[int, int]] = []
    paint = FakePipeline.__call__

    def call(self: FakePipeline, image: Image.Image, recipe: Any, **options: Any) -> Any:
        sizes.append(image.size)
        return paint(self, image, recipe, **options)

    monkeypatch.setattr(FakePipeline, "__call__", call)
    place = command("--prompt", "red", "--place")
    pipe.stop_after = 1
    assert main(place) == 130 and "4 of 6 pictures left" in capsys.readouterr().err
    pipe.stop_after = None
    assert main(place) == 0
    assert len(pipe.calls) == first + 5  # the photos' own pictures were there, and one was stopped
    assert sizes[1:] == [(30, 20), (21, 20), (24, 40), (17, 40)]
    assert capsys.readouterr().out == f"{Path('out', 'results.md')}: 2 pictures, 0 of them new\n"
    assert len(results()["rows"]) == 2 and "mirror_error" not in results()["left_out"]
    for row in results()["rows"]:  # inverting a photo does not depend on places
        assert row["mirror_error"] == row["crop_error"] == 0
    page = Path("out", "results.md").read_text(encoding="utf-8")
    assert "| mirror error ↓ | crop error ↓ |" in page
    assert main([*place, "--quiet"]) == 0 and len(pipe.calls) == first + 5


def test_place_finds_what_depends_on_the_frame(
    pipe: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint = FakePipeline.__call__

    def call(self: FakePipeline, image: Image.Image, recipe: Any, **options: Any) -> Any:
        output = paint(self, image, recipe, **options)
        output.image.paste("blue", (0, 0, image.width // 2, image.height))
        return output

    monkeypatch.setattr(FakePipeline, "__call__", call)
    assert main(command("--prompt", "red", "--place", "--quiet")) == 0
    cat = results()["rows"][0]  # red, with a blue left half
    red_to_blue = 176.3
    assert cat["mirror_error"] == pytest.approx(red_to_blue, abs=0.1)
    assert 0.1 * red_to_blue < cat["crop_error"] < 0.5 * red_to_blue
    assert cat["chroma_spread"] == pytest.approx(175.06 / 2, abs=0.1)


def test_measures_of_the_pictures_themselves(pipe: FakePipeline) -> None:
    photo = np.full((60, 80, 3), 200, np.uint8)
    photo[:, 60:] = np.random.default_rng(0).integers(0, 256, (60, 20, 3))
    Image.fromarray(photo).save("photos/ground.png")
    assert main(command("--prompt", "red", "--quiet")) == 0
    cat, dog, ground = results()["rows"]
    assert (cat["lattice"], dog["lattice"]) == (None, None)  # they are small
    assert (cat["ground_spread"], dog["ground_spread"]) == (0, None)
    # An inverted photo has the photo's edges, but where it is laid on white.
    assert cat["frame"] == 1 != dog["frame"] and ground["frame"] == pytest.approx(1, abs=1e-4)
    assert ground["lattice"] == pytest.approx(0, abs=1e-3)
    assert ground["ground_spread"] == pytest.approx(0, abs=1e-3)
    assert results()["overall"]["ground_spread"]["n"] == 2
    with Path("out", "results.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert lines[1]["ground_spread"] == "" and float(lines[1]["chroma_spread"]) > 0
    page = Path("out", "results.md").read_text(encoding="utf-8")
    assert "| lattice ↓ | frame ↓ | chroma spread | ground spread ↓ |" in page


def test_style_folders_have_a_table_of_their_own(pipe: FakePipeline) -> None:
    for group in ("Cubism", "Ukiyo_e"):
        Path("art", group).mkdir(parents=True)
        for number in range(3):
            Image.new("RGB", (20, 20), (9 * number, 50, 99)).save(f"art/{group}/{number}.png")
    assert main(command("--prompt", "red", "--limit", "4", "--quiet", content="art")) == 0
    table = results()
    assert [(part["group"], part["pictures"]) for part in table["by_group"]] == [
        ("Cubism", 2),
        ("Ukiyo_e", 2),
    ]
    assert [row["photo"] for row in table["rows"]] == [
        "Cubism/0.png", "Cubism/1.png", "Ukiyo_e/0.png", "Ukiyo_e/1.png"
    ]  # fmt: skip
    assert "| Ukiyo_e | 2 |" in Path("out", "results.md").read_text(encoding="utf-8")


def test_coco_captions_and_absent_pictures(pipe: FakePipeline, capsys: Capture) -> None:
    images = [{"id": 7, "file_name": "cat.png"}, {"id": 8, "file_name": "none.png"}]
    texts = [{"id": 1, "image_id": 7, "caption": "a cyan | cat"}]
    Path("coco.json").write_text(json.dumps({"images": images, "annotations": texts}))
    assert main(command("--prompt", "red", "--annotations", "coco.json")) == 0
    (row,) = results()["rows"]
    assert row["photo"] == "cat.png" and row["caption"] == "a cyan | cat"
    assert results()["overall"]["score"]["deviation"] is None
    assert "1 of the 2 pictures that coco.json lists" in capsys.readouterr().err
    (note,) = results()["notes"]
    assert "1 of the 2 pictures that coco.json lists" in note
    assert f"- {note}\n" in Path("out", "results.md").read_text(encoding="utf-8")


def test_low_coverage_is_one_warning_a_prompt(pipe: FakePipeline, capsys: Capture) -> None:
    pipe.coverage_value = 0.1
    arguments = command("--prompt", "red", "--prompt", "blue")
    assert main([*arguments, "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    pipe.coverage_value = 0.8  # the pictures are there, and what was said of them
    assert main([*arguments, "--json"]) == 0
    captured = capsys.readouterr()
    warnings = [line for line in captured.err.splitlines() if "is far from the styles" in line]
    assert [line.split('"')[1] for line in warnings] == ["red", "blue"]
    notes = [line.split(": ", 1)[1] for line in warnings]
    assert json.loads(captured.out)["notes"] == results()["notes"] == notes
    page = Path("out", "results.md").read_text(encoding="utf-8")
    assert all(f"- {note}\n" in page for note in notes)


def test_small_pictures_are_measured_as_far_as_it_goes(pipe: FakePipeline) -> None:
    Path("tiny").mkdir()
    Image.new("RGB", (5, 1), (1, 100, 100)).save("tiny/a.png")
    assert main(command("--prompt", "red", "--quiet", content="tiny")) == 0
    (row,) = results()["rows"]
    assert row["ssim"] is None and row["vgg_content"] is not None
    assert row["lattice"] is row["frame"] is row["chroma_spread"] is None
    assert results()["overall"]["ssim"] == {"n": 0, "mean": None, "deviation": None}
    assert "| red | 1 |" in Path("out", "results.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "content", "status", "word"),
    [
        ([], "photos", 2, "--prompts FILE"),
        (["--prompt", " "], "photos", 2, "empty"),
        (["--prompts", "none.txt"], "photos", 1, "none.txt"),
        (["--prompt", "a"], "none", 1, "no such folder"),
        (["--prompt", "a"], "photos/cat.png", 1, "is not a folder"),
        (["--prompt", "a"], "empty", 1, "has no pictures"),
        (["--prompt", "a", "--annotations", "none.json"], "photos", 1, "none.json"),
        (["--prompt", "a", "--annotations", "photos/cat.png"], "photos", 1, "is not JSON"),
        (["--prompt", "a", "--limit", "0"], "photos", 2, "--limit"),
        (["--prompt", "a", "-o", "photos"], "photos", 2, "overwrite"),
        (["--prompt", "a", "-o", "photos/cat.png/out"], "photos", 1, "cannot be made"),
        (["--prompt", "a", "-o", "photos/cat.png"], "photos", 1, "cannot be made"),
        (["--prompt", "a", "--judge", "./none"], "photos", 1, "--judge DIR"),
        (["--prompt", "a", "--aesthetic", "head.pth"], "photos", 1, "needs CLIP ViT-L/14"),
    ],
)
def test_refused_before_any_picture(
    pipe: FakePipeline, capsys: Capture, options: list[str], content: str, status: int, word: str
) -> None:
    Path("empty").mkdir()
    assert main(command(*options, content=content)) == status
    captured = capsys.readouterr()
    assert word in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert pipe.calls == []
