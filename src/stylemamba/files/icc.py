"""ICC profiles of RGB and grey: to sRGB and back, with 8 bits and with 16."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Samples = NDArray[np.uint16]
_TOP = 65535
_LEVELS = _TOP + 1
_XYZ_OF_SRGB = np.array(
    [[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]]
)
"""sRGB's primaries as profiles have them, adapted to D50."""
_SAME = 2
"""Levels of 255 that a profile for sRGB may differ by from another one for sRGB."""
_BAND = 256
"""Rows that are converted at once, which bounds the memory."""


class UnusableProfileError(ValueError):
    """The profile is damaged, or of a kind that is not used here."""


def space_of(profile: bytes) -> str:
    """The colour space that a profile is for, such as "RGB", "GRAY" or "CMYK"; empty if damaged."""
    return profile[16:20].decode("latin-1").strip() if len(profile) > 132 else ""


@lru_cache(maxsize=8)
def is_srgb(profile: bytes) -> bool:
    """Whether the colours of a profile for RGB are those of sRGB."""
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(27, 27, 3)
    try:
        there = np.asarray(from_srgb(Image.fromarray(grid), profile))
    except UnusableProfileError:
        return False
    return int(np.abs(there.astype(int) - grid).max()) <= _SAME


def from_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """A picture in sRGB, mode RGB, in the colours of a profile for RGB.

    Raises:
        UnusableProfileError: It is damaged, or can only be read from.
    """
    try:
        target = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(
            image, ImageCms.createProfile("sRGB"), target, outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        raise UnusableProfileError(str(error)) from error
    assert converted is not None  # None is returned only for inPlace
    converted.info.clear()
    return converted


@dataclass(frozen=True)
class Curves:
    """A profile of three primaries and their tone curves, or of a grey one.

    Attributes:
        linear: (channels, 65536), the light of each level of 16 bits.
        matrix: From linear RGB to linear sRGB; None for grey.
    """

    linear: NDArray[np.float32]
    matrix: NDArray[np.float32] | None

    @classmethod
    def of(cls, profile: bytes) -> Curves:
        """Reads a profile.

        Raises:
            UnusableProfileError: It works by tables, is damaged, or for other colours.
        """
        try:
            return cls._read(profile)
        except (struct.error, KeyError, IndexError, np.linalg.LinAlgError) as error:
            raise UnusableProfileError("it is damaged, or works by tables") from error

    @classmethod
    def _read(cls, profile: bytes) -> Curves:
        (count,) = struct.unpack_from(">I", profile, 128)
        places = [struct.unpack_from(">4sII", profile, 132 + 12 * n) for n in range(min(count, 99))]
        tags = {name: profile[start : start + size] for name, start, size in places}
        if b"A2B0" in tags or profile[20:24] != b"XYZ ":
            raise UnusableProfileError("it works by tables")
        if space_of(profile) == "GRAY":
            return cls(_curve(tags[b"kTRC"])[None], None)
        if space_of(profile) != "RGB":
            raise UnusableProfileError("it is for other colours")
        xyz = [np.array(struct.unpack_from(">3i", tags[c + b"XYZ"], 8)) / 65536 for c in _CHANNELS]
        matrix = np.linalg.solve(_XYZ_OF_SRGB, np.stack(xyz, -1)).astype(np.float32)
        return cls(np.stack([_curve(tags[c + b"TRC"]) for c in _CHANNELS]), matrix)

    def to_srgb(self, samples: Samples) -> Samples:
        """Samples (h, w, 3) to sRGB; of grey, all three are the same."""

        def band(rows: Samples) -> NDArray[np.float32]:
            if self.matrix is None:
                return encoded_srgb(self.linear[0][rows])
            light = [curve[rows[..., n]] for n, curve in enumerate(self.linear)]
            return encoded_srgb(np.stack(light, -1) @ self.matrix.T)

        return _by_bands(samples, band)

    def from_srgb(self, samples: Samples) -> Samples:
        """Samples (h, w, 3) of sRGB to this profile of RGB; what is beyond its gamut is cut off."""
        assert self.matrix is not None
        back = np.linalg.inv(self.matrix)
        levels = np.linspace(0, 1, _LEVELS, dtype=np.float32)
        light_of = _srgb_table()

        def band(rows: Samples) -> NDArray[np.float32]:
            light = light_of[rows] @ back.T
            found = [np.interp(light[..., n], c, levels) for n, c in enumerate(self.linear)]
            return np.stack(found, -1)

        return _by_bands(samples, band)


_CHANNELS = (b"r", b"g", b"b")


def encoded_srgb(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light to the levels of sRGB, both in [0, 1]; what is beyond is cut off."""
    light = light.clip(0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def to_levels(values: NDArray[Any]) -> Samples:
    """Values in [0, 1] to 16 bits; what is beyond is cut off."""
    return np.round(values.clip(0, 1) * _TOP).astype(np.uint16)


@lru_cache(maxsize=1)
def _srgb_table() -> NDArray[np.float32]:
    level = np.linspace(0, 1, _LEVELS)
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


def _by_bands(samples: Samples, convert: Callable[[Samples], NDArray[Any]]) -> Samples:
    converted = np.empty_like(samples)
    for top in range(0, samples.shape[0], _BAND):
        converted[top : top + _BAND] = to_levels(convert(samples[top : top + _BAND]))
    return converted


def _curve(tag: bytes) -> NDArray[np.float32]:
    """A tone curve, as the light of each of its 65536 levels; it never falls."""
    level = np.linspace(0, 1, _LEVELS)
    if tag[:4] == b"para":
        return _parametric(tag, level)
    if tag[:4] != b"curv":
        raise UnusableProfileError("it has curves of another kind")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return level.astype(np.float32)
    if count == 1:
        return (level ** (struct.unpack_from(">H", tag, 12)[0] / 256)).astype(np.float32)
    table = np.frombuffer(tag, ">u2", count, 12).astype(np.float64) / _TOP
    return np.maximum.accumulate(np.interp(level, np.linspace(0, 1, count), table)).astype("f4")


def _parametric(tag: bytes, level: NDArray[np.float64]) -> NDArray[np.float32]:
    """The curves of ICC.1:2022, table 68."""
    kind = struct.unpack_from(">H", tag, 8)[0]
    numbers = (1, 3, 4, 5, 7)[kind]
    given = [value / 65536 for value in struct.unpack_from(f">{numbers}i", tag, 12)]
    g, a, b, c, d, e, f = given + [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0][numbers:]
    if kind in (1, 2):
        low, offset, border = 0 * level + c, c, -b / a
    else:
        low, offset, border = c * level + f, e, d
    high = np.maximum(a * level + b, 0) ** g + offset
    light = high if kind == 0 else np.where(level >= border, high, low)
    return np.maximum.accumulate(light.clip(0, 1)).astype(np.float32)
