"""Makes the thumbnails of the known styles: `python -m stylemamba.server.thumbnails`.

All of the sample photo, one pass, seed 0: nothing is picked.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from PIL import Image

from stylemamba.pipeline import StyleMambaPipeline
from stylemamba.portable.pyramid import LOW_COVERAGE
from stylemamba.portable.terms import table
from stylemamba.server.catalogue import COLUMNS, FOLDER, SIDE

WORK_SIDE = 216
"""Of the photo, in pixels: a picture of the thumbnail's size has no room for marks."""
QUALITY = 60
KINDS = {"movements": "movement", "media and looks": "medium", "artists": "artist"}
NO_STYLES = ("photo", "landscape", "portrait", "still life", "blue", "green", "red", "yellow")
"""Names in the table that say what is seen, not how."""


def known_styles(pipe: StyleMambaPipeline) -> list[tuple[str, str]]:
    """Names and kinds: what is known of the table of names, then other artists."""
    named = [(name, kind) for section, kind in KINDS.items() for name in table()[section]]
    known = [
        (name, kind)
        for name, kind in named
        if name not in NO_STYLES and pipe.coverage(name).coverage >= LOW_COVERAGE
    ]
    there = {name for name, _ in known}
    artists = getattr(getattr(pipe.encoder, "bank", None), "artists", {})
    return known + [(name, "artist") for name in sorted(artists) if name not in there]


def main() -> None:
    """Writes catalogue.json and thumbnails.webp beside the page."""
    package = files("stylemamba.server")
    folder = Path(str(package / "page" / FOLDER))
    pipe = StyleMambaPipeline.from_pretrained(device="cpu")
    with Image.open(str(files("stylemamba") / "samples" / "chelsea.png")) as sample:
        side = min(sample.size)
        left = (sample.width - side) // 2
        square = sample.convert("RGB").crop((left, 0, left + side, side))
    photo = square.resize((WORK_SIDE, WORK_SIDE), Image.Resampling.LANCZOS)
    names = known_styles(pipe)
    rows = -(-len(names) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * SIDE, rows * SIDE))
    for place, (name, _) in enumerate(names):
        picture = pipe(photo, name).image.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        sheet.paste(picture, (place % COLUMNS * SIDE, place // COLUMNS * SIDE))
        print(f"{place + 1} of {len(names)}: {name}", flush=True)
    sheet.save(folder / "thumbnails.webp", quality=QUALITY, method=6)
    text = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in names)
    (folder / "catalogue.json").write_text(f"[\n{text}\n]\n", "utf-8")


if __name__ == "__main__":
    main()
