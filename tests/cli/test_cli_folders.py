"""`stylemamba stylize` of folders, patterns, several photos, manifests, and standard input."""

from __future__ import annotations

import errno
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fake_pipeline import FakeOutput, FakePipeline
from PIL import Image

from stylemamba.cli import main
from stylemamba.files.metadata import read_recipe
from stylemamba.files.reading import Photo
from stylemamba.portable.recipe import Recipe
from stylemamba.progress import Progress
from stylemamba.segmentation import Found, Segmenters

Told = pytest.CaptureFixture[str]


def draw(*names: str) -> None:
    """Photos of different colours."""
    for number, name in enumerate(names):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (12, 8), (10 * number, 100, 200)).save(name)


def results(folder: str = "out") -> list[str]:
    """What is in a folder, but for hidden files."""
    paths = Path(folder).rglob("[!.]*")
    names = (path.relative_to(folder).as_posix() for path in paths if path.is_file())
    return sorted(name for name in names if not name.startswith("."))


def summary(told: Told) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(told.readouterr().out)
    return loaded


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# --- which photos --------------------------------------------------------------------------------


def test_a_folder(here: Path, pipeline: FakePipeline, capsys: Told) -> None:
    draw("photos/b.jpg", "photos/a.png", "photos/sub/c.jpg", "photos/.hidden.jpg")
    Path("photos/notes.txt").write_text("x")
    assert main(["stylize", "photos/", "watercolour", "-o", "out/"]) == 0
    assert results() == ["a-png-watercolour.png", "b-watercolour.png"]
    captured = capsys.readouterr()
    assert captured.out.startswith("out: 2 photos, 2 painted, ")
    assert captured.err.splitlines() == [
        "stylemamba: passed over: 1 .txt",
        "stylemamba: passed over: 1 sub-folder (photos/sub); --recursive goes into them",
    ]
    recipe, made_with = Recipe.from_json(read_recipe("out/b-watercolour.png") or "")
    assert recipe == Recipe.of("watercolour", steps=0) and made_with["weights"] == "no weights"
    assert len(pipeline.loaded) == 1


def test_sub_folders_are_laid_out_alike(here: Path, pipeline: FakePipeline) -> None:
    draw("photos/a.jpg", "photos/2024/may/a.jpg", "photos/.git/b.jpg")
    Path("photos/2024/round").symlink_to(here / "photos")
    command = ["stylize", "photos", "oil", "-o", "photos/out", "--recursive", "--quiet"]
    for _ in range(2):  # results inside of the folder are no photos the second time
        assert main(command) == 0
        assert results("photos/out") == ["2024/may/a-oil.png", "a-oil.png"]
    assert len(pipeline.calls) == 2


@pytest.mark.parametrize(
    "names",
    [["a.jpg", "b.jpg"], ["?.jpg"], ["[ab].jpg", "a.jpg"], ["./a.jpg", "a.jpg", "b.jpg"], ["./"]],
)
def test_several_names_and_patterns(here: Path, pipeline: FakePipeline, names: list[str]) -> None:
    draw("a.jpg", "b.jpg")
    assert main(["stylize", *names, "oil", "-o", "out", "--quiet"]) == 0
    assert results() == ["a-oil.png", "b-oil.png"]


def test_a_name_may_look_like_a_pattern(here: Path, pipeline: FakePipeline) -> None:
    draw("a[1].jpg")
    assert main(["stylize", "a[1].jpg", "oil", "--quiet"]) == 0
    assert Path("a[1]-oil.png").is_file()


def test_names_of_a_shells_star(here: Path, pipeline: FakePipeline, capsys: Told) -> None:
    draw("a.jpg", "sub/b.jpg")
    Path("list.txt").write_text("x")
    assert main(["stylize", "a.jpg", "list.txt", "sub", "oil", "-o", "out"]) == 0
    assert results() == ["a-oil.png", "b-oil.png"]
    assert capsys.readouterr().err == "stylemamba: passed over: 1 .txt\n"


