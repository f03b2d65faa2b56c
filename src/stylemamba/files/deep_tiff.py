"""TIFF pages that Pillow does not open: floating-point colour, 16-bit grey with alpha and others.

Pillow (libtiff) unpacks the strips or tiles as if they were rows of bytes, so every compression
that it knows works; the samples are put together here.
"""

from __future__ import annotations

import struct
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from stylemamba.errors import StyleMambaError
from stylemamba.files.icc import Samples, to_levels
from stylemamba.portable.srgb import scaled

_WIDTH, _LENGTH, _BITS, _COMPRESSION, _PHOTOMETRIC, _FILL_ORDER = 256, 257, 258, 259, 262, 266
_STRIPS, _ORIENTATION, _SAMPLES, _STRIP_ROWS, _STRIP_BYTES = 273, 274, 277, 278, 279
_PLANAR, _PREDICTOR, _TILE_WIDTH, _TILE_LENGTH, _TILES, _TILE_BYTES = 284, 317, 322, 323, 324, 325
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296
_EXTRA_SAMPLES, _SAMPLE_FORMAT, _ICC_PROFILE = 338, 339, 34675
_COLOURS = {0: 1, 1: 1, 2: 3}  # samples that are colour: grey from white, grey from black, RGB
_KINDS = {1: "u", 2: "i", 3: "f"}  # of sample formats
_PREMULTIPLIED = 1
_MOST_BYTES = 3_200_000_000
"""Of all samples, tiles whole: 200 megapixels of four 32-bit ones."""
_SPARE_BYTES = 1 << 20


def decode_page(
    file: BinaryIO, tags: ImageFileDirectory_v2, path: Path
) -> tuple[Image.Image, Samples | None, list[str]]:
    """Decodes a page of grey or RGB samples of 8 to 64 bits, integer or floating point.

    Args:
        file: The TIFF.
        tags: The tags of the page.
        path: Its name, for messages.

    Returns:
        The picture in mode L, LA, RGB or RGBA, with its profile, resolution and orientation; the
        colours with 16 bits, (h, w, 1 or 3), if they had more than 8; notes.

    Raises:
        StyleMambaError: The samples are in another layout, or take too much memory.
    """
    photometric = tags.get(_PHOTOMETRIC, 1)
    dtype = _sample_type(tags)
    count = int(tags.get(_SAMPLES, 1))
    colours = _COLOURS.get(photometric, 0)
    if dtype is None or not 0 < colours <= count <= 16:
        raise StyleMambaError(
            f"{path}: its samples are in a layout that cannot be read here; "
            "save it as 8- or 16-bit RGB"
        )
    _check_bytes(tags, count * dtype.itemsize, path)
    samples = _samples(file, tags, dtype, count)
    notes: list[str] = []
    colour, alpha = _parts(samples, colours, tags, notes)
    image = Image.fromarray(_to_bytes(colour, alpha))
    if tags.get(_ICC_PROFILE):
        image.info["icc_profile"] = tags[_ICC_PROFILE]
    if _ORIENTATION in tags:
        image.getexif()[_ORIENTATION] = tags[_ORIENTATION]
    if _X_RESOLUTION in tags and _Y_RESOLUTION in tags and tags.get(_RESOLUTION_UNIT, 2) == 2:
        image.info["dpi"] = (tags[_X_RESOLUTION], tags[_Y_RESOLUTION])
    return image, to_levels(colour) if dtype.itemsize > 1 else None, notes


def _sample_type(tags: ImageFileDirectory_v2) -> np.dtype[Any] | None:
    """The NumPy type of all samples, in the machine's byte order; None if there is none."""
    bits, formats = set(tags.get(_BITS, (1,))), set(tags.get(_SAMPLE_FORMAT, (1,)))
    if len(bits) != 1 or len(formats) != 1:
        return None
    size, kind = bits.pop(), _KINDS.get(formats.pop())
    if kind is None or size not in ((16, 32, 64) if kind == "f" else (8, 16, 32)):
        return None
    return np.dtype(f"{kind}{size // 8}")


