from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from stylemamba.files import fonts
from stylemamba.files.fonts import Lettering

PLAIN = "Rembrandt, 'dark' golden light - No. 7!"


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path | None]:
    """A machine whose only fonts are those that a test puts into its folder."""
    yield from machine(monkeypatch, None)


def machine(monkeypatch: pytest.MonkeyPatch, folder: Path | None) -> Iterator[Path | None]:
    monkeypatch.setattr(fonts, "_font_folders", lambda: [folder] if folder else [])
    for cached in (fonts._system_fonts, fonts._find_fonts):
        cached.cache_clear()
    yield folder
    for cached in (fonts._system_fonts, fonts._find_fonts):
        cached.cache_clear()


@pytest.fixture
def one_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path | None]:
    """Pillow's own font as the only one of the system, and the letters G and Q taken from ours."""
    font = ImageFont.load_default(20)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "Sans.ttf").write_bytes(font.path.getvalue())  # type: ignore[union-attr]
    (tmp_path / "a.ttf").write_bytes(b"no font")
    (tmp_path / "LastResort.otf").write_bytes(font.path.getvalue())  # type: ignore[union-attr]
    rest = fonts._characters_of_default() - set("GQ")
    monkeypatch.setattr(fonts, "_characters_of_default", lambda: rest)
    yield from machine(monkeypatch, tmp_path)


def drawn(letters: Lettering, text: str) -> np.ndarray:
    image = Image.new("RGB", (400, 40), "white")
    letters.draw(ImageDraw.Draw(image), (5, 5), letters.readable(text))
    return np.asarray(image)


def test_plain_labels_look_as_pillow_sets_them() -> None:
    image = Image.new("RGB", (400, 40), "white")
    font = ImageFont.load_default(18)
    ImageDraw.Draw(image).text((5, 5), PLAIN, fill="black", font=font)
    for others in ([], ["живопись", "浮世絵"]):
        letters = Lettering(18, [PLAIN, *others])
        np.testing.assert_array_equal(drawn(letters, PLAIN), np.asarray(image))
        assert letters.length(PLAIN) == font.getlength(PLAIN)


@pytest.mark.usefixtures("no_fonts")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PLAIN, PLAIN),
        ("Žluťoučký é", "Zlutoucky e"),
        ("e\u0301te\u0301", "ete"),
        ("a\u200db\ufe0f\u00adc", "abc"),
        ("Łódź, Øre, cœur, Straße", "Lodz, Ore, coeur, Strasse"),
        ("a – b", "a - b"),
        ("a\u3000b\n c", "a b c"),
        ("ﬁne ①", "fine 1"),
        ("🎨🖌️ art", "[artist palette] [lower left paintbrush] art"),
        ("浮世絵", "U+6D6E U+4E16 U+7D75"),
        ("жa", "U+0436 a"),
        ("\ue000", "U+E000"),
        ("", ""),
    ],
)
def test_what_no_font_has_is_written_otherwise(text: str, expected: str) -> None:
    letters = Lettering(16, [text])
    assert letters.readable(text) == expected
    assert not set(expected) - fonts._characters_of_default() - {" "}


@pytest.mark.usefixtures("no_fonts")
def test_boxes_are_told_from_letters() -> None:
    has = fonts._characters_of_default()
    assert set("azAZ09.,!?()'\"-") <= has
    assert not has & set("жλ\u0301\u00a0\ue000")


@pytest.mark.usefixtures("one_font")
def test_letters_come_from_a_font_of_the_system() -> None:
    text = "Goya QG Q"
    letters = Lettering(18, [text])
    assert letters.readable(text) == text
    others = {id(font) for font, _ in letters._runs(text)} - {id(letters._plain)}
    assert len(others) == 1
    assert fonts._find_fonts(frozenset("GQж")).keys() == set("GQ")
    assert all(path.endswith("Sans.ttf") for path in fonts._find_fonts(frozenset("GQ")).values())
    plain = Image.new("RGB", (400, 40), "white")
    ImageDraw.Draw(plain).text((5, 5), "Q", fill="black", font=ImageFont.load_default(18))
    ink = drawn(letters, "Q") < 128
    assert 0.7 < ink.sum() / (np.asarray(plain) < 128).sum() < 1.3


@pytest.mark.usefixtures("one_font")
def test_runs_of_a_script_stay_together() -> None:
    letters = Lettering(18, ["GQ QG ab"])
    assert [run for _, run in letters._runs("GQ QG ab")] == ["GQ QG ", "ab"]


@pytest.mark.skipif(not fonts._find_fonts(frozenset("ж")), reason="needs a font with Cyrillic")
def test_a_font_of_this_system_stays_in_its_line() -> None:
    letters = Lettering(18, ["Живопись щёк"])
    assert letters.readable("Живопись щёк") == "Живопись щёк"
    rows = np.flatnonzero((drawn(letters, "Живопись щёк") < 128).any((1, 2)))
    assert rows.min() >= 5 - 1 and rows.max() <= 5 + letters.line + 1
    assert len(rows) > 8


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_font_folders(system: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fonts.sys, "platform", system)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_DATA_DIRS", "XDG_DATA_HOME", "LOCALAPPDATA", "WINDIR"):
        monkeypatch.delenv(name, raising=False)
    folders = [str(folder) for folder in fonts._font_folders()]
    assert {"linux": "/usr/share/fonts", "darwin": "/System/Library/Fonts", "win32": "Fonts"}[
        system
    ] in "".join(folders)
    assert any(folder.startswith(str(tmp_path)) for folder in folders)
