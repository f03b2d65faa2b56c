from __future__ import annotations

import struct
from io import BytesIO
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.images import read_image

COMPRESSIONS = {"raw": 1, "tiff_lzw": 5, "tiff_adobe_deflate": 8, "packbits": 32773}
SHORT, LONG = 3, 4
BYTES, TAGS = {SHORT: "H", LONG: "I"}, dict[int, tuple[int, ...]]


def gradient(width: int = 24, height: int = 16) -> np.ndarray:
    """Samples (h, w, 3) in [0, 1]: each channel another ramp."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x / (width - 1), y / (height - 1), np.full(x.shape, 0.25)], -1)


def tiff(*pages: tuple[TAGS, list[bytes]], order: str = "<", sub_pages: int = 0) -> bytes:
    """A TIFF of pages (tags, strips); the last `sub_pages` of them hang on the first one."""
    file = BytesIO()
    file.write(struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, 0))
    starts = []
    link = 4  # where the place of the next page goes
    chain = len(pages) - sub_pages
    for number in (*range(chain, len(pages)), *range(chain)):
        tags, strips = pages[number]
        first = file.tell()
        file.write(b"".join(strips))
        tags = {**tags, 279: tuple(map(len, strips))}
        ends = accumulate(tags[279][:-1], initial=first)
        tags[324 if 322 in tags else 273] = tuple(ends)
        if 322 in tags:
            tags[325] = tags.pop(279)
        if number == 0 and sub_pages:
            tags[330] = tuple(starts)
        rows = b""
        for tag, values in sorted(tags.items()):
            data = struct.pack(f"{order}{len(values)}I", *values)
            if len(values) > 1:
                place = file.tell()
                file.write(data)
                data = struct.pack(order + "I", place)
            rows += struct.pack(order + "HHI", tag, LONG, len(values)) + data
        starts.append(file.tell() if number >= chain else 0)
        here = file.tell()
        file.write(struct.pack(order + "H", len(tags)) + rows)
        after = file.tell()
        file.write(bytes(4))
        if number < chain:
            file.seek(link)
            file.write(struct.pack(order + "I", here))
            file.seek(0, 2)
            link = after
    return file.getvalue()


def squeeze(rows: np.ndarray, compression: str) -> bytes:
    """Rows of bytes (h, n) as one compressed strip; libtiff does it for grey pictures."""
    file = BytesIO()
    Image.fromarray(rows).save(
        file, format="TIFF", compression=compression, tiffinfo={278: rows.shape[0]}
    )
    with Image.open(file) as image:
        (start,), (size,) = image.tag_v2[273], image.tag_v2[279]  # type: ignore[attr-defined]
    return file.getvalue()[start : start + size]


def predict(samples: np.ndarray, predictor: int, order: str) -> np.ndarray:
    """Samples (h, w, n) as rows of bytes, with the differences that a predictor makes."""
    height, width, count = samples.shape
    size = samples.dtype.itemsize
    if predictor == 3:
        big = samples.astype(samples.dtype.newbyteorder(">"))
        by_byte = big.reshape(height, -1, 1).view(np.uint8).swapaxes(1, 2).reshape(height, -1)
        by_pixel = by_byte.reshape(height, -1, count)
        return np.diff(by_pixel, axis=1, prepend=0).astype(np.uint8).reshape(height, -1)
    if predictor == 2:
        whole = samples.view(f"u{size}")
        samples = np.diff(whole, axis=1, prepend=whole.dtype.type(0)).astype(whole.dtype)
    stored = samples.astype(samples.dtype.newbyteorder(order))
    return np.ascontiguousarray(stored).view(np.uint8).reshape(height, width * count * size)


def page(
    samples: np.ndarray,
    *,
    compression: str = "raw",
    predictor: int = 1,
    order: str = "<",
    strip: int = 5,
    tile: int = 0,
    separate: bool = False,
    extra: tuple[int, ...] = (),
    **more: tuple[int, ...],
) -> tuple[TAGS, list[bytes]]:
    """A page of samples (h, w, n), in strips of rows or in square tiles."""
    height, width, count = samples.shape
    kind = {"u": 1, "i": 2, "f": 3}[samples.dtype.kind]
    tags: TAGS = {
        256: (width,),
        257: (height,),
        258: (samples.dtype.itemsize * 8,) * count,
        259: (COMPRESSIONS[compression],),
        262: (2 if count - len(extra) == 3 else 1,),
        277: (count,),
        284: (2 if separate else 1,),
        317: (predictor,),
        339: (kind,) * count,
    }
    if extra:
        tags[338] = extra
    blocks = []
    for plane in np.split(samples, count, -1) if separate else [samples]:
        if tile:
            tags |= {322: (tile,), 323: (tile,)}
            padded = np.pad(plane, [(0, -height % tile), (0, -width % tile), (0, 0)])
            for y in range(0, height, tile):
                blocks += [padded[y : y + tile, x : x + tile] for x in range(0, width, tile)]
        else:
            tags[278] = (strip,)
            blocks += [plane[y : y + strip] for y in range(0, height, strip)]
    rows = [predict(np.ascontiguousarray(block), predictor, order) for block in blocks]
    tags |= {int(name[1:]): values for name, values in more.items()}
    raw = compression == "raw"
    return tags, [block.tobytes() if raw else squeeze(block, compression) for block in rows]


def read(path: Path, data: bytes) -> np.ndarray:
    path.write_bytes(data)
    return np.asarray(read_image(path).rgb).astype(int)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("layout", [{}, {"tile": 16}, {"separate": True}], ids=str)
@pytest.mark.parametrize(
    ("compression", "predictor"),
    [("raw", 1), ("tiff_lzw", 1), ("tiff_adobe_deflate", 2), ("tiff_adobe_deflate", 3)],
)
def test_float_colour(
    tmp_path: Path, compression: str, predictor: int, layout: dict, order: str
) -> None:
    made = page(
        gradient().astype(np.float32),
        compression=compression,
        predictor=predictor,
        order=order,
        **layout,
    )
    found = read(tmp_path / "a.tif", tiff(made, order=order))
    np.testing.assert_array_equal(found, np.round(gradient().astype(np.float32) * 255))
    assert read_image(tmp_path / "a.tif").notes == ()


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.uint32])
def test_other_samples_of_colour(tmp_path: Path, dtype: type) -> None:
    white = 1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max
    found = read(tmp_path / "a.tif", tiff(page((gradient() * white).astype(dtype))))
    assert np.abs(found - gradient() * 255).max() <= 1


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_16_bit_grey_with_alpha(tmp_path: Path, compression: str) -> None:
    samples = (gradient()[..., :2] * 65535).astype(np.uint16)
    path = tmp_path / "a.tif"
    predictor = 2 if compression in ("tiff_lzw", "tiff_adobe_deflate") else 1
    made = page(samples, compression=compression, predictor=predictor, extra=(2,))
    found = read(path, tiff(made))
    alpha = read_image(path).alpha
    assert alpha is not None
    np.testing.assert_array_equal(np.asarray(alpha), np.round(samples[..., 1] / 257))
    shown = samples[..., 1] > 200
    grey = np.round(samples[..., 0] / 257)
    np.testing.assert_array_equal(found[shown], grey[shown][:, None].repeat(3, 1))


def test_premultiplied_alpha_is_taken_out(tmp_path: Path) -> None:
    samples = np.zeros((4, 4, 4), np.float32)
    samples[:2] = [0.25, 0.1, 0.5, 0.5]
    found = read(tmp_path / "a.tif", tiff(page(samples, extra=(1,))))
    assert found[0, 0].tolist() == [128, 51, 255] and found[3, 3].tolist() == [255] * 3


def test_few_highlights_are_cut_off_and_other_ranges_stretched(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    samples = np.full((20, 20, 3), 0.5, np.float32)
    samples[0, 0] = 40
    assert read(path, tiff(page(samples)))[5, 5].tolist() == [128] * 3
    assert "cut off" in read_image(path).notes[0]
    assert read(path, tiff(page(gradient().astype(np.float32) * 1000))).max() == 255
    assert "stretched" in read_image(path).notes[0]


def test_orientation_of_float_colour(tmp_path: Path) -> None:
    assert read(tmp_path / "a.tif", tiff(page(gradient().astype("f4"), t274=(6,)))).shape[0] == 24


def test_unknown_samples_are_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(page(gradient().astype(np.float32), t262=(32844,))))
    with pytest.raises(StyleMambaError, match="save it as 8- or 16-bit RGB"):
        read_image(path)


@pytest.mark.parametrize("dtype", [np.float32, np.uint8])
@pytest.mark.parametrize("side", [12288, 1 << 20, 0])
def test_tiles_far_larger_than_the_picture_are_refused(
    tmp_path: Path, dtype: type, side: int
) -> None:
    path = tmp_path / "a.tif"
    samples = np.zeros((16, 24, 3), dtype)
    path.write_bytes(tiff(page(samples, tile=16, t322=(side,), t323=(16,))))
    with pytest.raises(StyleMambaError, match=f"a.tif: tiles of {side} px") as caught:
        read_image(path)
    assert "\n" not in str(caught.value)


def test_a_tile_somewhat_larger_than_the_picture(tmp_path: Path) -> None:
    found = read(tmp_path / "a.tif", tiff(page(gradient().astype(np.float32), tile=256)))
    np.testing.assert_array_equal(found, np.round(gradient().astype(np.float32) * 255))


def test_samples_beyond_the_memory_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    made = page(np.zeros((2, 2, 16), np.float64), t256=(14000,), t257=(14000,), t262=(2,))
    path.write_bytes(tiff(made))
    with pytest.raises(StyleMambaError, match=r"take 25\.1 GB, the limit is 3\.2"):
        read_image(path)


def test_strips_of_far_more_bytes_than_they_unpack_to_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tags, strips = page(np.zeros((16, 24, 3), np.float32), strip=1)
    path.write_bytes(tiff((tags, [bytes(1 << 18), *strips[1:]])))
    assert read_image(path).rgb.size == (24, 16)  # some bytes too many do not matter
    path.write_bytes(tiff((tags, [bytes(1 << 21), *strips[1:]])))
    with pytest.raises(StyleMambaError, match="more bytes packed than unpacked"):
        read_image(path)


# --- pages ---------------------------------------------------------------------------------------


def flat(value: int, size: int, **more: tuple[int, ...]) -> tuple[TAGS, list[bytes]]:
    return page(np.full((size, size, 3), value, np.uint8), **more)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("pages", "sub_pages", "value", "note"),
    [
        ([flat(9, 8), flat(90, 40)], 0, 90, "number 2"),  # much smaller
        ([flat(9, 8, t254=(1,)), flat(90, 12)], 0, 90, "number 2"),  # says that it is a preview
        ([flat(9, 8, t254=(1,)), flat(60, 10, t254=(1,)), flat(90, 20)], 2, 90, "number 3"),
        ([flat(9, 8), flat(60, 9), flat(90, 10)], 0, 90, "the largest"),  # pages of a scan
        ([flat(9, 40), flat(90, 8, t254=(1,))], 0, 9, ""),  # its own preview
        ([flat(9, 8, t254=(1,))], 0, 9, ""),
    ],
)
def test_the_picture_and_not_its_preview(
    tmp_path: Path,
    pages: list[tuple[TAGS, list[bytes]]],
    sub_pages: int,
    value: int,
    note: str,
    order: str,
) -> None:
    found = read(tmp_path / "a.tif", tiff(*pages, order=order, sub_pages=sub_pages))
    assert found.min() == found.max() == value
    notes = read_image(tmp_path / "a.tif").notes
    assert len(notes) == bool(note) and note in "".join(notes)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("sensor.tif", tiff(flat(9, 8, t254=(1,)), flat(90, 16, t262=(32803,)), sub_pages=1)),
        ("linear.tif", tiff(flat(9, 8), flat(90, 16, t262=(34892,)))),
        ("version.tif", tiff(flat(9, 8, t50706=(1,)))),
        ("canon.tif", tiff(flat(9, 8))[:8] + b"CR" + tiff(flat(9, 8))[10:]),
        ("photo.NEF", tiff(flat(9, 8))),
        ("photo.raf", b"FUJIFILMCCD-RAW " * 9),
        ("photo.cr3", b"\0\0\0\x18ftypcrx " * 9),
    ],
)
def test_camera_raw_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(StyleMambaError, match="camera RAW") as caught:
        read_image(tmp_path / name)
    assert "\n" not in str(caught.value) and name in str(caught.value)


def test_a_jpeg_with_the_name_of_a_raw_file_opens(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "a.dng", format="JPEG")
    assert read_image(tmp_path / "a.dng").rgb.size == (8, 8)


def test_a_chain_of_pages_that_bites_its_tail(tmp_path: Path) -> None:
    data = bytearray(tiff(flat(9, 8)))
    data[-4:] = data[4:8]
    assert read(tmp_path / "a.tif", bytes(data)).max() == 9
