"""A grid of pictures with labelled rows and columns."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw

from stylemamba.files.fonts import Lettering

_MARGIN = 6
_LONGEST_LABEL = 200


def contact_sheet_size(sizes: Sequence[Sequence[tuple[int, int]]], *, cell: int) -> tuple[int, int]:
    """The (width, height) of the sheet that `draw_contact_sheet` makes of pictures of these sizes.

    Args:
        sizes: Rows of (width, height).
        cell: As there.
    """
    line = _lettering(cell).line
    left, top = _corner(line, cell)
    height = sum(_row_heights(sizes, line)) + len(sizes) * _MARGIN
    return left + len(sizes[0]) * (cell + _MARGIN), top + height


def draw_contact_sheet(
    cells: Sequence[Sequence[Image.Image]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    cell: int,
) -> Image.Image:
    """Draws pictures in a grid, each centred in its cell, none cropped or enlarged.

    A row is as high as its highest picture.

    Labels are set in Pillow's own font, in fonts of the system where that lacks a character (see
    `fonts.Lettering`), wrapped, and cut with "..." where there is no more room.

    Args:
        cells: Rows of pictures, each picture at most `cell` px wide and high.
        rows: The labels on the left, one a row.
        columns: The labels on top, one a column.
        cell: Width of a cell in px, and its greatest height.

    Returns:
        The sheet, mode RGB.

    Raises:
        ValueError: The number of labels or pictures doesn't fit, or a picture is too large.
    """
    if len(cells) != len(rows) or any(len(row) != len(columns) for row in cells):
        raise ValueError(f"expected {len(rows)} rows of {len(columns)} pictures")
    largest = max(max(picture.size) for row in cells for picture in row)
    if largest > cell:
        raise ValueError(f"a picture of {largest} px does not fit a cell of {cell} px")
    letters = _lettering(cell, [*rows, *columns])
    line = letters.line
    left, top = _corner(line, cell)
    pitch = cell + _MARGIN
    sizes = [[picture.size for picture in row] for row in cells]
    heights = _row_heights(sizes, line)
    size = contact_sheet_size(sizes, cell=cell)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)

    def label(text: str, x: int, y: int, width: int, lines: int) -> None:
        for number, part in enumerate(_wrap(text, letters, width, lines)):
            letters.draw(draw, (x, y + number * line), part)

    for i, text in enumerate(columns):
        label(text, left + i * pitch, _MARGIN, cell, 2)
    y = top
    for text, row, height in zip(rows, cells, heights, strict=True):
        label(text, _MARGIN, y, left - 2 * _MARGIN, height // line)
        for i, picture in enumerate(row):
            x = left + i * pitch + (cell - picture.width) // 2
            sheet.paste(picture, (x, y + (height - picture.height) // 2))
        y += height + _MARGIN
    return sheet


def _lettering(cell: int, texts: Sequence[str] = ()) -> Lettering:
    return Lettering(max(10, cell // 14), texts)


def _corner(line: int, cell: int) -> tuple[int, int]:
    """Where the first picture is."""
    return cell * 2 // 3 + 2 * _MARGIN, 2 * line + 2 * _MARGIN


def _row_heights(sizes: Sequence[Sequence[tuple[int, int]]], line: int) -> list[int]:
    return [max(2 * line, *(height for _, height in row)) for row in sizes]


def _wrap(text: str, letters: Lettering, width: int, lines: int) -> list[str]:
    """Breaks a label at spaces, and inside words that are longer than a line."""
    text = letters.readable(text)[:_LONGEST_LABEL]
    wrapped = [""]
    for word in text.split():
        candidate = f"{wrapped[-1]} {word}".lstrip()
        if letters.length(candidate) <= width:
            wrapped[-1] = candidate
            continue
        if wrapped[-1]:
            wrapped.append("")
        for letter in word:
            if wrapped[-1] and letters.length(wrapped[-1] + letter) > width:
                wrapped.append("")
            wrapped[-1] += letter
    if len(wrapped) > lines:
        last = wrapped[lines - 1]
        while last and letters.length(last + "...") > width:
            last = last[:-1]
        wrapped = [*wrapped[: lines - 1], last + "..."]
    return wrapped
