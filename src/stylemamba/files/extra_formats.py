"""Formats that other packages read: HEIC, camera RAW and OpenEXR."""

from __future__ import annotations

import importlib
import importlib.util
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.deep import Opened, to_8bit
from stylemamba.files.icc import Samples, encoded_srgb, to_levels

RAW_SUFFIXES = (
    ".3fr", ".arw", ".cap", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".eip", ".erf", ".fff", ".gpr",
    ".iiq", ".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".ptx", ".raf", ".raw",
    ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
)  # fmt: skip
"""Extensions of cameras' own files."""

_PACKAGES = {
    "pillow_heif": (".heic", ".heif", ".hif"),
    "rawpy": RAW_SUFFIXES,
    "OpenEXR": (".exr",),
}

Check = Callable[[tuple[int, int], Path], None]
"""Is called with the size of a picture, and its path, before its pixels are decoded."""

_EXR_MAGIC = b"\x76\x2f\x31\x01"
_HEAD = 64
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs")
_ANY_BRANDS = (b"mif1", b"msf1", b"mif2")
_MOST_WHITE = 0.01
"""Share of a picture's values that may be brighter than white before it is darkened."""


def has_package_for(suffix: str) -> bool:
    """Whether files of an extension, in lower case, are read by a package that is there."""
    return any(
        suffix in suffixes and importlib.util.find_spec(name) is not None
        for name, suffixes in _PACKAGES.items()
    )


def is_heif(file: BinaryIO) -> bool:
    """Whether a file says that it is a HEIC or another HEIF, but no AVIF."""
    head = _head(file)
    if head[4:8] != b"ftyp" or b"avif" in head or b"avis" in head:
        return False
    return head[8:12] in (*_HEIF_BRANDS, *_ANY_BRANDS)


def is_exr(file: BinaryIO) -> bool:
    """Whether a file says that it is an OpenEXR."""
    return _head(file).startswith(_EXR_MAGIC)


def open_heif(file: BinaryIO, path: Path, check: Check) -> Opened:
    """Opens a HEIC; it is held upright already.

    Raises:
        StyleMambaError: The package for it is missing.
    """
    heif = _package("pillow_heif", "heic", "a HEIC", path)
    file.seek(0)
    opened = heif.open_heif(file, convert_hdr_to_8bit=False)
    check(opened.size, path)
    if not opened.mode.endswith(";16"):
        return Opened(opened.to_pillow(), is_upright=True)
    samples = np.asarray(opened)
    image = to_8bit(samples[..., :3])
    if samples.shape[-1] == 4:
        image.putalpha(to_8bit(samples[..., 3:]))
    image.info.update(opened.info)
    return Opened(image, samples[..., :3], is_upright=True)


def open_raw(file: BinaryIO, path: Path, check: Check) -> Opened:
    """Develops a camera's own file with its white balance.

    Raises:
        StyleMambaError: The package for it is missing, or the camera is not known.
    """
    rawpy = _package("rawpy", "raw", "a camera RAW file", path)
    file.seek(0)
    try:
        with rawpy.imread(file) as raw:
            check((raw.sizes.width, raw.sizes.height), path)
            samples: Samples = raw.postprocess(
                output_bps=16,
                use_camera_wb=True,
                output_color=rawpy.ColorSpace.sRGB,
                gamma=(2.4, 12.92),
            )
    except rawpy.LibRawError as error:
        reason = error.args[0] if error.args else ""
        reason = reason.decode("ascii", "replace") if isinstance(reason, bytes) else str(reason)
        raise StyleMambaError(
            f"{path}: a camera RAW file that cannot be developed here ({reason}); "
            "develop it to TIFF or JPEG first"
        ) from error
    return Opened(to_8bit(samples), samples, is_upright=True)


def open_exr(file: BinaryIO, path: Path, check: Check, notes: list[str]) -> Opened:
    """Reads an OpenEXR, linear light, as sRGB.

    Raises:
        StyleMambaError: The package for it is missing, or there are no colours in it.
    """
    exr = _package("OpenEXR", "exr", "an OpenEXR", path)
    file.seek(0)
    channels = _exr_channels(exr, file.read(), path, check)
    planes = [channels.get(name) for name in ("R", "G", "B")]
    if planes[0] is None:
        planes = [channels.get("Y")]
    if any(plane is None for plane in planes):
        raise StyleMambaError(f"{path}: has no channels R, G, B or Y; save it with them")
    light = np.nan_to_num(np.stack([np.asarray(p, np.float32) for p in planes], -1), posinf=1e4)
    samples = to_levels(encoded_srgb(light / _white(light, notes)))
    image = to_8bit(samples)
    if (alpha := channels.get("A")) is not None:
        opaque = np.nan_to_num(np.asarray(alpha, np.float32)).clip(0, 1)
        image.putalpha(Image.fromarray(np.round(opaque * 255).astype(np.uint8)))
    return Opened(image, samples, is_upright=True)


def _exr_channels(exr: Any, content: bytes, path: Path, check: Check) -> dict[str, Any]:
    """The channels of the first part, by name; the library reads files with a name only."""
    place, name = tempfile.mkstemp(suffix=".exr")
    try:
        with os.fdopen(place, "wb") as copy:
            copy.write(content)
        with exr.File(name, separate_channels=True, header_only=True) as opened:
            low, high = opened.header()["dataWindow"]
            check((int(high[0] - low[0]) + 1, int(high[1] - low[1]) + 1), path)
        with exr.File(name, separate_channels=True) as opened:
            return {channel: part.pixels for channel, part in opened.channels().items()}
    finally:
        os.unlink(name)


def _white(light: np.ndarray[Any, Any], notes: list[str]) -> float:
    """The light that is to be white: 1, unless too much is brighter."""
    if np.count_nonzero(light > 1) <= _MOST_WHITE * light.size:
        return 1.0
    white = float(np.quantile(light, 1 - _MOST_WHITE))
    notes.append(f"linear light up to {float(light.max()):g}: {white:.3g} shown as white")
    return white


def _package(name: str, extra: str, kind: str, path: Path) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise StyleMambaError(
            f"{path}: is {kind}, which another package reads: pip install 'stylemamba[{extra}]'"
        ) from error


def _head(file: BinaryIO) -> bytes:
    file.seek(0)
    head = file.read(_HEAD)
    file.seek(0)
    return head
