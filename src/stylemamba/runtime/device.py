"""Which device the models run on."""

from __future__ import annotations

import torch

from stylemamba.errors import StyleMambaError

DEVICES = ("auto", "cpu", "cuda", "mps")


def resolve_device(name: str | torch.device = "auto") -> torch.device:
    """The device of a name.

    Args:
        name: `auto` for CUDA where there is one, else the CPU; or `cpu`, `cuda`, `cuda:1`, `mps`,
            which have to be there. MPS has to be asked for: nobody has tried it yet.

    Raises:
        StyleMambaError: There is no such device, or it is not there.
    """
    if name == "auto":
        return torch.device("cuda" if _is_there("cuda") else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise StyleMambaError(f"{name!r} is no device; use {', '.join(DEVICES)}") from error
    if device.type == "meta":  # for tests: shapes without numbers
        return device
    if not _is_there(device.type, device.index or 0):
        raise StyleMambaError(f"there is no {name} device that this PyTorch can use; use cpu")
    return device


def upload(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """A tensor on a device, without waiting for what a GPU is at."""
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


def _is_there(kind: str, index: int = 0) -> bool:
    if kind == "cuda":
        return torch.cuda.is_available() and index < torch.cuda.device_count()
    if kind == "mps":
        return torch.backends.mps.is_available()
    return kind == "cpu"
