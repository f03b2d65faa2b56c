"""TIFF files as this package writes them: one page of 8 or 16 bits, with all metadata."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stylemamba.files.ifd import BYTE, UNDEFINED, Block, Directory, Field, packed

_DEFLATE, _RGB, _STRAIGHT_ALPHA, _DIFFERENCES, _INCHES = 8, 2, 2, 2, 2
_STRIP_BYTES = 1 << 20
_LEVEL = 6
_HEAD = 8


def tiff_bytes(
    pixels: NDArray[Any],
    exif: Block,
    dpi: tuple[float, float] | None = None,
    profile: bytes = b"",
    xmp: bytes = b"",
    iptc: bytes = b"",
) -> bytes:
    """A TIFF file, compressed without loss.

    Args:
        pixels: (h, w, 3), or (h, w, 4) with straight alpha, of uint8 or uint16.
        exif: Its tags become the file's own; it is used up.
        dpi: Pixels to the inch, across and down.
        profile: An ICC profile.
        xmp: An XMP packet.
        iptc: IIM records.
    """
    height, width, count = pixels.shape
    rows = max(1, _STRIP_BYTES // (width * count * pixels.itemsize))
    strips = [_strip(pixels[top : top + rows], exif.order) for top in range(0, height, rows)]
    sizes = [len(strip) for strip in strips]
    tags: Directory = {
        **exif.tags,
        256: exif.long(width),
        257: exif.long(height),
        258: exif.shorts(*[8 * pixels.itemsize] * count),
        259: exif.short(_DEFLATE),
        262: exif.short(_RGB),
        273: exif.long(*sizes),
        277: exif.short(count),
        278: exif.long(rows),
        279: exif.long(*sizes),
        284: exif.short(1),
        317: exif.short(_DIFFERENCES),
    }
    if count == 4:
        tags[338] = exif.short(_STRAIGHT_ALPHA)
    if dpi is not None:
        tags |= {282: exif.ratio(dpi[0]), 283: exif.ratio(dpi[1]), 296: exif.short(_INCHES)}
    for tag, kind, data in (
        (34675, UNDEFINED, profile),
        (700, BYTE, xmp),
        (33723, UNDEFINED, iptc),
    ):
        if data:
            tags[tag] = Field(kind, len(data), data)
    place = _HEAD + len(packed(tags, exif.order, _HEAD))
    starts = place + np.concatenate([[0], np.cumsum(sizes)[:-1]])
    tags[273] = exif.long(*(int(start) for start in starts))
    head = (b"II" if exif.order == "<" else b"MM") + struct.pack(exif.order + "HI", 42, _HEAD)
    return b"".join([head, packed(tags, exif.order, _HEAD), *strips])


def _strip(rows: NDArray[Any], order: str) -> bytes:
    """Rows as the differences of neighbours, compressed."""
    differences = rows.copy()
    differences[:, 1:] -= rows[:, :-1]
    stored = differences.astype(f"{order}u{rows.itemsize}")
    return zlib.compress(stored.tobytes(), _LEVEL)
