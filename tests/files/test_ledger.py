from __future__ import annotations

from pathlib import Path

import pytest

from stylemamba.files import ledger as module
from stylemamba.files.ledger import FOLDER, Ledger

RESULT = Path("a/cat.png")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "out")
    made.prepare()
    (made.folder / RESULT).parent.mkdir()
    return made


def test_what_is_done_is_known(ledger: Ledger) -> None:
    key = {"recipe": {"parts": ("oil",)}, "photo": "x"}
    assert not ledger.has(RESULT, key) and not ledger.made(RESULT)
    ledger.write(RESULT, key, b"picture")
    assert (ledger.folder / RESULT).read_bytes() == b"picture"
    assert ledger.has(RESULT, key) and Ledger(ledger.folder).has(RESULT, key)
    assert not ledger.has(RESULT, {**key, "photo": "y"}) and ledger.made(RESULT)
    assert not ledger.has(Path("b/cat.png"), key)


def test_what_somebody_changed_is_not_ours(ledger: Ledger) -> None:
    ledger.write(RESULT, {}, b"picture")
    (ledger.folder / RESULT).write_bytes(b"retouched")
    assert not ledger.has(RESULT, {}) and not ledger.made(RESULT)
    (ledger.folder / RESULT).unlink()
    assert not ledger.has(RESULT, {}) and not ledger.made(RESULT)


def test_a_damaged_record_is_none(ledger: Ledger) -> None:
    ledger.write(RESULT, {}, b"picture")
    (record,) = (ledger.folder / FOLDER).iterdir()
    record.write_text("{")
    assert not ledger.has(RESULT, {}) and not ledger.made(RESULT)


def test_an_end_between_record_and_result(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.write(RESULT, {"version": 1}, b"first")

    def killed(path: Path) -> None:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(module, "atomic_writer", killed)
        ledger.write(RESULT, {"version": 2}, b"second")
    assert ledger.made(RESULT)  # the first one, which may be replaced
    assert not ledger.has(RESULT, {"version": 1}) and not ledger.has(RESULT, {"version": 2})
    ledger.write(RESULT, {"version": 2}, b"second")
    assert ledger.has(RESULT, {"version": 2})
