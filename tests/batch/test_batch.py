"""`stylemamba batch` on a real Ray of this machine, with two workers."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake_pipeline import FakePipeline
from PIL import Image

from stylemamba.cli import main
from stylemamba.cli.batch import BatchJob

pytestmark = pytest.mark.usefixtures("two_cores")
Told = pytest.CaptureFixture[str]


def draw(*names: str, side: int = 16) -> None:
    """Photos of different colours that tell something beside."""
    for number, name in enumerate(names):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        exif = Image.Exif()
        exif[0x010E] = f"photo {number}"
        picture = Image.linear_gradient("L").resize((side, side)).convert("RGB")
        picture.paste((10 * number, 100, 200), (0, 0, side, side // 2))
        picture.save(name, exif=exif)


def pictures(folder: str) -> dict[str, bytes]:
    paths = [path for path in Path(folder).rglob("*.png") if ".stylemamba" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def table(folder: str = "out") -> dict[str, dict[str, Any]]:
    """The table of results by output, in which each is there once."""
    from pyarrow import parquet

    rows = parquet.read_table(Path(folder) / "results.parquet").to_pylist()
    assert len({row["output"] for row in rows}) == len(rows)
    return {row["output"]: row for row in rows}


def summary(out: str) -> dict[str, Any]:
    """What --json printed; Ray tells of dead workers when it likes, before it, too."""
    loaded: dict[str, Any] = json.loads(out.splitlines()[-1])
    return loaded


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def painted(here: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Counter[str]]:
    """How often each photo was painted by workers without models."""
    from fake_work import FakeWork

    log, real = here / "log", BatchJob._work

    def fake(job: BatchJob) -> FakeWork:
        work = real(job)
        return FakeWork(work.direction, work.saving, work.shelf, log=log)

    monkeypatch.setattr(BatchJob, "_work", fake)

    def names() -> Counter[str]:
        found = Counter(log.read_text().splitlines() if log.exists() else ())
        log.unlink(missing_ok=True)
        return found

    return names


def record(monkeypatch: pytest.MonkeyPatch, kill: int | None = None) -> list[dict[str, Any]]:
    """The rows that are told of; the worker of number `kill` is killed when that is told."""
    from stylemamba.batch.table import Table

    told: list[dict[str, Any]] = []
    add = Table.add

    def recorded(self: Table, row: dict[str, Any]) -> None:
        if len(told) == kill:
            os.kill(int(row["worker"].rpartition(":")[2]), signal.SIGKILL)
        told.append(row)
        add(self, row)

    monkeypatch.setattr(Table, "add", recorded)
    return told


def test_a_worker_is_killed_and_results_are_those_of_the_plain_command(
    here: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(*(f"in/{number}.jpg" for number in range(8)), side=64)
    Path("in/z.jpg").write_bytes(b"no picture")
    with monkeypatch.context() as patch:
        told = record(patch, kill=0)
        assert main(["batch", "in/", "watercolour", "-o", "out", "--workers", "2", "--json"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith(f"stylemamba: failed: {here}/in/z.jpg: not a picture that")
    assert summary(captured.out)["painted"] == 8 and len(told) == 9
    rows = table()
    assert Counter(row["state"] for row in rows.values()) == {"painted": 8, "failed": 1}
    assert len({row["worker"] for row in rows.values()}) == 3
    first = rows["0-watercolour.png"]
    assert first["photo"] == f"{here}/in/0.jpg" and first["cpu_seconds"] > 0
    assert (first["width"], first["height"], first["prompt"]) == (64, 64, "watercolour")
    assert first["coverage"] == 1 and len(first["recipe"]) == 16
    assert main(["stylize", "in/", "watercolour", "-o", "plain", "--quiet"]) == 1
    assert pictures("out") == pictures("plain") and len(pictures("out")) == 8
    with Image.open("out/3-watercolour.png") as picture:
        assert picture.getexif()[0x010E] == "photo 3"


def test_a_photo_that_kills_its_worker_is_one_row(
    painted: Callable[[], Counter[str]], capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stylemamba.batch import run

    monkeypatch.setattr(run, "RETRIES", 0)
    draw(*(f"in/{number:02}.jpg" for number in range(40)), "in/poison.jpg")
    told = record(monkeypatch)
    assert main(["batch", "in/", "oil", "-o", "out", "--workers", "2", "--json"]) == 1
    captured = capsys.readouterr()
    assert "in/poison.jpg: its worker died each time" in captured.err
    assert captured.err.count("\n") == 1  # nothing of Ray's own
    assert Counter(row["state"] for row in told) == {"painted": 40, "failed": 1}
    assert len(table()) == 41 and len(pictures("out")) == 40
    assert table()["poison-oil.png"]["error"].startswith("its worker died")
    often = painted()
    assert len(often) == 40 and often.total() <= 42  # what the dead workers were at


def test_lists_of_uris(
    here: Path, painted: Callable[[], Counter[str]], capsys: Told, pipeline: FakePipeline
) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    draw("in/a.jpg", "in/b.jpg", "in/c.jpg")
    assert (
        main(["stylize", "in/c.jpg", "ink", "--save-recipe", "in/ink.json", "-o", "ink.png"]) == 0
    )
    rows = [
        {"photo": f"file://{here}/in/a.jpg", "prompt": "ukiyo-e"},
        {"photo": "b.jpg", "prompt": "oil", "output": "sub/first.png"},
        {"photo": "c.jpg", "recipe": "ink.json"},
        {"photo": "no.jpg"},
    ]
    columns = [(name, pa.string()) for name in ("photo", "prompt", "output", "recipe")]
    Path("in/list.parquet").mkdir()
    for number in range(2):  # as most programs write them
        part = pa.Table.from_pylist(rows[2 * number :][:2], pa.schema(columns))
        parquet.write_table(part, f"in/list.parquet/part-{number}.parquet")
    rows[0]["photo"] = f"{here}/in/a.jpg"
    Path("in/list.jsonl").write_text("\n".join(map(json.dumps, rows)))
    capsys.readouterr()
    command = ["batch", f"file://{here}/in/list.parquet", "pencil", "-o", f"file://{here}/out"]
    assert main([*command, "--json"]) == 1
    captured = capsys.readouterr()
    assert f"failed: file://{here}/in/no.jpg: no such file; check the name" in captured.err
    told = summary(captured.out)
    assert (told["painted"], told["failed"], told["left"]) == (3, 1, 0)
    names = {"a-ukiyo-e.png", "sub/first.png", "c-pencil.png"}
    assert pictures("out").keys() == names and table().keys() == {*names, "no-pencil.png"}
    assert set(painted()) == {"a.jpg", "b.jpg", "c.jpg"}
    assert main(["stylize", "--manifest", "in/list.jsonl", "pencil", "-o", "plain"]) == 1
    assert pictures("out") == pictures("plain")
    Path("in/.hidden.jpg").touch()
    folder = f"file://{here}/in"
    capsys.readouterr()
    assert main(["batch", folder, "pencil", "-o", f"{folder}/more", "--recursive"]) == 0
    note = "passed over: 4 files that are not named like pictures"
    assert capsys.readouterr().err == f"stylemamba: {note}\n"
    assert pictures("in/more").keys() == {f"{name}-pencil.png" for name in "abc"}


def test_the_same_command_goes_on(
    here: Path, painted: Callable[[], Counter[str]], capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stylemamba.batch.table import Table

    draw(*(f"in/{name}.jpg" for name in "abcdef"))
    draw("out/f-oil.png")
    foreign = Path("out/f-oil.png").read_bytes()
    command = ["batch", "in/", "oil", "-o", "out", "--workers", "1", "--json"]
    with monkeypatch.context() as patch:
        add = Table.add
        calls: list[int] = []

        def interrupted(self: Table, row: dict[str, Any]) -> None:
            add(self, row)
            calls.append(1)
            if len(calls) == 2:
                raise KeyboardInterrupt

        patch.setattr(Table, "add", interrupted)
        assert main(command) == 130
    assert "4 of 6 photos left; the same command goes on" in capsys.readouterr().err
    assert Counter(row["state"] for row in table().values()) == {"painted": 2, "left": 4}
    painted()
    done = {output for output, row in table().items() if row["state"] == "painted"}
    changed = "a" if "a-oil.png" in done else "b"
    draw(*["in/new.jpg"] * 7, f"in/{changed}.jpg")  # a colour that none had
    Path("in/new.jpg").unlink()
    assert main(command) == 1
    captured = capsys.readouterr()
    assert "f.jpg: f-oil.png: exists, and is not the result" in captured.err
    assert Path("out/f-oil.png").read_bytes() == foreign
    told = summary(captured.out)
    kept = len(done - {f"{changed}-oil.png"})
    assert (told["kept"], told["painted"], told["failed"]) == (kept, 5 - kept, 1)
    assert painted().total() == 5 - kept
    Path("out/a-oil.png").unlink()
    assert main([*command, "--overwrite"]) == 0
    assert painted() == {"a.jpg": 1, "f.jpg": 1} and Path("out/f-oil.png").read_bytes() != foreign
    assert {row["state"] for row in table().values()} == {"painted"}


def test_models_that_cannot_be_used_end_the_job(
    painted: Callable[[], Counter[str]], capsys: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    draw("in/a.jpg")
    fake = BatchJob._work
    monkeypatch.setattr(BatchJob, "_work", lambda job: replace(fake(job), unfit="no weights"))
    Path("list.csv").write_text("photo,prompt\nin/a.jpg,\nin/a.jpg,ink\n")
    assert main(["batch", "list.csv", "oil", "-o", "out"]) == 1
    assert capsys.readouterr().err == "stylemamba: error: no weights\n"
    states = {output: row["state"] for output, row in table().items()}
    assert states == {"a-oil.png": "left", "a-ink.png": "left"}
    assert main(["batch", "in/", "oil", "-o", "out", "--threads", "64"]) == 1
    assert "no machine of this Ray has 64 cores" in capsys.readouterr().err
    folder = f"file://{Path.cwd()}/in"
    assert main(["batch", folder, "oil", "-o", f"{folder}/"]) == 2
    assert "its results would be painted the next time" in capsys.readouterr().err
    assert main(["batch", f"{folder}/no", "oil", "-o", "out"]) == 1
    assert "in/no: no such folder" in capsys.readouterr().err


def test_no_ray_at_an_address(
    here: Path, capsys: Told, monkeypatch: pytest.MonkeyPatch, pipeline: FakePipeline
) -> None:
    import socket

    from stylemamba.batch import run

    monkeypatch.setattr(run.ray, "is_initialized", lambda: False)
    draw("in/a.jpg")
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    for address in (f"127.0.0.1:{free}", "head:x"):
        assert main(["batch", "in/", "oil", "-o", "out", "--ray", address]) == 1
        told = capsys.readouterr().err
        assert f"error: no Ray at {address} (" in told and told.count("\n") == 1
    assert not Path("out").exists()


def test_a_ray_that_is_gone_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told, here: Path
) -> None:
    import socket

    from stylemamba.batch import run

    joined = []
    monkeypatch.setattr(run.ray, "is_initialized", lambda: False)
    monkeypatch.setattr(run.ray, "init", lambda address, **_: joined.append(address))
    monkeypatch.setattr(run.ray, "shutdown", lambda: None)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))

    def join() -> Any:
        with run.joined_ray(None):
            return joined[-1]

    assert join() is None
    note = tmp_path / "ray" / "ray_current_cluster"
    note.parent.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        note.write_text(f"{address}\n")
        assert join() == address
    assert join() == "local"
    note.write_text("?")
    assert join() == "local"
    monkeypatch.setenv("RAY_ADDRESS", address)
    draw("in/a.jpg")
    assert main(["batch", "in/", "oil", "-o", "out", "--ray"]) == 1
    assert f"error: no Ray at {address} (" in capsys.readouterr().err
