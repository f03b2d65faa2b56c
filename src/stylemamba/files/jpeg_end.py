"""JPEG files that break off: whether nearly all of the picture is there nevertheless."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from PIL import Image

_END = b"\xff\xd9"
_ROWS, _SHARE = 16, 0.05
"""At most so many rows, or that share of all, may be lost, and never more than a quarter."""
_SCAN, _RESTART_INTERVAL = 0xDA, 0xDD
_FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive


@dataclass
class _Structure:
    """What the markers of a JPEG say.

    Attributes:
        size: (width, height); (0, 0) before a frame header is seen.
        sampling: (horizontal, vertical) factors of each component.
        interval: Units between restart markers; 0 for none.
        lacking: Of each component, the lowest bit of each of the 64 coefficients not yet seen.
        scan: The components of the last scan.
        restarts: The number of restart markers in it.
    """

    size: tuple[int, int] = (0, 0)
    sampling: dict[int, tuple[int, int]] = field(default_factory=dict)
    interval: int = 0
    lacking: dict[int, list[int]] = field(default_factory=dict)
    scan: tuple[int, ...] = ()
    restarts: int = 0

    def reaches_last_interval(self) -> bool:
        """Whether all scans have begun, and the last one is past its last restart marker."""
        if not self.scan or any(max(bits) > 0 for bits in self.lacking.values()):
            return False
        if not self.interval:
            return True
        across, down = (max(factor[axis] for factor in self.sampling.values()) for axis in (0, 1))
        width, height = self.size
        if len(self.scan) == 1:  # a component alone is coded in blocks, not in groups of them
            factors = self.sampling[self.scan[0]]
            width, height = -(-width * factors[0] // across), -(-height * factors[1] // down)
            across = down = 1
        units = -(-width // (8 * across)) * -(-height // (8 * down))
        return self.restarts == -(-units // self.interval) - 1


def complete(data: bytes) -> bytes | None:
    """Ends a JPEG that breaks off, if no more than its last rows are lost.

    What is lost shows where different bytes in its place give different pixels.

    Args:
        data: The file.

    Returns:
        A file that decoders take; None if more is missing.
    """
    data = data.rstrip(b"\xff")  # the first half of a marker
    try:
        if not _structure(data).reaches_last_interval():
            return None
        noise = np.random.default_rng(0).integers(1, 255, 1 << 16, np.uint8).tobytes()
        first, second = (_pixels(data + filling + _END) for filling in (b"", noise))
    except (OSError, SyntaxError, ValueError, IndexError, KeyError, struct.error):
        return None
    lost = np.flatnonzero((first != second).any(axis=(1, 2)))
    height = first.shape[0]
    allowed = min(max(_ROWS, _SHARE * height), height / 4)
    return None if len(lost) and height - lost[0] > allowed else data + _END


def _pixels(data: bytes) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    with Image.open(BytesIO(data), formats=["JPEG"]) as image:
        return np.asarray(image.convert("RGB"))


def _structure(data: bytes) -> _Structure:
    """Reads the markers up to the end of the data."""
    found = _Structure()
    place = 2
    while (place := data.find(b"\xff", place)) >= 0 and place + 1 < len(data):
        marker = data[place + 1]
        if marker in (0x00, 0x01, 0xD8, 0xD9) or marker == 0xFF:
            place += 1 if marker == 0xFF else 2
        elif 0xD0 <= marker <= 0xD7:
            found.restarts += 1
            place += 2
        else:
            length = struct.unpack_from(">H", data, place + 2)[0]
            _read_segment(found, marker, data[place + 4 : place + 2 + length])
            place += 2 + length
    return found


def _read_segment(found: _Structure, marker: int, body: bytes) -> None:
    if marker in _FRAMES and not found.sampling:
        height, width, count = struct.unpack_from(">HHB", body, 1)
        found.size = (width, height)
        for number in range(count):
            name, factors, _ = body[6 + 3 * number : 9 + 3 * number]
            found.sampling[name] = (factors >> 4, factors & 15)
            found.lacking[name] = [16] * 64
    elif marker == _RESTART_INTERVAL:
        found.interval = struct.unpack(">H", body)[0]
    elif marker == _SCAN:
        count = body[0]
        found.scan = tuple(body[1 + 2 * number] for number in range(count))
        found.restarts = 0
        start, end, bits = body[1 + 2 * count : 4 + 2 * count]
        for name in found.scan:
            found.lacking[name][start : end + 1] = [bits & 15] * (end + 1 - start)