def _check_bytes(tags: ImageFileDirectory_v2, pixel_bytes: int, path: Path) -> None:
    """Bounds what is unpacked, and what is read for it: blocks may all lie in the same place."""
    width, length = _whole_blocks(tags)
    size = width * length * pixel_bytes
    if size > _MOST_BYTES:
        raise StyleMambaError(
            f"{path}: its samples take {size / 1e9:.1f} GB, the limit is {_MOST_BYTES / 1e9:.1f}; "
            "save it as 8- or 16-bit RGB"
        )
    packed = tags[_TILE_BYTES if _TILES in tags else _STRIP_BYTES]
    if min(packed) < 0 or sum(packed) > 2 * size + _SPARE_BYTES:
        raise StyleMambaError(
            f"{path}: is damaged (more bytes packed than unpacked); use another copy"
        )


def _whole_blocks(tags: ImageFileDirectory_v2) -> tuple[int, int]:
    """Width and length of a page, tiles whole."""
    width, length = int(tags[_WIDTH]), int(tags[_LENGTH])
    if _TILES not in tags:
        return width, length
    across, down = int(tags[_TILE_WIDTH]), int(tags[_TILE_LENGTH])
    return -(-width // across) * across, -(-length // down) * down


def _parts(
    samples: np.ndarray[Any, Any], colours: int, tags: ImageFileDirectory_v2, notes: list[str]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any] | None]:
    """Colours (h, w, 1 or 3) and alpha (h, w) of samples (h, w, n), in [0, 1].

    Alpha is the first sample after the colours, if the tags say so.
    """
    extra = tags.get(_EXTRA_SAMPLES, ())
    full = 1.0 if samples.dtype.kind == "f" else float(np.iinfo(samples.dtype).max)
    colour = samples[..., :colours].astype(np.float32) / np.float32(full)
    alpha = None
    if samples.shape[-1] > colours and extra and extra[0] in (1, 2):
        alpha = np.nan_to_num(samples[..., colours].astype(np.float32) / np.float32(full))
        alpha = alpha.clip(0, 1)
        if extra[0] == _PREMULTIPLIED:
            colour /= np.maximum(alpha, 1e-6)[..., None]
            colour = np.where(alpha[..., None] > 0, colour.clip(0, 1), 1)
    if tags.get(_PHOTOMETRIC) == 0:
        colour = 1 - colour
    return scaled(colour, 1.0, notes), alpha


def _to_bytes(
    colour: np.ndarray[Any, Any], alpha: np.ndarray[Any, Any] | None
) -> np.ndarray[Any, Any]:
    """Levels of 8 bits: (h, w) grey, (h, w, 2) with alpha, (h, w, 3) or (h, w, 4)."""
    planes = [colour] if alpha is None else [colour, alpha[..., None]]
    together = np.round(np.concatenate(planes, -1) * 255).astype(np.uint8)
    return together[..., 0] if together.shape[-1] == 1 else together


def _samples(
    file: BinaryIO, tags: ImageFileDirectory_v2, dtype: np.dtype[Any], count: int
) -> np.ndarray[Any, Any]:
    """All samples of a page, (h, w, n), in the machine's byte order."""
    width, length = int(tags[_WIDTH]), int(tags[_LENGTH])
    separate = tags.get(_PLANAR, 1) == 2
    per_row = 1 if separate else count  # samples of a pixel that lie side by side
    block_width = int(tags.get(_TILE_WIDTH, width))
    planes = []
    for plane in range(count if separate else 1):
        raw = _unpack(file, tags, plane, count if separate else 1, per_row * dtype.itemsize)
        blocks = raw.reshape(raw.shape[0], -1, block_width * per_row * dtype.itemsize)
        values = _decode_rows(blocks, tags, dtype, per_row)
        planes.append(values.reshape(raw.shape[0], -1, per_row)[:length, :width])
    return np.concatenate(planes, -1)


