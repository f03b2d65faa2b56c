"""Lays pictures side by side on one JPEG; of a colour where they are transparent.

python board.py BOARD PICTURE... [--columns N] [--width PX] [--gap PX] [--ground COLOUR]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from PIL import Image


def board(pictures: list[Path], columns: int, width: int, gap: int, ground: str) -> Image.Image:
    """Pictures row by row.

    Args:
        pictures: Files; one may come several times.
        columns: Pictures in a row.
        width: Of each in pixels; they are as high as the first one then is.
        gap: Between them, and around them, in pixels.
        ground: A colour.
    """
    opened = [Image.open(path).convert("RGBA") for path in pictures]
    height = round(width * opened[0].height / opened[0].width)
    rows = -(-len(opened) // columns)
    size = gap + columns * (width + gap), gap + rows * (height + gap)
    sheet = Image.new("RGB", size, ground)
    for place, picture in enumerate(opened):
        row, column = divmod(place, columns)
        corner = gap + column * (width + gap), gap + row * (height + gap)
        picture = picture.resize((width, height), Image.Resampling.LANCZOS)
        sheet.paste(picture, corner, picture)
    return sheet


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Lays pictures side by side.")
    parser.add_argument("board", type=Path)
    parser.add_argument("pictures", type=Path, nargs="+")
    parser.add_argument("--columns", type=int, default=2)
    parser.add_argument("--width", type=int, default=400)
    parser.add_argument("--gap", type=int, default=8)
    parser.add_argument("--ground", default="white")
    values = vars(parser.parse_args())
    target = values.pop("board")
    board(**values).save(target, quality=85)