def test_options_in_the_place_of_the_prompt(here: Path, pipeline: FakePipeline) -> None:
    draw("a.jpg", "b.jpg", "quilt.png")
    options = ["--style-image", "quilt.png", "-o", "out", "--quiet"]
    assert main(["stylize", "a.jpg", "b.jpg", *options]) == 0
    assert results() == ["a-quilt.png", "b-quilt.png"]
    assert main(["stylize", "a.jpg", "b.jpg", "ink", *options]) == 0
    again = ["--recipe", "out/a-quilt.png", "-o", "again", "--quiet"]
    assert main(["stylize", "*.jpg", *again]) == 0
    assert results("again") == ["a-quilt.png", "b-quilt.png"]
    first, *_ = (Recipe.from_json(read_recipe(f"{folder}/b-quilt.png") or "") for folder in
                 ("out", "again"))  # fmt: skip
    assert first[0].parts[0].learnt is not None
    rest = ["--keep-rest", "--region", "left=ink", "-o", "rest", "--quiet"]
    assert main(["stylize", "a.jpg", "b.jpg", *rest]) == 0 and len(results("rest")) == 2


def test_a_prompt_may_be_the_name_of_a_folder(here: Path, pipeline: FakePipeline) -> None:
    draw("a.jpg")
    Path("oil").mkdir()
    assert main(["stylize", "a.jpg", "oil", "-o", "oil", "--quiet"]) == 0
    assert results("oil") == ["a-oil.png"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.jpg", "b.jpg", "-o", "out"], "Missing argument 'PROMPT': it comes last, and b.jpg is"),
        (["*.jpg", "-o", "out"], "Missing argument 'PROMPT'"),
        (["a.jpg", "sub/", "-o", "out"], "Missing argument 'PROMPT'"),
        (["-o", "out"], "Missing argument 'PHOTO'"),
        (["a.jpg", "b.jpg", "", "-o", "out"], "'PROMPT': is empty"),
        (["a.jpg", "b.jpg", "oil"], "Missing option '-o'"),
        (["sub/", "oil", "-o", "out.png"], "-o out.png is a file"),
        (["sub/", "oil", "-o", "-"], "-o - is a file"),
        (["sub/", "oil", "-o", "./sub"], "its results would be painted the next time"),
        (["a.jpg", "-", "oil", "-o", "out"], "goes alone"),
        (["sub/", "oil", "-o", "out", "--trace", "t.json"], "--trace goes with one photo"),
        (["sub/", "oil", "-o", "out", "--tile", "--region", "left=x"], "one style all over"),
        (["--manifest", "l.csv", "a.jpg", "oil", "-o", "out"], "--manifest names the photos"),
        (["--manifest", "l.csv", "a.jpg", "-o", "out"], "--manifest names the photos"),
        (["sub/", "oil", "-o", "out", "--jobs", "0"], "--jobs"),
    ],
)
def test_wrong_usage_is_one_line(
    here: Path, pipeline: FakePipeline, capsys: Told, arguments: list[str], said: str
) -> None:
    draw("a.jpg", "b.jpg", "sub/c.jpg")
    assert main(["stylize", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and pipeline.loaded == []


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a.jpg", "ink", "wash"], "ink: no such file or folder"),
        (["no.*", "oil"], "no.*: no file is called like that"),
        (["empty/", "oil"], "empty/: no photos are there"),
        (["a.jpg", "no.jpg", "oil"], "no.jpg: no such file"),
        (["empty/", "oil", "--recipe", "no.json"], "no.json"),
    ],
)
def test_photos_that_are_not_there(
    here: Path, pipeline: FakePipeline, capsys: Told, names: list[str], said: str
) -> None:
    draw("a.jpg")
    Path("empty").mkdir()
    assert main(["stylize", *names, "-o", "out"]) == 1
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1
    assert pipeline.loaded == [] and not Path("out").exists()


