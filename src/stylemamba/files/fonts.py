"""Lettering in any script: Pillow's own font, and for what it lacks those of the system."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from PIL import ImageDraw, ImageFont

_SUFFIXES = (".ttf", ".otf", ".ttc")
_MOST_FONTS = 3000
_CHECKED_SIZE = 24
_NOT_DEFINED = "\U0010ffff"  # never a character, so every font draws its box for it, or nothing
_PLACEHOLDERS = ("lastresort", "adobeblank")  # fonts that draw something for every character
_VARIANTS = (
    "bold", "italic", "oblique", "light", "thin", "black", "heavy", "medium", "condensed", "mono",
    "narrow", "semi", "math", "symbol", "display",
)  # fmt: skip
_LATIN = re.compile(r"LATIN (SMALL|CAPITAL) (?:LETTER|LIGATURE) ([A-Z]{1,2})( WITH .*)?")


class Lettering:
    """Sets text of any script in one size.

    What Pillow's own font has is set in it, so such text always looks the same. Other characters
    come from the first font of the system that has them, scaled to the line. What no font has is
    written in another way: without its accents, by its name (symbols), or as its code point.

    Args:
        size: Of the letters, in px.
        texts: All that will be set.

    Attributes:
        line: Height of a line in px.
    """

    def __init__(self, size: int, texts: Iterable[str]) -> None:
        self._plain = _default_font(size)
        self._ascent = self._plain.getmetrics()[0]
        self.line = int(self._plain.getbbox("Ag")[3]) + 2
        lacking = frozenset("".join(texts).translate({32: None})) - _characters_of_default()
        lacking |= {part for letter in lacking for part in _tidy(letter)}
        found = _find_fonts(lacking)
        fonts = {path: self._scaled(path, size) for path in set(found.values())}
        self._others = {letter: fonts[path] for letter, path in found.items()}

    def readable(self, text: str) -> str:
        """The same text in characters that some font has, its white space made single spaces."""
        parts = [self._shown(letter) for letter in _tidy(" ".join(text.split()))]
        return " ".join("".join(parts).split())

    def length(self, text: str) -> float:
        """Width of a readable text in px."""
        return sum(font.getlength(run) for font, run in self._runs(text))

    def draw(self, draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str) -> None:
        """Draws a readable text in black, the upper left corner of its line at `place`."""
        x, y = place
        for font, run in self._runs(text):
            draw.text((x, y + self._ascent), run, fill="black", font=font, anchor="ls")
            x += font.getlength(run)

    def _runs(self, text: str) -> list[tuple[ImageFont.FreeTypeFont, str]]:
        """Pieces of a text that are set in one font; a space belongs to what stands before it."""
        runs: list[tuple[ImageFont.FreeTypeFont, str]] = []
        for letter in text:
            font = self._others.get(letter, self._plain)
            if runs and (letter == " " or runs[-1][0] is font):
                runs[-1] = (runs[-1][0], runs[-1][1] + letter)
            else:
                runs.append((font, letter))
        return runs

    def _shown(self, letter: str) -> str:
        if self._has(letter):
            return letter
        for other in (unicodedata.normalize("NFKD", letter), letter.casefold()):
            bare = [part for part in other if not _is_mark(part)]
            if bare and all(self._has(part) for part in bare):
                return "".join(bare)
        name = unicodedata.name(letter, "")
        latin = _LATIN.fullmatch(name)
        if latin:
            return latin[2].lower() if latin[1] == "SMALL" else latin[2]
        kind = unicodedata.category(letter)
        if kind == "Pd":
            return "-"
        if _is_mark(letter):
            return ""
        if kind.startswith("S") and name:
            return f" [{name.lower()}] "
        return f" U+{ord(letter):04X} "

    def _has(self, letter: str) -> bool:
        return letter == " " or letter in self._others or letter in _characters_of_default()

    def _scaled(self, path: str, size: int) -> ImageFont.FreeTypeFont:
        """A font of the system, no higher above or below the base line than the line is."""
        font = _open_font(path, size)
        ascent, descent = font.getmetrics()
        scale = min(1, self._ascent / max(ascent, 1), (self.line - self._ascent) / max(descent, 1))
        return font if scale == 1 else _open_font(path, max(6, int(size * scale)))


def _tidy(text: str) -> str:
    """Composed, without control and format characters and the selectors of variants."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(
        letter
        for letter in composed
        if unicodedata.category(letter) not in ("Cc", "Cf") and not _is_selector(letter)
    )


def _is_mark(letter: str) -> bool:
    return unicodedata.category(letter).startswith("M")


def _is_selector(letter: str) -> bool:
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"


def _default_font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # it is, wherever Pillow has FreeType
    return font


@lru_cache(maxsize=1)
def _characters_of_default() -> frozenset[str]:
    font = _default_font(_CHECKED_SIZE)
    return _covered(font, frozenset(map(chr, range(0x21, 0x3000))))


def _covered(font: ImageFont.FreeTypeFont, letters: frozenset[str]) -> frozenset[str]:
    """The characters that a font has: those that it draws, and not as it draws what it lacks."""
    box = font.getmask(_NOT_DEFINED)
    lacking = (box.size, bytes(box))

    def has(letter: str) -> bool:
        mask = font.getmask(letter)
        drawn = bytes(mask)
        return any(drawn) and (mask.size, drawn) != lacking

    return frozenset(letter for letter in letters if has(letter))


@lru_cache(maxsize=64)
def _find_fonts(letters: frozenset[str]) -> dict[str, str]:
    """For each character the path of a font that has it, if there is one."""
    found: dict[str, str] = {}
    left = letters
    for path in _system_fonts() if left else ():
        try:
            # The basic layout: the other one draws a circle for a mark that stands alone.
            font = _open_font(path, _CHECKED_SIZE, ImageFont.Layout.BASIC)
            here = _covered(font, left)
        except (OSError, ValueError):  # damaged, or a picture font that has other sizes only
            continue
        found |= dict.fromkeys(here, path)
        left -= here
        if not left:
            break
    return found


def _open_font(
    path: str, size: int, layout: ImageFont.Layout | None = None
) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=layout)


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[str, ...]:
    """The fonts of this machine, plain ones first."""
    paths = [
        os.path.join(folder, name)
        for root in _font_folders()
        for folder, _, names in os.walk(root)
        for name in names
        if name.lower().endswith(_SUFFIXES)
        and not any(word in name.lower() for word in _PLACEHOLDERS)
    ]

    def rank(path: str) -> tuple[int, bool, str]:
        name = os.path.basename(path).lower()
        return sum(word in name for word in _VARIANTS), "sans" not in name, path

    return tuple(sorted(paths, key=rank)[:_MOST_FONTS])


def _font_folders() -> list[Path]:
    """Where this system keeps its fonts."""
    try:
        home = Path.home()
    except RuntimeError:  # no home folder
        home = Path()
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
        windows = Path(os.environ.get("WINDIR", r"C:\Windows"))
        return [windows / "Fonts", local / "Microsoft" / "Windows" / "Fonts"]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts"]
    data = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    own = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    folders = [Path(folder) / "fonts" for folder in data.split(":") if folder]
    return [own / "fonts", home / ".fonts", *folders]
