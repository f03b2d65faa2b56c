"""Photos with all that cameras and programs write into them, made small."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

EXIF, GPS = 0x8769, 0x8825
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6" '
    b'xmp:Rating="5"><xmp:Thumbnails><rdf:Alt>/9j/4AAQ</rdf:Alt></xmp:Thumbnails>'
    b"<dc:title>Hafen</dc:title></rdf:Description></x:xmpmeta>"
)
IPTC = b"\x1c\x02\x78\x00\x05Hafen" + b"\x1c\x02\x19\x00\x03sea"
OWNER = "Jörg, 写真".encode()


def gradient(width: int = 24, height: int = 16) -> np.ndarray:
    """Red grows to the right, green downwards; (h, w, 3) in [0, 1]."""
    x = np.linspace(0, 1, width)[None].repeat(height, 0)
    y = np.linspace(0, 1, height)[:, None].repeat(width, 1)
    return np.stack([x, y, np.full_like(x, 0.25)], -1)


def picture(width: int = 24, height: int = 16) -> Image.Image:
    return Image.fromarray(np.round(gradient(width, height) * 255).astype(np.uint8))


def profile(green: bytes = b"gXYZ", red: bytes = b"rXYZ") -> bytes:
    """An sRGB profile; with the names exchanged, red means green in it."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = struct.unpack(">I", data[128:132])[0]
    place = {bytes(data[i : i + 4]): i for i in range(132, 132 + 12 * count, 12)}
    first, second = place[b"rXYZ"], place[b"gXYZ"]
    data[first : first + 4], data[second : second + 4] = red, green
    return bytes(data)


SWAPPED = profile(b"rXYZ", b"gXYZ")


def exif(orientation: int = 6, order: str = "<", maker_note: int = 40) -> bytes:
    """A camera's EXIF block, with a thumbnail, a place and letters that are not ASCII."""
    block = Image.Exif()
    block.endian = order
    block[0x0112], block[0x010F], block[0x8298] = orientation, "Kamera", "(c) J"
    block[0x013B] = "ARTIST" + "." * (len(OWNER) - 6)
    inner = block.get_ifd(EXIF)
    inner[0x9003], inner[0xA002], inner[0xA003] = "2026:01:02 03:04:05", 24, 16
    inner[0x9204], inner[0x927C] = IFDRational(-1, 3), b"\7" * maker_note
    place = block.get_ifd(GPS)
    place[1], place[2] = "N", (52.0, 31.0, 12.34)
    data = block.tobytes().removeprefix(b"Exif\0\0")
    data = data.replace(b"ARTIST" + b"." * (len(OWNER) - 6), OWNER)
    return b"Exif\0\0" + _with_thumbnail(data, order)


def _with_thumbnail(data: bytes, order: str) -> bytes:
    (start,) = struct.unpack_from(order + "I", data, 4)
    (count,) = struct.unpack_from(order + "H", data, start)
    following = start + 2 + 12 * count
    rows = struct.pack(order + "HHHII", 1, 0x0201, 4, 1, len(data) + 18) + bytes(4)
    return (
        data[:following]
        + struct.pack(order + "I", len(data))
        + data[following + 4 :]
        + rows
        + b"thumbnail"
    )


def camera_jpeg(path: Path, **options: Any) -> None:
    """A JPEG with EXIF, XMP, IPTC, 300 dpi and a profile."""
    block = b"8BIM\4\4\0\0" + struct.pack(">I", len(IPTC)) + IPTC + bytes(len(IPTC) % 2)
    body = b"Photoshop 3.0\0" + block
    app13 = b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
    usual = {"exif": exif(), "xmp": XMP, "dpi": (300, 200), "icc_profile": SWAPPED}
    picture().save(path, quality=95, subsampling=0, extra=app13, **{**usual, **options})


def deep_png(path: Path, samples: np.ndarray, **chunks: bytes) -> None:
    """A PNG of 16 bits a sample, (h, w, 1 to 4)."""
    height, width, count = samples.shape
    rows = samples.astype(">u2").tobytes()
    size = len(rows) // height
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[count]
    data = b"".join(b"\0" + rows[n : n + size] for n in range(0, len(rows), size))
    parts = [b"\x89PNG\r\n\x1a\n"]
    parts.append(_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)))
    if "icc" in chunks:
        parts.append(_chunk(b"iCCP", b"icc\0\0" + zlib.compress(chunks["icc"])))
    parts += [_chunk(b"IDAT", zlib.compress(data)), _chunk(b"IEND", b"")]
    path.write_bytes(b"".join(parts))


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def stored(path: Path) -> np.ndarray:
    """The samples of a picture as they stand in its file, unconverted."""
    with Image.open(path) as image:
        return np.asarray(image)
