"""Files of styles of one's own: what was learnt of a few pictures, to be given away."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from stylemamba.errors import StyleMambaError
from stylemamba.files.atomic import atomic_writer
from stylemamba.files.images import fit_size, resize
from stylemamba.portable.learnt import ARRAYS, Learnt
from stylemamba.portable.recipe import Recipe, StylePart

SUFFIX = ".style"
VARIABLE = "STYLEMAMBA_STYLES"
"""Files and folders of styles, separated as in PATH."""
PREVIEW_SIDE = 128
_FORMAT = "stylemamba style 2"


@dataclass(frozen=True)
class StyleFile:
    """A style of one's own.

    Attributes:
        names: By which prompts find it; at least one.
        learnt: What is known of its pictures.
        licence: What its maker says of its use.
        previews: JPEG files of its pictures, `PREVIEW_SIDE` px at most.
        path: Where it was read from.
    """

    names: tuple[str, ...]
    learnt: Learnt
    licence: str = ""
    previews: tuple[bytes, ...] = ()
    path: Path | None = None

    def save(self, path: Path) -> None:
        """Writes it as one safetensors file.

        Raises:
            StyleMambaError: It can't be written there.
        """
        arrays = {name: np.ascontiguousarray(getattr(self.learnt, name)) for name in ARRAYS}
        for number, preview in enumerate(self.previews):
            arrays[f"preview.{number}"] = np.frombuffer(preview, dtype=np.uint8)
        about = {
            "names": self.names,
            "marks": self.learnt.marks,
            "space": self.learnt.space,
            "licence": self.licence,
        }
        with atomic_writer(path) as file:  # of several keys, safetensors makes a random order
            file.write(save(arrays, {_FORMAT: json.dumps(about)}))

    @classmethod
    def load(cls, path: Path) -> StyleFile:
        """What `save` wrote.

        Raises:
            StyleMambaError: It is not there, or damaged, or no style.
        """
        try:
            with safe_open(path, "numpy") as file:
                metadata = file.metadata() or {}
                if _FORMAT not in metadata:
                    raise StyleMambaError(f"{path}: is no style; make one with stylemamba learn")
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            about = json.loads(metadata[_FORMAT])
            learnt = Learnt(
                **{name: arrays[name] for name in ARRAYS},
                marks=tuple(about["marks"]),
                space=about["space"],
            ).checked()
            names, licence = tuple(map(str, about["names"])), str(about["licence"])
        except FileNotFoundError as error:
            raise StyleMambaError(f"{path}: is not there") from error
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            raise StyleMambaError(f"{path}: is damaged; learn it again") from error
        previews = [name for name in arrays if name.startswith("preview.")]
        return cls(
            names=names,
            learnt=learnt,
            licence=licence,
            previews=tuple(arrays[name].tobytes() for name in sorted(previews)),
            path=path,
        )


@dataclass(frozen=True)
class Shelf:
    """Styles of one's own, to be found by their names in prompts.

    Attributes:
        styles: A later one takes the place of earlier ones of the same name.
        skipped: A line for each file of a folder that could not be read.
    """

    styles: tuple[StyleFile, ...] = ()
    skipped: tuple[str, ...] = ()

    @classmethod
    def load(cls, places: Iterable[Path]) -> Shelf:
        """The styles of files, and of all files ending in .style in folders.

        Raises:
            StyleMambaError: One of the files is not there, or damaged; those of folders are
                skipped.
        """
        styles, skipped = [], []
        for place in places:
            if not place.is_dir():
                styles.append(StyleFile.load(place))
                continue
            for path in sorted(place.glob(f"*{SUFFIX}")):
                try:
                    styles.append(StyleFile.load(path))
                except StyleMambaError as error:
                    skipped.append(str(error))
        return cls(tuple(styles), tuple(skipped))

    def find(self, text: str) -> StyleFile | None:
        """The style of that name, whatever the case and the spaces."""
        for style in reversed(self.styles):
            if _plain(text) in map(_plain, style.names):
                return style
        return None

    def applied(self, recipe: Recipe) -> Recipe:
        """A recipe in which names of these styles are written out, so that it needs no files."""
        if not self.styles:
            return recipe
        regions = tuple(
            replace(region, parts=self._applied(region.parts)) for region in recipe.regions
        )
        return replace(recipe, parts=self._applied(recipe.parts), regions=regions)

    def _applied(self, parts: Sequence[StylePart]) -> tuple[StylePart, ...]:
        return tuple(new for part in parts for new in self._named(part))

    def _named(self, part: StylePart) -> list[StylePart]:
        """A part, or one for each of the styles that it names between commas, and for the rest."""
        if part.learnt is not None:
            return [part]
        whole = self.find(part.text)
        if whole is not None:
            return [replace(part, learnt=whole.learnt.to_text())]
        pieces = [piece.strip() for piece in part.text.split(",") if piece.strip()]
        found = [(piece, self.find(piece)) for piece in pieces]
        named = [(piece, style) for piece, style in found if style is not None]
        if not named:
            return [part]
        share = part.weight / len(pieces)
        rest = ", ".join(piece for piece, style in found if style is None)
        others = [replace(part, text=rest, weight=share * (len(pieces) - len(named)))]
        return [
            *(
                replace(part, text=piece, weight=share, learnt=style.learnt.to_text())
                for piece, style in named
            ),
            *(others if rest else []),
        ]


def own_folder() -> Path:
    """Where the styles of this user are, which the command line reads without being asked."""
    if os.name == "nt":
        base = Path(os.environ.get("APPDATA", Path.home() / "AppData" / "Roaming"))
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "stylemamba" / "styles"


def usual_places() -> list[Path]:
    """The user's folder, if there is one, and those of `STYLEMAMBA_STYLES`."""
    named = [Path(place) for place in os.environ.get(VARIABLE, "").split(os.pathsep) if place]
    try:
        own = own_folder()
    except RuntimeError:  # there is no home
        return named
    return [own, *named] if own.is_dir() else named


def preview_of(picture: Image.Image) -> bytes:
    """A small JPEG file of a picture."""
    file = BytesIO()
    side = min(PREVIEW_SIDE, max(picture.size))
    resize(picture, fit_size(picture.size, side)).save(file, format="JPEG", quality=85)
    return file.getvalue()


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.strip().casefold())
