"""What is exported whole needs NumPy and Pillow alone, and nothing of this package but itself."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from stylemamba import portable

FOLDER = Path(portable.__path__[0])
OTHERS = {"numpy", "PIL"}


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.stem)
def test_imports(path: Path) -> None:
    depth = len(path.relative_to(FOLDER).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            assert node.level <= depth  # not above the folder
            continue
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.split(".")[0] in OTHERS | sys.stdlib_module_names
