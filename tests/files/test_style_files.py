from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.style_files import Shelf, StyleFile, preview_of, usual_places
from stylemamba.portable.finish import NUMBERS as FINISH_NUMBERS
from stylemamba.portable.learnt import Learnt
from stylemamba.portable.parts import NUMBERS, PARTS
from stylemamba.portable.recipe import Recipe, Region, StylePart


def style(*names: str, level: int = 1) -> StyleFile:
    learnt = Learnt(
        codes=np.full((2, 4), level, np.int8),
        parts=np.zeros((2, PARTS, NUMBERS), np.int8),
        mark_amounts=np.array([[70], [100]], np.uint8),
        finishes=np.zeros((2, FINISH_NUMBERS), np.float16),
        marks=("strokes",),
        space="abc",
    )
    preview = preview_of(Image.new("RGB", (300, 100), (9, 99, 200)))
    return StyleFile(names, learnt, "free to use", (preview, preview))


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "quilts.style"
    made = style("my grandmother's quilts", "quilts")
    made.save(path)
    found = StyleFile.load(path)
    assert (found.names, found.licence, found.path) == (made.names, "free to use", path)
    assert found.learnt.to_text() == made.learnt.to_text()
    with Image.open(BytesIO(found.previews[1])) as preview:
        assert preview.size == (128, 43)
    first = path.read_bytes()
    found.save(path)
    assert path.read_bytes() == first


def test_what_is_no_style_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.style"
    with pytest.raises(StyleMambaError, match=r"a\.style: is not there"):
        StyleFile.load(path)
    style("a").save(path)
    whole = path.read_bytes()
    for content in (b"", b"text", whole[:-30], whole[:200], whole.replace(b"names", b"nemas")):
        path.write_bytes(content)
        with pytest.raises(StyleMambaError, match=r"a\.style: is (damaged|no style)"):
            StyleFile.load(path)


def test_a_folder_with_a_damaged_one(tmp_path: Path) -> None:
    style("a").save(tmp_path / "a.style")
    (tmp_path / "b.style").write_bytes(b"text")
    (tmp_path / "c.txt").write_bytes(b"text")
    shelf = Shelf.load([tmp_path])
    assert [each.names for each in shelf.styles] == [("a",)]
    (line,) = shelf.skipped
    assert "b.style: is damaged" in line
    with pytest.raises(StyleMambaError, match="damaged"):
        Shelf.load([tmp_path / "b.style"])


def test_prompts_find_them_by_name() -> None:
    first, other = style("my quilts", "quilts", level=1), style("rugs", level=2)
    shelf = Shelf((style("quilts", level=9), first, other))
    recipe = shelf.applied(Recipe.of("My  QUILTS::2 cubism::1"))
    quilts, cubism = recipe.parts
    assert quilts == StylePart("My  QUILTS", 2, learnt=first.learnt.to_text())
    assert cubism == StylePart("cubism")
    assert shelf.applied(recipe) == recipe

    mixed = shelf.applied(Recipe.of("quilts, dark blue, rugs, cats::3"))
    assert [(part.text, part.weight, part.learnt) for part in mixed.parts] == [
        ("quilts", 0.75, first.learnt.to_text()),
        ("rugs", 0.75, other.learnt.to_text()),
        ("dark blue, cats", 1.5, None),
    ]
    for prompt in ("quilts and rugs", "a quilt", "cubism"):
        assert shelf.applied(Recipe.of(prompt)) == Recipe.of(prompt)
    region = Region((StylePart("rugs"),), box=(0, 0, 1, 1))
    kept = shelf.applied(Recipe((), (region,)))
    assert kept.parts == () and kept.regions[0].parts[0].learnt == other.learnt.to_text()


def test_usual_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("APPDATA", str(tmp_path))
    monkeypatch.delenv("STYLEMAMBA_STYLES", raising=False)
    assert usual_places() == []
    own = tmp_path / "stylemamba" / "styles"
    own.mkdir(parents=True)
    monkeypatch.setenv("STYLEMAMBA_STYLES", "one.style")
    assert usual_places() == [own, Path("one.style")]
