"""Published models by hub name or local folder: quick refusals, offline use, one-line errors."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import torch
from torch import nn

from stylemamba.errors import StyleMambaError
from stylemamba.runtime.memory import is_out_of_memory, out_of_memory

Loaded = TypeVar("Loaded")

ANSWER_SECONDS = 4.0


def model_folder(name_or_folder: str | Path, files: Sequence[str], option: str) -> Path:
    """The local folder of a model: the one given, or the snapshot of a hub repository.

    The hub is asked first, and has `ANSWER_SECONDS` to answer; when it is silent, or the download
    fails, a snapshot in the cache (`HF_HOME`) serves. Nothing else is read from the network, so
    that loading from the returned folder works offline.

    Args:
        name_or_folder: A folder, or a repository such as `stabilityai/sd-vae-ft-mse`.
        files: Patterns of the files to download; nothing else of the repository is.
        option: The command line option that takes a local copy, named in error messages.

    Raises:
        StyleMambaError: If there is no such folder, and no such repository within reach.
    """
    name = str(name_or_folder)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    remedy = f"pass {option} DIR with a local copy of the model"
    if name.startswith((".", "~", "/")) or "\\" in name or name.count("/") > 1 or folder.exists():
        raise StyleMambaError(f"{name!r} is not a folder: {remedy}")
    try:
        return _download(name, files)
    except StyleMambaError as error:
        cached = _cached(name, files)
        if cached is None:
            raise StyleMambaError(f"{error}: {remedy}") from error
        return cached


def read_config(folder: Path, option: str) -> dict[str, Any]:
    """The `config.json` of a model folder.

    Raises:
        StyleMambaError: If it is missing or is not a JSON object.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        config = None
    if not isinstance(config, dict):
        raise StyleMambaError(
            f"{folder} has no readable config.json: "
            f"pass {option} DIR with the whole folder of a saved model"
        )
    return config


@contextmanager
def loading(folder: Path, option: str, library_logging: ModuleType) -> Iterator[None]:
    """Silences a library while it loads a model and turns whatever it raises into one line.

    Args:
        folder: Where the model is loaded from.
        option: The command line option that takes another folder, named in the error message.
        library_logging: `transformers.utils.logging` or `diffusers.utils.logging`.

    Raises:
        StyleMambaError: If the body raises anything.
    """
    verbosity = library_logging.get_verbosity()
    had_progress_bar = library_logging.is_progress_bar_enabled()
    library_logging.set_verbosity(logging.CRITICAL)
    library_logging.disable_progress_bar()
    try:
        yield
    except StyleMambaError:
        raise
    except Exception as error:  # missing, truncated and foreign files raise a dozen types
        if is_out_of_memory(error):
            raise out_of_memory(f"load {folder}") from error
        raise StyleMambaError(
            f"cannot load the model in {folder} ({_one_line(error)}): "
            f"replace its files, or pass {option} DIR with a whole copy"
        ) from error
    finally:
        library_logging.set_verbosity(verbosity)
        if had_progress_bar:
            library_logging.enable_progress_bar()


def require_all_weights(loading_info: Mapping[str, Any]) -> None:
    """Refuses a model of which some weights were not in the file; libraries only warn.

    Args:
        loading_info: What `from_pretrained(..., output_loading_info=True)` returned.

    Raises:
        ValueError: If weights are missing.
    """
    missing = sorted(loading_info["missing_keys"])
    if missing:
        raise ValueError(f"{len(missing)} weights are missing, for example {missing[0]}")


def load_image_text_model(
    kind: Any, folder: Path, option: str, build: Callable[[Any, Any, Any], Loaded]
) -> Loaded:
    """A model of transformers with its tokenizer and image processor, from a local folder.

    Args:
        kind: The model's class, or an `AutoModel` of transformers.
        folder: Where it is.
        option: The command line option that takes another folder.
        build: What is made of model, tokenizer and image processor.

    Raises:
        StyleMambaError: Files are missing or damaged.
    """
    from transformers import AutoImageProcessor, AutoTokenizer
    from transformers.utils import logging as library_logging

    with loading(folder, option, library_logging):
        model, info = kind.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            dtype=torch.float32,
            output_loading_info=True,
        )
        require_all_weights(info)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        processor = AutoImageProcessor.from_pretrained(folder, local_files_only=True)
        return build(model, tokenizer, processor)


def _download(name: str, files: Sequence[str]) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HFValidationError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
    )

    try:
        _ask_hub(name)
    except HFValidationError:
        problem = f"{name!r} is neither a folder nor a model name"
    except GatedRepoError:
        problem = f"access to {name!r} must be granted first (`hf auth login`)"
    except RepositoryNotFoundError:
        problem = f"{name!r} is neither a folder nor known to the Hugging Face hub"
    except OfflineModeIsEnabled:
        problem = f"{name!r} is not in the cache and HF_HUB_OFFLINE is set"
    except Exception:  # no route, no name server, a proxy's own page, silence: no hub in each case
        problem = f"cannot reach the Hugging Face hub for {name!r}"
    else:
        try:
            return Path(snapshot_download(name, allow_patterns=list(files)))
        except GatedRepoError:
            problem = f"access to {name!r} must be granted first (`hf auth login`)"
        except Exception as error:
            problem = f"cannot download {name!r} ({_one_line(error)})"
    raise StyleMambaError(problem)


def _ask_hub(name: str) -> None:
    """One request, with a deadline for the whole of it.

    The client's own timeouts count each address and each packet anew and leave the name server
    out, hence the thread; it is a daemon, so a hanging network does not hold up the exit.
    """
    from huggingface_hub import HfApi

    answer: Future[None] = Future()

    def ask() -> None:
        try:
            HfApi().model_info(name, timeout=ANSWER_SECONDS)
        except Exception as error:
            answer.set_exception(error)
        else:
            answer.set_result(None)

    threading.Thread(target=ask, daemon=True).start()
    answer.result(timeout=ANSWER_SECONDS)


def _cached(name: str, files: Sequence[str]) -> Path | None:
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=list(files), local_files_only=True))
    except (OSError, ValueError):  # not in the cache, or not a name
        return None


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else f"{text[:157]}..."


_fingerprints: WeakKeyDictionary[nn.Module, str] = WeakKeyDictionary()


def fingerprint(module: nn.Module) -> str:
    """A hash of a frozen module's weights, made once for each; it keeps no module alive."""
    if module not in _fingerprints:
        _fingerprints[module] = _digest(module)
    return _fingerprints[module]


def _digest(module: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]
