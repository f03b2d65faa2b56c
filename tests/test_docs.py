"""What the documentation shows is what there is."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from PIL import Image

from stylemamba import Recipe
from stylemamba.cli import commands
from stylemamba.portable.recipe_fields import numbers_of

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("#"):
            assert (page.parent / target.split("#")[0]).exists(), target


def test_the_recipe_of_the_docs_is_one() -> None:
    text = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```json\n(.*?)```", text, flags=re.DOTALL)
    recipe, _ = Recipe.from_json(shown)
    assert len(recipe.parts) == 2 and len(recipe.regions) == 1
    assert {item.name for item in numbers_of(Recipe)} < json.loads(shown).keys()


def documented(page: Path) -> Iterator[list[str]]:
    """The arguments of every command that a page shows in a block."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"```(?:sh)?\n(.*?)```", text, flags=re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if line.lstrip().startswith("stylemamba "):
                yield shlex.split(line, comments=True)[1:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_can_be_read(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("DATA/photos", "DATA/paintings", "DATA/media", "TEACHERS", "COCO"):
        Path(folder).mkdir(parents=True)  # have to be there
    Path("configs").symlink_to(ROOT / "configs")
    for arguments in documented(page):
        for option, value in zip(arguments, arguments[1:], strict=False):
            if option == "--palette" and "." in value:  # colours of a picture are read at once
                Path(value).parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (8, 8)).save(value)
        command: click.Command = commands
        while isinstance(command, click.Group):
            name, *arguments = arguments
            command = command.commands[name]
        command.make_context(name, arguments)


def test_pictures_of_the_design_page_are_made_by_its_commands() -> None:
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"!\[.*\]\((design/.*)\)", text))
    blocks = " ".join(re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL))
    assert len(shown) == 6 and all(f" docs/{name} " in blocks for name in shown)
    for name in shown:
        most = 700_000 if name.endswith(".webp") else 250_000
        assert (ROOT / "docs" / name).stat().st_size < most


def test_icons_and_boards_of_the_design_page(tmp_path: Path) -> None:
    def run(script: str, *arguments: str) -> None:
        path = str(ROOT / "docs" / "design" / script)
        subprocess.run([sys.executable, path, *arguments], cwd=tmp_path, check=True)

    run("icons.py", "icons")
    icons = sorted((tmp_path / "icons").iterdir())
    assert len(icons) == 6
    with Image.open(icons[0]) as icon:
        assert icon.size == (256, 256) and icon.getchannel("A").getextrema() == (0, 255)
    run("board.py", "board.jpg", *map(str, icons), "--columns", "3", "--width", "50")
    with Image.open(tmp_path / "board.jpg") as board:
        assert board.size == (3 * 58 + 8, 2 * 58 + 8)
