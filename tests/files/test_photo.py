from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from stylemamba.files.images import as_photo, read_image

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 5, 4), np.uint8)
RGB = np.ascontiguousarray(PIXELS[..., :3])


def same(value: object, expected: np.ndarray = RGB) -> None:
    photo = as_photo(value)
    np.testing.assert_array_equal(np.asarray(photo.rgb), expected)
    assert photo.alpha is None and photo.path == Path()


def test_a_path_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(RGB).save(path)
    for name in (path, str(path)):
        photo = as_photo(name)
        np.testing.assert_array_equal(np.asarray(photo.rgb), RGB)
        assert photo.path == path
    photo = read_image(path)
    assert as_photo(photo) is photo


def test_pillow_pictures_are_turned_and_keep_their_alpha(tmp_path: Path) -> None:
    same(Image.fromarray(RGB))
    photo = as_photo(Image.fromarray(PIXELS))
    assert photo.alpha is not None
    np.testing.assert_array_equal(np.asarray(photo.alpha), PIXELS[..., 3])
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(RGB).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as image:
        assert as_photo(image).rgb.size == (6, 5)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float16, np.float32, np.float64])
def test_arrays(dtype: type) -> None:
    scale = {np.uint8: 1.0, np.uint16: 257.0}.get(dtype, 1 / 255)
    same((RGB * scale).astype(dtype))
    same((RGB[..., 0] * scale).astype(dtype), RGB[..., :1].repeat(3, -1))
    same(np.asfortranarray((RGB * scale).astype(dtype)))
    assert as_photo((PIXELS * scale).astype(dtype)).alpha is not None


def test_tensors() -> None:
    tensor = torch.from_numpy(RGB).permute(2, 0, 1) / 255
    for value in (tensor, tensor[None], tensor.double(), tensor.clone().requires_grad_()):
        same(value)


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (None, TypeError, "NoneType"),
        ([1, 2], TypeError, "list"),
        (b"photo.jpg", TypeError, "bytes"),
        (3, TypeError, "int"),
        (np.zeros((4, 4), np.int64), TypeError, "int64"),
        (np.zeros((4, 4), bool), TypeError, "bool"),
        (np.zeros((3, 4, 4), np.uint8)[None], ValueError, r"\(1, 3, 4, 4\)"),
        (np.zeros((4, 4, 2), np.uint8), ValueError, r"\(4, 4, 2\)"),
        (np.zeros((0, 4, 3), np.uint8), ValueError, r"\(0, 4, 3\)"),
        (np.full((4, 4), 255.0), ValueError, "255"),
        (np.full((4, 4), np.nan), ValueError, "nan"),
        (torch.zeros(2, 3, 4, 4), ValueError, r"\(2, 3, 4, 4\)"),
        (torch.zeros(4, 4, 3), ValueError, r"\(4, 4, 3\)"),
        (torch.zeros(3, 0, 4), ValueError, r"\(3, 0, 4\)"),
        (torch.zeros(3, 4, 4, dtype=torch.uint8), TypeError, "divide it by 255"),
        (torch.full((3, 4, 4), 9.0), ValueError, "9"),
        (Image.new("RGB", (0, 4)), ValueError, "no pixels"),
    ],
    ids=str,
)
def test_anything_else_says_in_one_line_what_is_taken(
    value: object, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        as_photo(value)
    message = str(caught.value)
    assert "\n" not in message and "path" in message and "(h, w, 3)" in message


def test_a_bytes_path_is_refused() -> None:
    class Name:
        def __fspath__(self) -> bytes:
            return b"a.png"

    with pytest.raises(TypeError, match="fsdecode"):
        as_photo(Name())


def test_torch_is_not_imported() -> None:
    code = (
        "import sys, numpy; from stylemamba.files.images import as_photo;"
        "as_photo(numpy.zeros((4, 4))); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
