from __future__ import annotations

import pytest
import torch

from stylemamba.errors import StyleMambaError
from stylemamba.runtime import precision


@pytest.mark.parametrize(
    ("variable", "native", "expected"),
    [
        (None, True, torch.bfloat16),
        (None, False, torch.float32),
        ("auto", True, torch.bfloat16),
        ("float32", True, torch.float32),
    ],
)
def test_working_dtype(
    monkeypatch: pytest.MonkeyPatch, variable: str | None, native: bool, expected: torch.dtype
) -> None:
    monkeypatch.delenv(precision.DTYPE_VARIABLE, raising=False)
    if variable:
        monkeypatch.setenv(precision.DTYPE_VARIABLE, variable)
    monkeypatch.setattr(precision, "has_native_bfloat16", lambda: native)
    assert precision.working_dtype() == expected
    with precision.fast_autocast():
        assert torch.mm(torch.ones(2, 2), torch.ones(2, 2)).dtype == expected


def test_unknown_precision_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(precision.DTYPE_VARIABLE, "float8")
    with pytest.raises(StyleMambaError, match="float8.*auto or float32"):
        precision.fast_autocast()
