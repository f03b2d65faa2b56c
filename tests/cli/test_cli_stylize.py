from __future__ import annotations

import io
import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from fake_pipeline import FakeDevice, FakePipeline
from PIL import Image

from stylemamba.cli import main
from stylemamba.errors import StyleMambaError
from stylemamba.files.metadata import read_recipe
from stylemamba.files.reading import Photo
from stylemamba.portable.learnt import Learnt
from stylemamba.portable.recipe import Recipe
from stylemamba.segmentation import Found, Segmenters


def test_writes_the_picture_and_says_where(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--steps", "7", "--seed", "5", "--size", "64", "--strength", "0.5"]
    arguments += ["--stroke", "2", "--texture", "0", "--guidance", "4", "--palette", "photo"]
    assert main(["stylize", "cat.png", "pencil sketch", "-o", "out.png", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.out == "out.png: 30 x 20, 7 steps, 1.2 s\n" and captured.err == ""
    with Image.open("out.png") as image:
        assert image.size == (30, 20) and image.getpixel((0, 0)) == (5, 155, 255)
    (call,) = pipeline.calls
    assert call.pop("prompt") == "pencil sketch"
    assert [call.pop(name) for name in ("stroke", "texture", "guidance")] == [2, 0, 4]
    assert call.pop("palette") == 1 and call.pop("colours") == ()
    assert not call.pop("tile")
    assert call == {"steps": 7, "strength": 0.5, "seed": 5, "size": 64, "look": None}
    none = {"encoder": None, "autoencoder": None, "fusion": None}
    assert pipeline.loaded == [{"preset": "embedded", **none, "device": "auto", "styles": []}]


def test_one_pass_is_the_default(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stylize", "cat.png", "pencil sketch", "-o", "out.png"]) == 0
    assert capsys.readouterr().out == "out.png: 30 x 20, one pass, 1.2 s\n"
    (call,) = pipeline.calls
    assert (
        call["steps"] == call["palette"] == 0
        and call["stroke"] == call["texture"] == call["guidance"] == 1
    )


def test_pictures_as_styles(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGB", (4, 4), (1, 2, 3)).save("quilt.png")
    Image.new("RGB", (4, 4), (4, 5, 6)).save("old::rug.png")
    images = ["--style-image", "quilt.png::2", "--style-image", "old::rug.png"]
    command = ["stylize", "cat.png", "neon::-0.5", *images, "--json"]
    assert main([*command, "-o", "out.png"]) == 0
    parts = json.loads(capsys.readouterr().out)["recipe"]["parts"]
    assert [(part["text"], part["weight"]) for part in parts] == [
        ("neon", -0.5),
        ("quilt", 2),
        ("old::rug", 1),
    ]
    assert parts[0]["learnt"] is None
    codes = [Learnt.from_text(part["learnt"]).codes.tolist() for part in parts[1:]]
    assert codes == [[[1, 2, 3]], [[4, 5, 6]]]
    # The result's own recipe needs neither picture; other styles take the place of all.
    Path("quilt.png").unlink()
    assert main(["stylize", "cat.png", "--recipe", "out.png", "-o", "out.png", "--quiet"]) == 0
    options = ["--recipe", "out.png", "--style-image", "old::rug.png", "--json"]
    assert main(["stylize", "cat.png", *options, "-o", "other.png"]) == 0
    (part,) = json.loads(capsys.readouterr().out)["recipe"]["parts"]
    assert part["text"] == "old::rug"


def test_impossible_style_images(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    for option, said in (
        ("no.png", "no.png"),
        ("cat.png::x", "'x' is no weight; write FILE::2"),
        ("cat.png::-1", "weights whose sum is clearly above 0"),
    ):
        assert main(["stylize", "cat.png", "--style-image", option, "-o", "out.png"]) > 0
        assert said in capsys.readouterr().err
    Image.new("RGB", (4, 4)).save("quilt.png")
    command = ["stylize", "cat.png", "--style-image", "quilt.png", "-o", "quilt.png"]
    assert main([*command, "--overwrite"]) == 2
    assert "would overwrite quilt.png" in capsys.readouterr().err
    assert pipeline.loaded == []


def test_regions(photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--region", "left=ink@0.5", "--region", '0,0,50%,10="wash::2 oil::1"', "--json"]
    command = ["stylize", "cat.png", *options, "--show-regions", "shown.png"]
    assert main([*command, "fauvism", "-o", "out.png"]) == 0
    recipe = Recipe.from_dict(json.loads(capsys.readouterr().out)["recipe"])
    left, box = recipe.regions
    assert (left.box, left.strength, left.parts[0].text) == ((0, 0, 0.5, 1), 0.5, "ink")
    assert (box.box, box.strength, len(box.parts)) == ((0, 0, 0.5, 0.5), 1, 2)
    with Image.open("shown.png") as shown, Image.open("cat.png") as original:
        assert shown.getpixel((3, 15)) == original.getpixel((3, 15))
        assert max(shown.getpixel((27, 15))) < 100
    # A recipe's regions are replaced by new ones only.
    assert main(["stylize", "cat.png", "--recipe", "out.png", "-o", "out.png", "--json"]) == 0
    captured = capsys.readouterr()
    assert Recipe.from_dict(json.loads(captured.out)["recipe"]) == recipe and not captured.err
    Image.new("RGB", (40, 20)).save("dog.png")
    assert main(["stylize", "dog.png", "--recipe", "out.png", "-o", "dog-out.png"]) == 0
    assert "regions are where they were in the photo of the recipe" in capsys.readouterr().err
    other = ["--recipe", "out.png", "--region", "top=ink", "--keep-rest", "--json"]
    assert main(["stylize", "cat.png", *other, "-o", "b.png"]) == 0
    changed = Recipe.from_dict(json.loads(capsys.readouterr().out)["recipe"])
    assert changed.keeps_rest and changed.regions[0].box == (0, 0, 1, 0.5)


def test_protected_faces(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sure = 0.9

    def find(self: Segmenters, photo: Photo, word: str) -> Found:
        assert word == "face"
        return Found(np.ones((photo.rgb.height, photo.rgb.width), np.float32), sure)

    monkeypatch.setattr(Segmenters, "find", find)
    command = ["stylize", "cat.png", "oil::2 ink", "-o", "out.png", "--json"]
    for option, strength in (("faces", 0.4), ("faces=0.75", 0.25)):
        assert main([*command, "--protect", option, "--overwrite"]) == 0
        recipe = Recipe.from_dict(json.loads(capsys.readouterr().out)["recipe"])
        (face,) = recipe.regions
        assert face.parts == recipe.parts and face.strength == pytest.approx(strength)
    sure = 0.2
    assert main([*command, "--protect", "faces", "--overwrite"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["recipe"]["regions"] == []
    assert "no face is found (confidence 0.20)" in captured.err
    for option in ("hands", "faces=2", "faces=x"):
        assert main([*command, "--protect", option]) == 2
        assert 'is neither "faces" nor "faces=X"' in capsys.readouterr().err


def test_other_words_of_regions(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tiny_clipseg_dir: Path,
) -> None:
    command = ["stylize", "cat.png", "oil", "--region", "dog=ink", "-o", "out.png"]
    assert main(command) == 1
    assert "nor one of subject, foreground" in (said := capsys.readouterr().err)
    assert said.count("\n") == 1 and "--segmenter hub finds what other words name" in said
    assert main([*command, "--segmenter", "hub"]) == 1
    assert "CIDAS/clipseg-rd64-refined" in (said := capsys.readouterr().err)
    assert said.count("\n") == 1 and "pass --segmenter DIR" in said
    assert pipeline.loaded == []
    monkeypatch.setattr("stylemamba.painting.region_specs.SURE", 0)
    assert main([*command, "--segmenter", str(tiny_clipseg_dir), "--json"]) == 0
    (dog,) = Recipe.from_dict(json.loads(capsys.readouterr().out)["recipe"]).regions
    assert dog.parts[0].text == "ink" and dog.mask is not None


def test_a_segmenter_needs_something_to_find(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stylize", "cat.png", "oil", "--segmenter", "hub"]) == 2
    assert "--segmenter finds what words of a --region name" in capsys.readouterr().err


def test_a_map_of_strength(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.linear_gradient("L").save("map.png")
    options = ["--strength-map", "map.png", "--style-image", "map.png", "--region", "top=ink"]
    assert main(["stylize", "cat.png", "oil", *options, "-o", "out.png", "--json"]) == 0
    recipe = Recipe.from_dict(json.loads(capsys.readouterr().out)["recipe"])
    everywhere, top = recipe.regions
    assert recipe.keeps_rest and top.box == (0, 0, 1, 0.5)
    assert [(part.text, part.learnt is None) for part in everywhere.parts] == [
        ("oil", True),
        ("map", False),
    ]
    with Image.open(io.BytesIO(everywhere.mask_bytes())) as mask:
        assert mask.size == (30, 20) and mask.getpixel((9, 0)) < 16 < 240 < mask.getpixel((9, 19))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--strength-map", "cat.png"], "--strength-map needs a PROMPT"),
        (["oil", "--strength-map", "no.png"], "no.png"),
        (["--region", "left=ink"], "Missing argument 'PROMPT'"),
        (["--keep-rest"], "--keep-rest needs a --region"),
        (["oil", "--keep-rest", "--region", "left=ink"], "--keep-rest leaves the rest as it is"),
        (["oil", "--region", "left"], "is of another form: write --region PLACE="),
        (["oil", "--region", "no.png=ink"], "no.png: is neither a file, nor a box"),
        (["oil", "--region", "left=ink@11"], "strength should be from 0 to 10"),
    ],
)
def test_impossible_regions(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    assert main(["stylize", "cat.png", *options, "-o", "out.png"]) > 0
    assert said in capsys.readouterr().err and pipeline.loaded == []


def test_palettes_are_words_or_numbers(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in ("photo", "style", "0.25"):
        arguments = ["cat.png", "fauvism", "-o", f"{value}.png", "--palette", value]
        assert main(["stylize", *arguments]) == 0
    assert [call["palette"] for call in pipeline.calls] == [1, 0, 0.25]
    for value in ("2", "blue", "#12345", "aa3322", "no.jpg"):
        assert main(["stylize", "cat.png", "fauvism", "--palette", value]) == 2
        said = capsys.readouterr().err
        assert f"{value!r} is no number from 0 to 1, nor one of style, photo, nor colours" in said


def test_palettes_of_colours_and_of_pictures(photo: Path, pipeline: FakePipeline) -> None:
    halves = Image.new("RGB", (40, 20), (200, 30, 20))
    halves.paste((20, 30, 90), (20, 0, 40, 20))
    halves.save("flag.png")
    for name, value in (("a", "#1D3557, #fed"), ("b", "flag.png")):
        arguments = ["cat.png", "fauvism", "-o", f"{name}.png", "--palette", value]
        assert main(["stylize", *arguments]) == 0
    given, found = (call["colours"] for call in pipeline.calls)
    assert given == ("#1d3557", "#ffeedd") and {"#141e5a", "#c81e14"} < set(found)
    again = ["stylize", "cat.png", "--recipe", "a.png", "--palette", "photo", "-o", "c.png"]
    assert main(again) == 0
    assert (pipeline.calls[-1]["colours"], pipeline.calls[-1]["palette"]) == ((), 1)


def test_tiles(photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stylize", "cat.png", "fauvism", "--tile", "-o", "a.png"]) == 0
    for number, options in enumerate(([], ["--no-tile"])):
        again = ["stylize", "cat.png", "--recipe", "a.png", *options, "-o", f"{number}.png"]
        assert main(again) == 0
    assert [call["tile"] for call in pipeline.calls] == [True, True, False]
    assert main(["stylize", "cat.png", "fauvism", "--tile", "--region", "left=mosaic"]) == 2
    assert "tile goes with one style all over" in capsys.readouterr().err


def test_models_are_chosen(photo: Path, pipeline: FakePipeline) -> None:
    options = ["--preset", "paper", "--encoder", "enc", "--autoencoder", "vae", "--quiet"]
    options += ["--fusion", "fus", "--device", "mps"]
    assert main(["stylize", "cat.png", "x", *options]) == 0
    models = {"encoder": Path("enc"), "autoencoder": Path("vae"), "fusion": Path("fus")}
    assert pipeline.loaded == [{"preset": "paper", **models, "device": "mps", "styles": []}]


def test_json_is_one_object_with_the_promised_keys(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stylize", "cat.png", "fauvism", "-o", "out.jpg", "--json", "--seed", "3"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    summary = json.loads(captured.out)
    assert Recipe.from_dict(summary.pop("recipe")) == Recipe.of("fauvism", seed=3, steps=0)
    assert summary == {
        "output": "out.jpg",
        "size": [30, 20],
        "steps": 0,
        "seconds": 1.235,
        "coverage": 0.8,
        "seed": 3,
        "prompt": "fauvism",
        "device": "cpu",
        "interrupted": False,
        "notes": [],
    }


def test_another_device_is_said(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.device = FakeDevice("cuda")
    assert main(["stylize", "cat.png", "x", "-o", "out.png"]) == 0
    assert capsys.readouterr().out == "out.png: 30 x 20, one pass, on cuda, 1.2 s\n"


def test_default_name_is_in_the_working_directory(photo: Path, pipeline: FakePipeline) -> None:
    Path("photos").mkdir()
    shutil.move(photo, "photos/cat.png")
    assert main(["stylize", "photos/cat.png", "Pop Art!", "--quiet"]) == 0
    assert Path("cat-png-pop-art.png").is_file()


def test_default_names_tell_jobs_apart(photo: Path, pipeline: FakePipeline) -> None:
    with Image.open("cat.png") as image:
        image.save("cat.jpg")
    long = "watercolour with soft edges and a very long description of "
    for arguments in (
        ["cat.png", "watercolour"],
        ["cat.jpg", "watercolour"],
        ["cat.jpg", "watercolour", "--seed", "1"],
        ["cat.jpg", "watercolour", "--look", "1"],
        ["cat.jpg", long + "the sea"],
        ["cat.jpg", long + "the sky"],
    ):
        before = set(os.listdir())
        assert main(["stylize", *arguments, "--quiet"]) == 0
        assert len(set(os.listdir()) - before) == 1
    assert {"cat-watercolour.png", "cat-watercolour-seed1.png"} < set(os.listdir())


def test_a_folder_gets_the_result(photo: Path, pipeline: FakePipeline) -> None:
    Path("there").mkdir()
    assert main(["stylize", "cat.png", "x", "-o", "there", "--quiet"]) == 0
    assert main(["stylize", "cat.png", "x", "-o", "new/", "--quiet"]) == 0
    assert os.listdir("there") == os.listdir("new") == ["cat-png-x.png"]


# --- recipes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.webp", "out.tif"])
def test_a_result_holds_its_recipe(photo: Path, pipeline: FakePipeline, name: str) -> None:
    made = ["--seed", "7", "--stroke", "2", "--steps", "3"]
    assert main(["stylize", "cat.png", "pop art, red", "-o", name, *made, "--quiet"]) == 0
    first = Path(name).read_bytes()
    assert main(["stylize", "cat.png", "--recipe", name, "-o", f"again-{name}", "--quiet"]) == 0
    assert Path(f"again-{name}").read_bytes() == first
    assert pipeline.calls[0] == pipeline.calls[1]
    recipe, made_with = Recipe.from_json(read_recipe(name) or "")
    assert recipe == Recipe.of("pop art, red", seed=7, stroke=2, steps=3)
    assert made_with["weights"] == "no weights" and len(made_with["photo"]) == 16


def test_a_saved_recipe_makes_the_same_bytes(photo: Path, pipeline: FakePipeline) -> None:
    command = ["stylize", "cat.png", "fauvism", "-o", "a.png", "--texture", "3", "--quiet"]
    assert main([*command, "--save-recipe", "r.json"]) == 0
    assert main(["stylize", "cat.png", "--recipe", "r.json", "-o", "b.png", "--quiet"]) == 0
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()
    changed = ["--recipe", "r.json", "-o", "c.png", "--seed", "3", "--quiet"]
    assert main(["stylize", "cat.png", "cubism", *changed]) == 0
    assert pipeline.calls[2] == {**pipeline.calls[0], "prompt": "cubism", "seed": 3}


def test_metadata_can_be_left_out(photo: Path, pipeline: FakePipeline) -> None:
    command = ["stylize", "cat.png", "x", "-o", "out.png", "--no-metadata", "--quiet"]
    assert main(command) == 0
    assert read_recipe("out.png") is None
    assert main(["stylize", "cat.png", "--recipe", "out.png", "--quiet"]) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "recipe is not JSON"),
        ('{"version": 9}', "version should be 1"),
        ('{"version": 1, "parts": [{"text": "x"}], "stroke": 99}', "stroke should be from 0.1 to"),
        ('{"version": 1, "parts": [{"text": "x"}], "strok": 1}', "strok is no field"),
        ('{"version": 1, "parts": [{"text": " "}]}', "parts[0].text is empty"),
        ('{"parts": [{"text": "x"}]}', "version is missing"),
        (
            '{"version": 1, "parts": [{"text": "x"}], "regions": [{"parts": [{"text": "x"}], '
            '"mask": "aGVsbG8="}]}',
            "regions[0].mask is not a PNG picture",
        ),
        ("", "is empty"),
        ("hello", "not a picture"),
    ],
)
def test_a_bad_recipe_is_one_line(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    text: str,
    words: str,
) -> None:
    Path("r.json").write_text(text)
    assert main(["stylize", "cat.png", "--recipe", "r.json"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("stylemamba: error: r.json: ") and words in captured.err
    assert captured.err.count("\n") == 1 and pipeline.loaded == []


def test_a_recipe_of_other_models_is_noted(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stylize", "cat.png", "x", "-o", "a.png", "--quiet"]) == 0
    pipeline.digest = "new weights"
    assert main(["stylize", "cat.png", "--recipe", "a.png", "-o", "b.png"]) == 0
    assert "made with other models" in capsys.readouterr().err


def test_nothing_of_another_job_is_replaced(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["stylize", "cat.png", "x", "-o", "out.png", "--trace", "t.json", "--steps", "2"]
    for _ in range(2):  # the very same job may
        assert main([*command, "--quiet"]) == 0
    first = Path("out.png").read_bytes()
    for other in (["--seed", "1"], ["--strength", "0.5"]):
        assert main([*command, *other]) == 1
        captured = capsys.readouterr()
        assert "--overwrite" in captured.err and captured.err.count("\n") == 1
    assert Path("out.png").read_bytes() == first and len(pipeline.calls) == 2
    assert main([*command, "--seed", "1", "--overwrite", "--quiet"]) == 0
    assert Path("out.png").read_bytes() != first
    assert main(["stylize", "cat.png", "y", "-o", "new.png", "--trace", "t.json"]) == 1
    assert "t.json: is there already" in capsys.readouterr().err


@pytest.mark.parametrize(
    "prompt",
    ["🎨", "浮世絵", "ليلة", "a" * 10_000, "two words " * 1000, "--", "a\nb\0c", "x" * 251],
)
def test_any_prompt_with_text(photo: Path, pipeline: FakePipeline, prompt: str) -> None:
    assert main(["stylize", "--json", "cat.png", "--", prompt]) == 0
    assert pipeline.calls[0]["prompt"] == prompt.strip()
    assert len(os.listdir()) == 2


def test_trace(photo: Path, pipeline: FakePipeline) -> None:
    assert main(["stylize", "cat.png", "x", "--steps", "2", "--trace", "t.json", "--quiet"]) == 0
    assert json.loads(Path("t.json").read_text()) == [
        {"directional": 1.0, "content": 0.5},
        {"directional": 0.5, "content": 0.5},
        {"directional": pytest.approx(1 / 3), "content": 0.5},
    ]


def test_interrupt_writes_the_best_picture_and_exits_130(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.stop_after = 12
    command = ["stylize", "cat.png", "x", "-o", "out.png", "--json", "--trace", "t.json"]
    assert main([*command, "--steps", "40"]) == 130
    captured = capsys.readouterr()
    assert captured.err == "stylemamba: interrupted after 12 steps\n"
    summary = json.loads(captured.out)
    assert summary["interrupted"] is True and summary["steps"] == 12
    assert Image.open("out.png").size == (30, 20)
    assert len(json.loads(Path("t.json").read_text())) == 13


def test_interrupt_while_loading_writes_nothing(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.error = KeyboardInterrupt()
    assert main(["stylize", "cat.png", "x", "-o", "out.png"]) == 130
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.strip() == "stylemamba: interrupted"
    assert os.listdir() == ["cat.png"]


@pytest.mark.parametrize("name", ["cat.png", "./cat.png", "link.png", "hard.png", "../{}/cat.png"])
def test_the_photo_is_never_overwritten(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    before = photo.read_bytes()
    Path("link.png").symlink_to("cat.png")
    os.link("cat.png", "hard.png")
    name = name.format(Path.cwd().name)
    for option in ("--output", "--trace"):
        assert main(["stylize", "cat.png", "x", option, name]) == 2
        assert "overwrite" in capsys.readouterr().err
    assert photo.read_bytes() == before and pipeline.loaded == []


def test_trace_and_output_must_differ(photo: Path, pipeline: FakePipeline) -> None:
    assert main(["stylize", "cat.png", "x", "-o", "a.png", "--trace", "./a.png"]) == 2


@pytest.mark.parametrize(
    ("option", "name"),
    [
        *(
            (option, name)
            for option in ("--output", "--trace", "--save-recipe")
            for name in ("none/a.png", "/proc/a.png", "x" * 300 + ".png")
        ),
        ("--trace", "folder.png"),
        ("--save-recipe", "folder.png"),
        ("--output", "none/there/"),
    ],
)
def test_unwritable_places_are_found_before_any_work(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    option: str,
    name: str,
) -> None:
    Path("folder.png").mkdir()
    assert main(["stylize", "cat.png", "x", option, name]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.count("\n") == 1
    assert pipeline.loaded == [] and sorted(os.listdir()) == ["cat.png", "folder.png"]


def test_unknown_extension(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stylize", "cat.png", "x", "-o", "out.xyz"]) == 1
    assert ".png, .jpg" in capsys.readouterr().err and pipeline.loaded == []


@pytest.mark.parametrize("option", ["--trace", "--save-recipe"])
def test_files_that_are_not_ours_are_not_replaced_in_a_second_run(
    photo: Path, pipeline: FakePipeline, option: str
) -> None:
    command = ["stylize", "cat.png", "x", "-o", "out.png", "--steps", "2", "--quiet"]
    assert main([*command, option, "extra.json"]) == 0
    assert main([*command, option, "extra.json"]) == 0
    Path("notes.txt").write_text("precious")
    assert main([*command, option, "notes.txt"]) == 1
    assert Path("notes.txt").read_text() == "precious"


def test_a_foreign_file_is_replaced_when_told_so(photo: Path, pipeline: FakePipeline) -> None:
    Path("out.png").write_bytes(b"old")
    command = ["stylize", "cat.png", "x", "-o", "out.png", "--quiet"]
    assert main(command) == 1 and Path("out.png").read_bytes() == b"old"
    assert main([*command, "--overwrite"]) == 0
    assert Image.open("out.png").size == (30, 20)


def test_low_coverage_is_one_warning(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.coverage_value = 0.1
    assert main(["stylize", "cat.png", "z" * 10_000, "--json"]) == 0
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and len(captured.err) < 300
    assert "0.10" in captured.err and "ukiyo-e, woodcut, etching" in captured.err
    assert json.loads(captured.out)["notes"] == [captured.err.strip().split(": ", 1)[1]]
    assert main(["stylize", "cat.png", "z", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_no_coverage_is_null_and_no_warning(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.coverage_value = None
    assert main(["stylize", "cat.png", "x", "--json", "--preset", "paper"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert json.loads(captured.out)["coverage"] is None


def test_alpha_is_kept_and_its_loss_noted(
    photo: Path, pipeline: FakePipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGBA", (30, 20), (9, 9, 9, 77)).save("clear.png")
    assert main(["stylize", "clear.png", "x", "-o", "out.png"]) == 0
    assert Image.open("out.png").getpixel((3, 3)) == (246, 246, 246, 77)
    assert capsys.readouterr().err == ""
    assert main(["stylize", "clear.png", "x", "-o", "out.jpg"]) == 0
    assert "no transparency" in capsys.readouterr().err


def test_failures_are_one_line(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for error, words in [
        (StyleMambaError("weights missing: reinstall"), "error: weights missing: reinstall"),
        (MemoryError(), "smaller --size"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory\nhere"), "smaller --size"),
        (TypeError("a bug\non two lines"), "internal error: TypeError: a bug on two lines"),
    ]:
        pipeline.error = error
        assert main(["stylize", "cat.png", "x", "-o", "out.png"]) == 1
        captured = capsys.readouterr()
        assert words in captured.err and captured.err.count("\n") == 1 and captured.out == ""
    assert os.listdir() == ["cat.png"]
    monkeypatch.setenv("STYLEMAMBA_TRACEBACK", "1")
    with pytest.raises(TypeError, match="a bug"):
        main(["stylize", "cat.png", "x", "-o", "out.png"])


def test_progress_with_losses_on_a_terminal_only(
    photo: Path,
    pipeline: FakePipeline,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert main(["stylize", "cat.png", "/bold/ pencil", "--json", "--steps", "40"]) == 0
    captured = capsys.readouterr()
    assert "40/40 /bold/ pencil" in captured.err and "directional 0.024" in captured.err
    json.loads(captured.out)
    assert main(["stylize", "cat.png", "pencil", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
