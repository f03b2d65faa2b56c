from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.images import read_image, write_image
from stylemamba.files.metadata import read_recipe, refuse_foreign

SUFFIXES = [".png", ".jpg", ".webp", ".tif"]
RECIPE = json.dumps({"prompt": 'été "浮世絵" 🎨\n', "seed": 1})
PICTURE = Image.linear_gradient("L").resize((24, 16)).convert("RGB")
ALPHA = Image.radial_gradient("L").resize((24, 16))


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("alpha", [None, ALPHA])
def test_a_recipe_comes_back_and_changes_nothing_else(
    tmp_path: Path, suffix: str, alpha: Image.Image | None
) -> None:
    path, plain = tmp_path / f"a{suffix}", tmp_path / f"b{suffix}"
    assert write_image(PICTURE, path, alpha, RECIPE) == ()
    assert write_image(PICTURE, plain, alpha) == ()
    assert read_recipe(path) == RECIPE and read_recipe(plain) is None
    ours, theirs = read_image(path), read_image(plain)
    np.testing.assert_array_equal(np.asarray(ours.rgb), np.asarray(theirs.rgb))
    assert (ours.alpha is None) == (theirs.alpha is None) == (alpha is None or suffix == ".jpg")
    assert ours.notes == ()
    if ours.alpha is not None and theirs.alpha is not None:
        np.testing.assert_array_equal(np.asarray(ours.alpha), np.asarray(theirs.alpha))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_picture_and_text_give_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        write_image(PICTURE, tmp_path / f"{name}{suffix}", ALPHA, RECIPE)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_recipe_of_1_mb(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    recipe = json.dumps({"prompts": "paint " * 200_000})
    notes = write_image(PICTURE, path, recipe=recipe)
    read = read_recipe(path)
    if suffix == ".jpg":
        assert read is None and len(notes) == 1 and "64 KB" in notes[0]
    else:
        assert read == recipe and notes == ()


def test_the_longest_recipe_of_a_jpeg(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    kept = [
        size for size in range(65400, 65540) if not write_image(PICTURE, path, None, "x" * size)
    ]
    assert kept == list(range(65400, max(kept) + 1)) and max(kept) > 65440
    write_image(PICTURE, path, None, "x" * max(kept))
    assert read_recipe(path) == "x" * max(kept)


def test_what_is_no_recipe_of_ours(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0holiday"
    PICTURE.save(tmp_path / "a.jpg", exif=exif)
    assert read_recipe(tmp_path / "a.jpg") is None
    PICTURE.save(tmp_path / "a.tif", description="holiday")
    assert read_recipe(tmp_path / "a.tif") is None
    PICTURE.save(tmp_path / "a.gif")
    assert read_recipe(tmp_path / "a.gif") is None


@pytest.mark.parametrize("name", ["a.json", "none.png", ""])
def test_what_is_no_picture(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.json").write_text(RECIPE)
    with pytest.raises(StyleMambaError) as caught:
        read_recipe(tmp_path / name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("recipe", ["é", "a\0b"])
def test_a_recipe_is_ascii(tmp_path: Path, recipe: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        write_image(PICTURE, tmp_path / "a.png", recipe=recipe)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_only_the_result_of_the_same_job_is_replaced(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    refuse_foreign(path, RECIPE)
    write_image(PICTURE, path, recipe=RECIPE)
    refuse_foreign(path, RECIPE)
    for recipe, content in [(RECIPE + " ", None), (RECIPE, b"notes"), (RECIPE, b"")]:
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(StyleMambaError, match="--overwrite") as caught:
            refuse_foreign(path, recipe)
        assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    write_image(PICTURE, path)
    with pytest.raises(StyleMambaError, match="-o"):
        refuse_foreign(path, RECIPE)
