"""Pictures in Parquet files, as the Hugging Face hub has data sets of pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.reading import read_image_bytes


@dataclass(frozen=True)
class ParquetPicture:
    """A picture in a Parquet file.

    Attributes:
        path: Of the file.
        column: Its column of pictures.
        group: Number of the row group.
        row: Number within it.
    """

    path: Path
    column: str
    group: int
    row: int

    @property
    def stem(self) -> str:
        """A name: rows have none."""
        return f"{self.path.stem}-{self.group}-{self.row}"

    def content(self) -> bytes:
        """The picture's file. All of its row group is read, and kept for those beside it.

        Raises:
            StyleMambaError: The file is damaged, or the row holds no picture.
        """
        found = _row_group(self.path, self.column, self.group)[self.row]
        content = found.get("bytes") if isinstance(found, dict) else found
        if not isinstance(content, bytes):
            raise StyleMambaError(f"{self.path}: {self.stem} has no bytes of a picture in it")
        return content

    def read(self) -> Image.Image:
        """The picture, upright, in sRGB.

        Raises:
            StyleMambaError: It is damaged.
        """
        return read_image_bytes(self.content(), self.path / self.stem).rgb


def parquet_files(folder: Path) -> list[Path]:
    """The Parquet files of a folder, or of `data/` in it, in the order of their names."""
    return sorted(folder.glob("*.parquet")) or sorted((folder / "data").glob("*.parquet"))


def parquet_pictures(path: Path) -> Iterator[ParquetPicture]:
    """The pictures of a file, in its order; nothing is read but what the file says of itself.

    Args:
        path: With a column of bytes, or of structs with `bytes` as the hub's have it; the first of
            them is taken.

    Raises:
        StyleMambaError: pyarrow is missing, the file is damaged, or it has no such column.
    """
    file = _opened(path)
    column = next((field.name for field in file.schema_arrow if _holds_bytes(field.type)), None)
    if column is None:
        names = ", ".join(file.schema_arrow.names)
        raise StyleMambaError(f"{path}: none of its columns ({names}) holds the bytes of pictures")
    for group in range(file.metadata.num_row_groups):
        for row in range(file.metadata.row_group(group).num_rows):
            yield ParquetPicture(path, column, group, row)


def _holds_bytes(kind: Any) -> bool:
    from pyarrow import types

    if types.is_struct(kind):
        inside = kind.get_field_index("bytes")
        return inside >= 0 and _holds_bytes(kind.field(inside).type)
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _opened(path: Path) -> Any:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise StyleMambaError(
            "Parquet files need pyarrow: pip install 'stylemamba[parquet]'"
        ) from error
    try:
        return ParquetFile(path)
    except Exception as error:  # damaged files raise several types
        raise _unreadable(path, error) from error


@lru_cache(maxsize=2)
def _row_group(path: Path, column: str, group: int) -> list[Any]:
    try:
        table = _opened(path).read_row_group(group, columns=[column])
        rows: list[Any] = table.column(column).to_pylist()
    except StyleMambaError:
        raise
    except Exception as error:  # likewise
        raise _unreadable(path, error) from error
    return rows


def _unreadable(path: Path, error: Exception) -> StyleMambaError:
    reason = " ".join(str(error).split())[:120]
    return StyleMambaError(f"{path}: cannot be read ({reason}); copy it again")
