from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.images import as_photo
from stylemamba.files.reading import Photo
from stylemamba.painting.region_specs import RegionSpec, protected
from stylemamba.portable.geometry import Array
from stylemamba.portable.recipe import Recipe, Region, StylePart
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.portable.region_maps import region_maps
from stylemamba.segmentation import Found


@pytest.fixture
def photo() -> Photo:
    return as_photo(Image.new("RGB", (80, 40), "grey"))


class LeftHalf:
    """Finds everything in the left half, and is sure of all but the sky."""

    def knows(self, word: str) -> bool:
        return word in ("subject", "person", "face", "sky", "a dog")

    def find(self, photo: object, word: str) -> Found:
        assert self.knows(word)
        mask = np.zeros((40, 80), np.float32)
        mask[:, :40] = 1
        return Found(mask, 0.3 if word == "sky" else 0.9)


def drawn(region: Region) -> Array:
    """Where it is, on an 8 x 4 grid."""
    maps = region_maps(Recipe((), (region,)), 4, 8)
    assert maps is not None
    return maps[1]


@pytest.mark.parametrize(
    ("text", "place", "prompt", "strength"),
    [
        ("left=pop art", "left", "pop art", 1),
        ('sky="starry night"@0.8', "sky", "starry night", 0.8),
        ("10,20,30,40='ink'@2", "10,20,30,40", "ink", 2),
        ("left=dots @ home", "left", "dots @ home", 1),
        ("top=a=b", "top", "a=b", 1),
    ],
)
def test_the_form(text: str, place: str, prompt: str, strength: float) -> None:
    spec = RegionSpec.of(text)
    (part,) = spec.parts
    assert (spec.place, part.text, spec.strength) == (place, prompt, strength)


def test_prompts_with_weights() -> None:
    parts = RegionSpec.of('left="ink::2 wash::1"@0.5').parts
    assert [(part.text, part.weight) for part in parts] == [("ink", 2), ("wash", 1)]


@pytest.mark.parametrize("text", ["left", "=ink", "left=", 'left=""@1', "left=[a|b]"])
def test_other_forms_are_refused(text: str) -> None:
    with pytest.raises(RecipeError, match="another form: write --region|is not understood"):
        RegionSpec.of(text)


@pytest.mark.parametrize(
    ("place", "box"),
    [
        ("left", (0, 0, 0.5, 1)),
        ("20,10,40,20", (0.25, 0.25, 0.5, 0.5)),
        ("25%,25%,50%,20", (0.25, 0.25, 0.5, 0.5)),
        ("-40 0 60 400", (0, 0, 0.25, 1)),
    ],
)
def test_boxes(photo: Photo, place: str, box: tuple[float, ...]) -> None:
    region = RegionSpec.of(f"{place}=ink@0.5").region(photo, LeftHalf())
    assert region.box == pytest.approx(box) and region.strength == 0.5


def test_polygons(photo: Photo) -> None:
    region = RegionSpec.of("0,0 40,0 40,40 0,40=ink").region(photo, LeftHalf())
    assert drawn(region)[:, :3].min() > 0.9 and drawn(region)[:, 5:].max() < 0.1


@pytest.mark.parametrize("kind", ["L", "RGBA"])
def test_masks_of_grey_or_alpha(photo: Photo, tmp_path: Path, kind: str) -> None:
    grey = np.zeros((10, 20), np.uint8)
    grey[:, 10:] = 255
    mask = Image.fromarray(grey)
    if kind == "RGBA":
        mask = Image.merge("RGBA", [Image.new("L", mask.size, 30)] * 3 + [mask])
    mask.save(tmp_path / "a mask.png")
    region = RegionSpec.of(f"{tmp_path / 'a mask.png'}=ink").region(photo, LeftHalf())
    assert drawn(region)[:, :3].max() < 0.1 and drawn(region)[:, 5:].min() > 0.9


@pytest.mark.parametrize(
    ("word", "left"),
    [
        ("subject", True),
        ("foreground", True),
        ("background", False),
        ("faces", True),
        ("a dog", True),
        ("people", True),
    ],
)
def test_what_is_seen(photo: Photo, word: str, left: bool) -> None:
    half = drawn(RegionSpec.of(f"{word}=ink").region(photo, LeftHalf()))
    inside, outside = (half[:, :3], half[:, 5:])[:: 1 if left else -1]
    assert inside.min() > 0.9 and outside.max() < 0.1


def test_a_file_goes_before_a_word(
    photo: Photo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("L", (4, 4), "white").save("a dog", "PNG")
    assert drawn(RegionSpec.of("a dog=ink").region(photo, LeftHalf())).min() > 0.9


def test_protected_faces() -> None:
    region = protected((StylePart("ink"),), LeftHalf().find(None, "face"), 0.75)
    assert region.strength == 0.25 and drawn(region)[:, :2].min() > 0.9
    with pytest.raises(RecipeError, match="protect should be from 0 to 1"):
        protected((StylePart("ink"),), LeftHalf().find(None, "face"), 1.5)


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("sky", r"no sky is found in this photo \(confidence 0.30\)"),
        ("nowhere", "neither a file, nor a box.* sky, left.* --segmenter hub finds what other"),
        ("no.png", "neither a file, nor a box.* top, bottom, centre, center$"),
        ("100,0,20,20", "this box is outside of the photo"),
        ("1,2,3", "a box has four numbers, a polygon three points"),
        ("1,2,3,4,5", "a box has four numbers, a polygon three points"),
        ("200,0 300,0 300,9", "this polygon is outside of the photo"),
        ("black.png", "this mask is black"),
        ("text.png", "text.png"),
    ],
)
def test_places_that_are_not_there(
    photo: Photo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("L", (5, 5)).save("black.png")
    Path("text.png").write_text("no picture")
    with pytest.raises(StyleMambaError, match=said):
        RegionSpec.of(f"{place}=ink").region(photo, LeftHalf())
