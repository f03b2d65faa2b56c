from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything in float32: tests compare digits that bfloat16 does not have."""
    monkeypatch.setenv("STYLEMAMBA_DTYPE", "float32")
