"""Our own models on disk: config.json beside model.safetensors, in a folder or on the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, TypeVar

from huggingface_hub import PyTorchModelHubMixin
from safetensors.torch import load_model
from torch import nn

from stylemamba.errors import StyleMambaError
from stylemamba.runtime.memory import is_out_of_memory, out_of_memory
from stylemamba.runtime.model_files import model_folder, read_config

WEIGHTS = "model.safetensors"
Model = TypeVar("Model", bound="HubModel")


class HubModel(nn.Module, PyTorchModelHubMixin):
    """A module with `PyTorchModelHubMixin` that loads strictly, silently, and fails with one line.

    Attributes:
        option: What takes a folder of this model, named in error messages: a command line option
            or, where there is none, a function.
    """

    option: ClassVar[str]

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls: type[Model], pretrained_model_name_or_path: str | Path
    ) -> Model:
        """Loads a model that `save_pretrained` wrote, in evaluation mode.

        Args:
            pretrained_model_name_or_path: Folder, or the name of a repository on the hub.

        Raises:
            StyleMambaError: Files are missing, damaged, or of another model; there is not enough
                memory.
        """
        folder = model_folder(pretrained_model_name_or_path, ("config.json", WEIGHTS), cls.option)
        read_config(folder, cls.option)  # without one, the mixin warns and goes on
        try:
            model: Model = super().from_pretrained(folder, local_files_only=True)
        except Exception as error:  # missing, truncated and foreign files raise a dozen types
            if is_out_of_memory(error):
                raise out_of_memory(f"load {folder}") from error
            reason = " ".join(str(error).split())[:160] or type(error).__name__
            raise StyleMambaError(
                f"{folder} does not hold a whole {cls.__name__} ({reason}): "
                f"pass {cls.option} DIR with the config.json and {WEIGHTS} of one"
            ) from error
        return model

    @classmethod
    def _from_pretrained(
        cls: type[Model],
        *,
        model_id: str,
        revision: str | None,
        cache_dir: str | Path | None,
        force_download: bool,
        local_files_only: bool,
        token: str | bool | None,
        **model_kwargs: Any,
    ) -> Model:
        model = cls(**model_kwargs)
        load_model(model, Path(model_id) / WEIGHTS, strict=True)
        return model.eval()