def _unpack(
    file: BinaryIO, tags: ImageFileDirectory_v2, plane: int, planes: int, pixel_bytes: int
) -> np.ndarray[Any, Any]:
    """The decompressed bytes of a plane, (rows, bytes of a row), tiles whole."""
    tiled = _TILES in tags
    starts, sizes = (_TILES, _TILE_BYTES) if tiled else (_STRIPS, _STRIP_BYTES)
    blocks = len(tags[starts]) // planes
    chosen = slice(plane * blocks, (plane + 1) * blocks)
    data = []
    for start, size in zip(tags[starts][chosen], tags[sizes][chosen], strict=True):
        file.seek(start)
        data.append(file.read(size))
    width, length = _whole_blocks(tags)
    layout = {_STRIP_ROWS: min(int(tags.get(_STRIP_ROWS, length)), length)}
    if tiled:
        layout = {
            _TILE_WIDTH: int(tags[_TILE_WIDTH]) * pixel_bytes,
            _TILE_LENGTH: int(tags[_TILE_LENGTH]),
        }
    layout |= {_WIDTH: width * pixel_bytes, _LENGTH: length}
    layout |= {_BITS: 8, _SAMPLES: 1, _PHOTOMETRIC: 1, _COMPRESSION: tags.get(_COMPRESSION, 1)}
    if _FILL_ORDER in tags:
        layout[_FILL_ORDER] = tags[_FILL_ORDER]
    packed = BytesIO(_tiff(layout, starts, sizes, data))
    with Image.open(packed, formats=["TIFF"]) as image:
        return np.asarray(image)


def _tiff(layout: dict[int, int], starts: int, sizes: int, data: list[bytes]) -> bytes:
    """A TIFF of one page; `starts` and `sizes` are the tags that say where its data is."""
    lengths = [len(block) for block in data]
    lists = 8 + 2 + 12 * (len(layout) + 2) + 4  # where the offsets, then the lengths are
    place = lists + 8 * len(data)
    offsets = [place + before for before in accumulate(lengths[:-1], initial=0)]
    entries = [(tag, 1, value) for tag, value in layout.items()]
    if len(data) == 1:
        entries += [(starts, 1, offsets[0]), (sizes, 1, lengths[0])]
    else:
        entries += [(starts, len(data), lists), (sizes, len(data), lists + 4 * len(data))]
    rows = [struct.pack("<HHII", tag, 4, count, value) for tag, count, value in sorted(entries)]
    head = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + b"".join(rows) + bytes(4)
    return head + struct.pack(f"<{2 * len(data)}I", *offsets, *lengths) + b"".join(data)


def _decode_rows(
    blocks: np.ndarray[Any, Any], tags: ImageFileDirectory_v2, dtype: np.dtype[Any], per_row: int
) -> np.ndarray[Any, Any]:
    """Undoes the predictor: bytes (rows, blocks, bytes) to samples (rows, blocks, samples)."""
    predictor = tags.get(_PREDICTOR, 1)
    rows, across, size = blocks.shape
    if predictor == 3:  # differences of bytes, the most significant ones of all samples first
        summed = np.cumsum(blocks.reshape(rows, across, -1, per_row), axis=2, dtype=np.uint8)
        ordered = summed.reshape(rows, across, dtype.itemsize, -1).swapaxes(2, 3)
        big = np.ascontiguousarray(ordered).view(dtype.newbyteorder(">"))[..., 0]
        return big.astype(dtype)
    stored = dtype.newbyteorder("<" if tags.prefix == b"II" else ">")
    values = np.ascontiguousarray(blocks).view(stored).astype(dtype)
    if predictor == 2:
        unsigned = values.view(f"u{dtype.itemsize}").reshape(rows, across, -1, per_row)
        summed = np.cumsum(unsigned, axis=2, dtype=unsigned.dtype)
        return summed.reshape(rows, across, -1).view(dtype)
    return values
