from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fake_pipeline import FakePipeline
from PIL import Image

from stylemamba.cli import main
from stylemamba.files import store


def command(*options: str) -> list[str]:
    return ["sheet", "cat.png", "dog.png", "-o", "sheet.png", "--cell", "40", *options]


def pictures() -> list[Path]:
    return sorted(Path("sheet.cells").glob("*.png"))


@pytest.fixture(autouse=True)
def photos(photo: Path) -> None:
    Image.new("RGBA", (10, 80), (0, 0, 255, 0)).save("dog.png")


def test_every_cell_is_drawn(pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    Path("prompts.txt").write_text("# styles\nfauvism\n\n  pop art  \n", encoding="utf-8-sig")
    assert main(command("--prompt", "mosaic", "--prompts", "prompts.txt", "--steps", "2")) == 0
    assert "6 cells, 6 of them new" in capsys.readouterr().out
    prompts = [call["prompt"] for call in pipeline.calls]
    assert prompts == ["mosaic"] * 2 + ["fauvism"] * 2 + ["pop art"] * 2
    sheet = Image.open("sheet.png")
    colours = {colour for count, colour in sheet.getcolors(100_000) if count >= 3 * 30 * 20}
    assert (5, 155, 255) in colours  # the inverted cat, three times, at its own size


def test_goes_on_where_it_stopped(
    pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    def sheet(*options: str) -> list[str]:
        return command("--steps", "5", *options)

    assert main(sheet("--prompt", "a", "--quiet")) == 0
    pipeline.stop_after = 3
    assert main(sheet("--prompt", "a", "--prompt", "b", "--overwrite")) == 130
    assert "2 of 4 cells left" in capsys.readouterr().err
    assert len(pipeline.calls) == 3 and len(pictures()) == 2
    pipeline.stop_after = None
    assert main(sheet("--prompt", "a", "--prompt", "b", "--overwrite")) == 0
    assert "4 cells, 2 of them new" in capsys.readouterr().out
    made = len(pipeline.calls)
    assert main(sheet("--prompt", "b", "--prompt", "a", "--cell", "64", "--overwrite")) == 0
    assert len(pipeline.calls) == made  # all there
    assert main(sheet("--prompt", "a", "--seed", "1", "--quiet", "--overwrite")) == 0
    assert len(pipeline.calls) == made + 2  # another seed is another cell
    pipeline.digest = "other weights"
    assert main(sheet("--prompt", "a", "--quiet", "--overwrite")) == 0
    assert len(pipeline.calls) == made + 4


def test_stale_and_damaged_cells_are_painted_anew(
    pipeline: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = command("--prompt", "a", "--quiet")
    assert main(arguments) == 0 and len(pipeline.calls) == 2
    pictures()[0].write_bytes(b"half a picture")
    assert main(arguments) == 0 and len(pipeline.calls) == 3
    Image.new("RGB", (30, 20), (9, 100, 0)).save("cat.png")
    assert main(arguments) == 0 and len(pipeline.calls) == 4
    monkeypatch.setattr(store, "code_digest", lambda *parts: "another version")
    assert main(arguments) == 0 and len(pipeline.calls) == 6


def test_low_coverage_is_one_warning_a_prompt(
    pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.coverage_value = 0.1
    assert main(command("--prompt", "zzz", "--quiet")) == 0
    assert capsys.readouterr().err == ""
    pipeline.coverage_value = 0.8
    # The cells of one prompt are there, those of the other are new.
    assert main(command("--prompt", "zzz", "--prompt", "mosaic", "--json", "--overwrite")) == 0
    captured = capsys.readouterr()
    assert captured.err == (
        'stylemamba: warning: "zzz" is far from the styles known here (coverage 0.10); '
        "nearest: ukiyo-e, woodcut, etching\n"
    )
    assert json.loads(captured.out)["notes"] == [captured.err.strip().split(": ", 1)[1]]


def test_an_encoder_that_cannot_tell_gives_no_warning(
    pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.coverage_value = None
    assert main(command("--prompt", "zzz")) == 0
    assert capsys.readouterr().err == ""


def test_a_photo_that_cannot_be_read_is_left_out(
    pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("broken.png").write_bytes(b"\x89PNG")
    assert main(command("--prompt", "a", "broken.png", "none.png", "--json", "--quiet")) == 1
    captured = capsys.readouterr()
    broken, absent = captured.err.splitlines()
    assert broken.startswith("stylemamba: skipped: broken.png: ")
    assert absent.startswith("stylemamba: skipped: none.png: no such file")
    summary = json.loads(captured.out)
    assert [cell["photo"] for cell in summary["cells"]] == ["cat.png", "dog.png"]
    assert [line.partition(": ")[0] for line in summary["skipped"]] == ["broken.png", "none.png"]
    size = Image.open("sheet.png").size
    assert main(command("--prompt", "a", "--overwrite")) == 0
    assert Image.open("sheet.png").size == size


@pytest.mark.parametrize(
    ("photos", "words"),
    [
        (["none.png"], "error: none.png: no such file"),
        (["none.png", "no.png"], "none of the 2 photos can be read; the first: none.png: no such"),
    ],
)
def test_without_any_photo_that_can_be_read(
    pipeline: FakePipeline, capsys: pytest.CaptureFixture[str], photos: list[str], words: str
) -> None:
    assert main(["sheet", *photos, "--prompt", "a", "-o", "sheet.png"]) == 1
    captured = capsys.readouterr()
    assert words in captured.err and captured.err.count("\n") == 1
    assert pipeline.loaded == [] and not Path("sheet.png").exists()


def test_models_are_known_by_their_weights(pipeline: FakePipeline) -> None:
    for folder in ("here", "there"):
        assert main(command("--prompt", "a", "--quiet", "--encoder", folder)) == 0
    assert len(pipeline.calls) == 2  # whatever their folder is called


def test_long_names_in_a_script_of_three_bytes_a_letter(pipeline: FakePipeline) -> None:
    name = "浮世絵版画" * 8
    Path("cat.png").rename(f"{name}.png")
    prompts = ["--prompt", name + "一", "--prompt", name + "二"]
    assert main(["sheet", f"{name}.png", "-o", "sheet.png", *prompts]) == 0
    assert len(pictures()) == 2


def test_same_prompt_twice_is_fitted_once(pipeline: FakePipeline) -> None:
    assert main(command("--prompt", "a", "--prompt", "a", "--quiet")) == 0
    assert len(pipeline.calls) == 2


def test_json_measures_every_cell(
    pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 256, (20, 30, 3), np.uint8)).save("cat.png")  # of some detail
    arguments = command("--prompt", "a", "--prompt", "b", "--size", "64", "--json")
    assert main(arguments) == 0
    captured = capsys.readouterr()
    summary = json.loads(captured.out)
    assert captured.err == "" and summary["output"] == "sheet.png"
    assert summary["size"] == list(Image.open("sheet.png").size)
    cells = summary["cells"]
    assert [(cell["photo"], cell["prompt"]) for cell in cells] == [
        ("cat.png", "a"), ("dog.png", "a"), ("cat.png", "b"), ("dog.png", "b")
    ]  # fmt: skip
    cat, dog = cells[:2]
    assert cat["ssim"] < 0  # an inverted picture
    assert cat["laplacian_ratio"] == pytest.approx(1, abs=0.02)
    assert dog["ssim"] is None and dog["laplacian_ratio"] is None  # 8 x 64 px, and flat
    assert summary["means"] == {name: cat[name] for name in ("ssim", "laplacian_ratio")}
    made = len(pipeline.calls)
    assert main(arguments) == 0  # from the kept cells
    assert json.loads(capsys.readouterr().out) == summary and len(pipeline.calls) == made


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_only_the_sheet_of_the_same_command_is_replaced(
    pipeline: FakePipeline, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    def sheet(*options: str) -> list[str]:
        return command("-o", f"holiday.{suffix}", "--quiet", *options)

    holiday = Path(f"holiday.{suffix}")
    Image.new("RGB", (9, 9)).save(holiday)
    before = holiday.read_bytes()
    assert main(sheet("--prompt", "a")) == 1
    captured = capsys.readouterr()
    assert "--overwrite" in captured.err and captured.err.count("\n") == 1
    assert holiday.read_bytes() == before and pipeline.loaded == []
    assert main(sheet("--prompt", "a", "--overwrite")) == 0
    assert main(sheet("--prompt", "a")) == 0 and len(pipeline.calls) == 2
    for other in (
        ["--prompt", "b"],
        ["--prompt", "a", "--seed", "1"],
        ["--prompt", "a", "--cell", "50"],
    ):
        assert main(sheet(*other)) == 1
    assert len(pipeline.calls) == 2


@pytest.mark.parametrize(
    ("options", "status", "word"),
    [
        ([], 2, "--prompts FILE"),
        (["--prompt", " "], 2, "empty"),
        (["--prompts", "none.txt"], 1, "none.txt"),
        (["--prompts", "cat.png"], 1, "UTF-8"),
        (["--prompts", "empty.txt"], 1, "no prompts"),
        (["--prompt", "a", "-o", "cat.png"], 2, "overwrite"),
        (["--prompt", "a", "-o", "none/a.png"], 1, "create it first"),
        (["--prompts", "many.txt", "-o", "a.webp"], 1, "cannot be saved as WEBP"),
    ],
)
def test_refused_before_any_work(
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    status: int,
    word: str,
) -> None:
    Path("empty.txt").write_text("# nothing\n")
    Path("many.txt").write_text("\n".join(f"style {number}" for number in range(500)))
    assert main(command(*options)) == status
    captured = capsys.readouterr()
    assert word in captured.err and captured.err.count("\n") == 1
    assert pipeline.loaded == []
