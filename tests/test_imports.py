from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import stylemamba

PACKAGE = Path(stylemamba.__file__).parent
PORTRAIT = Path(__file__).with_name("portrait.jpg")


def imported(folder: str) -> dict[str, set[str]]:
    """File -> the parts of the package that it imports from, wherever in the file."""
    found = {}
    for path in (PACKAGE / folder).rglob("*.py"):
        names = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
            elif isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
        parts = {name.split(".")[1] for name in names if name.startswith("stylemamba.")}
        found[path.relative_to(PACKAGE).as_posix()] = parts
    return found


def test_the_command_line_is_imported_by_nobody() -> None:
    files = imported(".")
    assert files["cli/__init__.py"] >= {"cli", "portable"}  # it does see imports
    for name, parts in files.items():
        assert "cli" not in parts or name == "__main__.py" or name.startswith("cli/"), name


@pytest.mark.parametrize(
    "folder",
    ["files", "portable", "scan", "losses", "encoders", "autoencoders", "fusion", "painting",
     "segmentation", "baselines"],
)  # fmt: skip
def test_nothing_that_is_measured_imports_what_measures(folder: str) -> None:
    for name, parts in imported(folder).items():
        assert not parts & {"evaluation", "training", "export"}, name


ORDER = (
    {"errors", "progress", "portable"},
    {"runtime", "notes"},
    {"files", "scan", "losses"},
    {"autoencoders", "encoders", "fusion"},
    {"painting", "segmentation"},
    {"models", "output"},
    {"pipeline"},
    {"baselines"},
    {"batch", "evaluation", "training", "export", "server", "video"},
    {"live"},
    {"cli"},
)
"""From what needs nothing to what needs everything; nothing imports what comes later."""


def test_nothing_imports_upwards() -> None:
    ranks = {name: rank for rank, names in enumerate(ORDER) for name in names}
    seen = set()
    for file, parts in imported(".").items():
        own = file.split("/")[0].removesuffix(".py")
        if own in ("__init__", "__main__"):
            continue
        seen.add(own)
        for part in parts & ranks.keys():
            # A store keeps what pipelines hand back, and names its type.
            if (file, part) != ("files/store.py", "output"):
                assert ranks[part] <= ranks[own], f"{file} imports {part}"
    assert seen - {"weights"} == ranks.keys()


def test_a_picture_needs_torch_and_little_else(tmp_path: Path) -> None:
    """Each of these takes longer to import than all models take to load."""
    unwanted = {
        "accelerate", "diffusers", "huggingface_hub", "scipy", "sympy", "torch._dynamo",
        "torchvision", "transformers",
    }  # fmt: skip
    output = tmp_path / "out.png"
    paint = f"""
import sys
from stylemamba.cli import main
status = main(["stylize", {str(PORTRAIT)!r}, "ukiyo-e", "-o", {str(output)!r}, "--quiet"])
print(status, "torch" in sys.modules, sorted({unwanted!r} & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", paint], capture_output=True, text=True)
    assert done.stdout == "0 True []\n"
    assert output.is_file()