def test_a_prompt_without_quotes(here: Path, pipeline: FakePipeline, capsys: Told) -> None:
    draw("a.jpg")
    assert main(["stylize", "a.jpg", "ink", "wash"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(
        "stylemamba: error: ink: no such file or folder; check the name, and put"
    )
    assert told.count("\n") == 1


# --- results -------------------------------------------------------------------------------------


def test_photos_of_one_name(here: Path, pipeline: FakePipeline) -> None:
    draw("a/cat.jpg", "b/cat.jpg", "b/CAT.jpeg", "x/b/cat.jpg", "dog.jpg")
    assert main(["stylize", "a/", "b/", "x/b", "dog.jpg", "oil", "-o", "out", "--quiet"]) == 0
    names = results()
    assert len(names) == 5 and {"a-cat-oil.png", "dog-oil.png"} < set(names)
    assert main(["stylize", "a/", "b/", "x/b", "dog.jpg", "oil", "-o", "out", "--quiet"]) == 0
    assert results() == names and len(pipeline.calls) == 5


def test_a_second_run_paints_what_has_changed(
    here: Path, pipeline: FakePipeline, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw("in/a.jpg", "in/b.jpg", "in/c.jpg")
    command = ["stylize", "in/", "oil", "-o", "out", "--json"]

    def painted(*more: str) -> list[str]:
        assert main([*command, *more]) == 0
        told = summary(capsys)
        assert told["painted"] + told["kept"] == 3 and told["left"] == told["failed"] == 0
        return [Path(each["photo"]).stem for each in told["photos"] if each["state"] == "painted"]

    assert painted() == ["a", "b", "c"]
    assert painted() == painted("--jobs", "1") == []
    draw("in/unused.jpg", "in/b.jpg")
    Path("in/unused.jpg").unlink()
    assert painted() == []  # written anew with the same content
    Image.new("RGB", (12, 8), (1, 2, 3)).save("in/b.jpg")
    assert painted() == ["b"]
    Path("out/c-oil.png").unlink()
    assert painted() == ["c"]
    assert painted("--strength", "0.5") == ["a", "b", "c"]
    pipeline.digest = "new weights"
    assert painted("--strength", "0.5") == ["a", "b", "c"]
    monkeypatch.setattr("stylemamba.files.store.code_digest", lambda *parts: "new code")
    assert painted("--strength", "0.5") == ["a", "b", "c"]
    assert painted("--strength", "0.5", "--no-metadata") == ["a", "b", "c"]
    assert painted("--strength", "0.5", "--no-metadata") == []


def test_what_others_made_stays(here: Path, pipeline: FakePipeline, capsys: Told) -> None:
    draw("in/a.jpg", "in/b.jpg", "in/c.jpg")
    draw("out/a-oil.png")
    command = ["stylize", "in/", "oil", "-o", "out"]
    before = Path("out/a-oil.png").read_bytes()
    assert main(command) == 1
    assert "failed: in/a.jpg: out/a-oil.png: exists" in capsys.readouterr().err
    assert Path("out/a-oil.png").read_bytes() == before and len(results()) == 3
    with Image.open("out/b-oil.png") as picture:
        picture.rotate(180).save("out/b-oil.png")  # as somebody who retouches it
    retouched = Path("out/b-oil.png").read_bytes()
    assert main([*command, "--strength", "0.5", "--quiet"]) == 1
    assert Path("out/b-oil.png").read_bytes() == retouched
    assert main([*command, "--strength", "0.5", "--overwrite", "--quiet"]) == 0
    assert Path("out/b-oil.png").read_bytes() != retouched


def test_no_photo_is_overwritten(here: Path, pipeline: FakePipeline, capsys: Told) -> None:
    draw("cat.jpg", "cat-oil.png")
    before = Path("cat-oil.png").read_bytes()
    command = ["stylize", "cat.jpg", "cat-oil.png", "oil", "-o", "."]
    assert main([*command, "--overwrite"]) == 1
    assert "cat-oil.png would overwrite a photo" in capsys.readouterr().err
    assert Path("cat-oil.png").read_bytes() == before and Path("cat-oil-png-oil.png").is_file()


def test_a_result_that_was_made_alone_is_taken(here: Path, pipeline: FakePipeline) -> None:
    draw("in/a.jpg")
    assert main(["stylize", "in/a.jpg", "oil", "-o", "out/", "--quiet"]) == 0
    assert main(["stylize", "in/", "oil", "-o", "out/", "--quiet"]) == 0
    assert results() == ["a-oil.png"]


# --- failures ------------------------------------------------------------------------------------


def test_failures_are_listed_and_stop_nothing(
    here: Path, pipeline: FakePipeline, capsys: Told
) -> None:
    draw("in/a.jpg", "in/c.jpg")
    Path("in/b.jpg").write_bytes(b"no picture")
    Path("in/d.jpg").touch()
    assert main(["stylize", "in/", "oil", "-o", "out", "--json"]) == 1
    captured = capsys.readouterr()
    first, second = captured.err.splitlines()
    assert first.startswith("stylemamba: failed: in/b.jpg: not a picture")
    assert second.startswith("stylemamba: failed: in/d.jpg: is empty")
    told = json.loads(captured.out)
    assert [each["state"] for each in told["photos"]] == ["painted", "failed"] * 2
    assert told["photos"][0]["size"] == [12, 8] and told["photos"][0]["prompt"] == "oil"
    assert told["photos"][1]["problem"].startswith("in/b.jpg: not a picture")
    assert (told["painted"], told["kept"], told["failed"]) == (2, 0, 2)


def test_folders_that_may_not_be_read(
    here: Path, pipeline: FakePipeline, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw("in/a.jpg", "in/shut/b.jpg")
    scandir = os.scandir

    def shut(path: str) -> Any:  # root may read all folders
        if Path(path).name == "shut":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", shut)
    assert main(["stylize", "in/", "oil", "-o", "out", "--recursive"]) == 1
    assert "failed: in/shut: cannot be listed (Permission denied)" in capsys.readouterr().err
    assert Path("out/a-oil.png").is_file()


def test_faults_of_the_program_are_failures_too(
    here: Path, pipeline: FakePipeline, capsys: Told
) -> None:
    draw("in/a.jpg", "in/b.jpg")
    pipeline.error = TypeError("a bug\non two lines")
    assert main(["stylize", "in/", "oil", "-o", "out"]) == 1
    told = capsys.readouterr().err
    assert told.count("\n") == 2 and "in/b.jpg: internal error: TypeError: a bug on two" in told
    pipeline.error = MemoryError()
    assert main(["stylize", "in/", "oil", "-o", "out"]) == 1
    assert "in/a.jpg: not enough memory" in capsys.readouterr().err


def test_notes_are_said_once(here: Path, pipeline: FakePipeline, capsys: Told) -> None:
    draw("in/a.jpg", "in/b.jpg")
    frames = [Image.linear_gradient("L"), Image.radial_gradient("L")]
    frames[0].save("in/c.gif", save_all=True, append_images=frames[1:])
    pipeline.coverage_value = 0.1
    assert main(["stylize", "in/", "zzz", "-o", "out"]) == 0
    animated, unknown = sorted(capsys.readouterr().err.splitlines())
    assert "0.10" in unknown and unknown.count("in/") == 0
    assert animated == "stylemamba: in/c.gif: animated: 2 frames painted"
    assert main(["stylize", "in/", "zzz", "-o", "out", "--overwrite", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


# --- interruption --------------------------------------------------------------------------------


class Interrupted(FakePipeline):
    """Ctrl-C comes while the third picture is painted."""

    def __call__(
        self,
        image: Any,
        recipe: Recipe,
        *,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> FakeOutput:
        if len(self.calls) == 2:
            raise KeyboardInterrupt
        return super().__call__(image, recipe, on_progress=on_progress)


def test_interruption_leaves_what_is_done(
    here: Path, pipeline: FakePipeline, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(*(f"in/{number}.jpg" for number in range(9)))
    monkeypatch.setattr(sys.modules["stylemamba.pipeline"], "StyleMambaPipeline", Interrupted())
    command = ["stylize", "in/", "oil", "-o", "out", "--json"]
    assert main([*command, "--jobs", "1"]) == 130
    captured = capsys.readouterr()
    assert captured.err == (
        "stylemamba: interrupted: 7 of 9 photos left; the same command goes on\n"
    )
    told = json.loads(captured.out)
    states = [each["state"] for each in told["photos"]]
    assert states == ["painted"] * 2 + ["left"] * 7 and told["left"] == 7 and len(results()) == 2
    monkeypatch.setattr(sys.modules["stylemamba.pipeline"], "StyleMambaPipeline", pipeline)
    assert main(command) == 0
    assert (len(pipeline.calls), len(results())) == (7, 9) and summary(capsys)["kept"] == 2


def test_a_fit_that_was_stopped_is_no_result(here: Path, pipeline: FakePipeline) -> None:
    draw("in/a.jpg")
    pipeline.stop_after = 3
    command = ["stylize", "in/", "oil", "-o", "out", "--steps", "9", "--quiet"]
    assert main(command) == 130 and results() == []
    pipeline.stop_after = None
    assert main(command) == 0 and results() == ["a-oil.png"]


SLOW = """
import sys, time, types
sys.path.insert(0, {tests!r})
from fake_pipeline import FakePipeline
from stylemamba.cli import main

class Slow(FakePipeline):
    def __call__(self, *arguments, **options):
        time.sleep(0.03)
        return super().__call__(*arguments, **options)

module = types.ModuleType("stylemamba.pipeline")
module.StyleMambaPipeline = Slow()
sys.modules["stylemamba.pipeline"] = module
sys.exit(main(["stylize", "in/", "oil", "-o", "out", "--jobs", "2"]))
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no kill -9")
def test_a_killed_run_goes_on(here: Path, pipeline: FakePipeline, capsys: Told) -> None:
    draw(*(f"in/{number:03}.jpg" for number in range(200)))
    code = SLOW.format(tests=str(Path(__file__).parents[1]))
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        until = time.monotonic() + 60
        while not Path("out").exists() or len(results()) < 5:
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    there = results()
    assert 5 <= len(there) < 200
    for name in there:
        with Image.open(f"out/{name}") as picture:
            picture.load()
    assert main(["stylize", "in/", "oil", "-o", "out", "--json"]) == 0
    told = summary(capsys)
    assert len(results()) == 200 and len(there) - 2 <= told["kept"] <= len(there)
    assert len(pipeline.calls) == told["painted"] == 200 - told["kept"]


# --- each photo its own --------------------------------------------------------------------------


def test_regions_are_found_in_each_photo(
    here: Path, pipeline: FakePipeline, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw("in/a.jpg", "in/b.jpg", "in/c.jpg")
    Image.new("RGB", (20, 8), (20, 100, 200)).save("in/c.jpg")

    def find(self: Segmenters, photo: Photo, word: str) -> Found:
        mask = np.ones((photo.rgb.height, photo.rgb.width), np.float32)
        return Found(mask, 0.1 if photo.path.stem == "b" else 0.9)

    monkeypatch.setattr(Segmenters, "find", find)
    command = ["stylize", "in/", "oil", "-o", "out", "--region", "person=ink"]
    assert main(command) == 1
    assert "failed: in/b.jpg: no person is found" in capsys.readouterr().err
    sizes = []
    for name in ("a", "c"):
        recipe, _ = Recipe.from_json(read_recipe(f"out/{name}-oil.png") or "")
        with Image.open(io.BytesIO(recipe.regions[0].mask_bytes())) as mask:
            sizes.append(mask.size)
    assert sizes == [(12, 8), (20, 8)]
    assert main(["stylize", "in/", "oil", "-o", "faces", "--protect", "faces"]) == 0
    said = capsys.readouterr().err
    assert said == "stylemamba: in/b.jpg: no face is found (confidence 0.10): nothing to protect\n"
    recipe, _ = Recipe.from_json(read_recipe("faces/c-oil.png") or "")
    assert recipe.regions[0].strength == pytest.approx(0.4)
    Image.linear_gradient("L").save("map.png")
    assert main(["stylize", "in/", "oil", "-o", "map", "--strength-map", "map.png"]) == 0
    recipe, _ = Recipe.from_json(read_recipe("map/c-oil.png") or "")
    with Image.open(io.BytesIO(recipe.regions[0].mask_bytes())) as mask:
        assert recipe.keeps_rest and mask.size == (20, 8)


def test_a_manifest(here: Path, pipeline: FakePipeline, capsys: Told) -> None:
    draw("jobs/cat.jpg", "jobs/dog.jpg")
    assert main(["stylize", "jobs/cat.jpg", "ink", "--seed", "5", "-o", "jobs/r.png"]) == 0
    Path("jobs/list.csv").write_text(
        "photo,prompt,recipe,output\n"
        'cat.jpg,"oil, red",,\n'
        "dog.jpg,,r.png,new/dog.webp\n"
        "no.jpg,,,\n"
        "cat.jpg,,,\n"
    )
    capsys.readouterr()
    assert main(["stylize", "--manifest", "jobs/list.csv", "wash", "-o", "out", "--json"]) == 1
    assert results() == ["cat-oil-red.png", "cat-wash.png", "new/dog.webp"]
    recipe, _ = Recipe.from_json(read_recipe("out/new/dog.webp") or "")
    assert (recipe.prompt, recipe.seed) == ("wash", 5)
    told = summary(capsys)
    assert [each["prompt"] for each in told["photos"]] == ["oil, red", "wash", None, "wash"]
    assert "jobs/no.jpg: no such file" in told["photos"][2]["problem"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("cat.jpg,oil,,a.png\ncat.jpg,ink,,A.png\n", "line 3: A.png is the output of line 2 too"),
        ("cat.jpg,oil,,\ncat.jpg,oil,,\n", "lines 2 and 3 have the same result"),
        ("cat.jpg,oil,,\ncat.jpg,,,\n", "line 3: has neither prompt nor recipe"),
        ("cat.jpg,,no.json,\n", "no.json: no such file"),
    ],
)
def test_impossible_manifests(
    here: Path, pipeline: FakePipeline, capsys: Told, rows: str, said: str
) -> None:
    draw("cat.jpg")
    Path("list.csv").write_text("photo,prompt,recipe,output\n" + rows)
    assert main(["stylize", "--manifest", "list.csv", "-o", "out"]) == 1
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1 and pipeline.loaded == []


# --- standard input and output -------------------------------------------------------------------


def test_standard_input_and_output(
    here: Path,
    pipeline: FakePipeline,
    capsysbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    draw("a.jpg")

    def send(content: bytes, *arguments: str) -> tuple[int, bytes, bytes]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        status = main(["stylize", *arguments])
        return status, *capsysbinary.readouterr()

    photo = Path("a.jpg").read_bytes()
    status, out, err = send(photo, "-", "oil")
    assert status == 0 and err == b""
    with Image.open(io.BytesIO(out)) as picture:
        assert picture.format == "PNG" and picture.size == (12, 8)
    assert send(b"", "a.jpg", "oil", "-o", "-")[1] == out
    assert send(photo, "-", "oil", "-o", "b.png")[0] == 0 and Path("b.png").read_bytes() == out
    assert send(photo, "-", "oil", "-o", "out/")[0] == 0 and results() == ["stdin-oil.png"]
    assert send(b"", "-", "oil")[2].startswith(b"stylemamba: error: stdin: is empty")
    assert b"stdin: not a picture" in send(b"text", "-", "oil")[2]
    assert b"--json and the picture" in send(photo, "-", "oil", "--json")[2]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert b"add -o FILE" in send(photo, "-", "oil")[2]


# --- how far it is -------------------------------------------------------------------------------


def test_one_bar_on_a_terminal(
    here: Path, pipeline: FakePipeline, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw("in/a.jpg", "in/b.jpg")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["stylize", "in/", "oil", "-o", "out", "--jobs", "1", "--steps", "5"]) == 0
    assert "5/5 2 of 2: b.jpg" in capsys.readouterr().err
