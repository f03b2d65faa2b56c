"""PNG files of 16 bits a sample, which Pillow does not write."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = 8
_COLOUR_TYPES = {3: 2, 4: 6}
_SUB, _UP = 1, 2
_BAND = 64
_LEVEL = 6


def deepened(png: bytes | memoryview, pixels: NDArray[np.uint16]) -> bytes:
    """A PNG file with other pixels and all its other chunks.

    Args:
        png: A file of one picture, of any size.
        pixels: (h, w, 3), or (h, w, 4) with straight alpha.
    """
    height, width, count = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 16, _COLOUR_TYPES[count], 0, 0, 0)
    parts = [bytes(png[:_SIGNATURE]), _chunk(b"IHDR", header)]
    for name, chunk in _chunks(png):
        if name == b"IEND":
            parts.append(_chunk(b"IDAT", _compressed(pixels)))
        if name not in (b"IHDR", b"IDAT"):
            parts.append(chunk)
    return b"".join(parts)


def _chunks(png: bytes | memoryview) -> Iterator[tuple[bytes, bytes]]:
    place = _SIGNATURE
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        whole = bytes(png[place : place + 12 + length])
        yield whole[4:8], whole
        place += 12 + length


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _compressed(pixels: NDArray[np.uint16]) -> bytes:
    height, width, count = pixels.shape
    stride = 2 * count
    packer = zlib.compressobj(_LEVEL)
    above: NDArray[Any] = np.zeros((1, width * stride), np.uint8)
    parts = []
    for top in range(0, height, _BAND):
        rows = np.ascontiguousarray(pixels[top : top + _BAND].astype(">u2")).view(np.uint8)
        rows = rows.reshape(len(rows), -1)
        parts.append(packer.compress(_filtered(rows, above, stride).tobytes()))
        above = rows[-1:]
    return b"".join([*parts, packer.flush()])


def _filtered(rows: NDArray[Any], above: NDArray[Any], stride: int) -> NDArray[np.uint8]:
    """Each row as its differences to the left, or to the row above, whichever are smaller."""
    left = np.pad(rows, ((0, 0), (stride, 0)))[:, :-stride]
    sub, up = rows - left, rows - np.concatenate([above, rows[:-1]])
    cost = [np.abs(filtered.view(np.int8).astype(np.int16)).sum(1) for filtered in (sub, up)]
    is_up = (cost[1] < cost[0])[:, None]
    return np.concatenate([np.where(is_up, _UP, _SUB), np.where(is_up, up, sub)], 1).astype("u1")
