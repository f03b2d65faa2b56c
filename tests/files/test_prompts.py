from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from stylemamba.cli import options
from stylemamba.errors import StyleMambaError
from stylemamba.files.prompts import read_prompts

TEXT = "pencil drawing\n\n# not this\r\n  浮世絵 \n"
PROMPTS = ("pencil drawing", "浮世絵")


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_encodings(tmp_path: Path, mark: bytes, encoding: str) -> None:
    path = tmp_path / "prompts.txt"
    path.write_bytes(mark + TEXT.encode(encoding))
    assert read_prompts(path) == PROMPTS
    assert options.read_prompts is read_prompts


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("encre et été".encode("latin-1"), "save it as UTF-8"),
        ("pencil".encode("utf-16-le"), "save it as UTF-8"),
        (codecs.BOM_UTF16_LE + b"odd", "save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\0\0", "save it as UTF-8"),
        (b"# nothing\n\n", "has no prompts"),
        (b"", "has no prompts"),
        (None, "No such file"),
    ],
)
def test_refusals(tmp_path: Path, content: bytes | None, word: str) -> None:
    path = tmp_path / "prompts.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StyleMambaError, match=word) as caught:
        read_prompts(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
