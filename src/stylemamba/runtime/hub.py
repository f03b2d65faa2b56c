"""Our own models on disk: config.json beside model.safetensors, in a folder or on the hub."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from safetensors.torch import load_model, save_model
from torch import nn

from stylemamba.errors import StyleMambaError
from stylemamba.runtime.memory import is_out_of_memory, out_of_memory
from stylemamba.runtime.model_files import model_folder, read_config

CONFIG, WEIGHTS = "config.json", "model.safetensors"
Model = TypeVar("Model", bound="HubModel")


class HubModel(nn.Module):
    """A module that saves what it was made with, loads strictly and silently, fails with one line.

    The files are those of huggingface_hub's `PyTorchModelHubMixin`, whose import takes as long as
    loading all models does.

    Attributes:
        option: What takes a folder of this model, named in error messages: a command line option
            or, where there is none, a function.
        config_type: The dataclass that is its only argument; None if it has arguments of its own.
        made_with: The arguments of its making, by name.
    """

    option: ClassVar[str]
    config_type: ClassVar[type[Any] | None] = None
    made_with: dict[str, Any]

    def __new__(cls: type[Model], *args: Any, **kwargs: Any) -> Model:
        model: Model = super().__new__(cls)
        # A copy is made without arguments, and gets these with everything else.
        bound = inspect.signature(cls.__init__).bind_partial(model, *args, **kwargs)
        bound.apply_defaults()
        _, *names = bound.arguments
        model.__dict__["made_with"] = {name: bound.arguments[name] for name in names}
        return model

    @classmethod
    def made_from(cls: type[Model], config: Mapping[str, Any]) -> Model:
        """The model of a config.json, with initial weights; what it does not know is left out."""
        kind = cls.config_type
        known = inspect.signature(kind or cls.__init__).parameters
        values = {name: value for name, value in config.items() if name in known}
        return cls(**values) if kind is None else cls(kind(**values))

    @classmethod
    def from_pretrained(cls: type[Model], name_or_folder: str | Path) -> Model:
        """Loads a model that `save_pretrained` wrote, in evaluation mode.

        Args:
            name_or_folder: Folder, or the name of a repository on the hub.

        Raises:
            StyleMambaError: Files are missing, damaged, or of another model; there is not enough
                memory.
        """
        folder = model_folder(name_or_folder, (CONFIG, WEIGHTS), cls.option)
        config = read_config(folder, cls.option)
        try:
            model = cls.made_from(config)
            load_model(model, folder / WEIGHTS, strict=True)
        except Exception as error:  # missing, truncated and foreign files raise a dozen types
            if is_out_of_memory(error):
                raise out_of_memory(f"load {folder}") from error
            reason = " ".join(str(error).split())[:160] or type(error).__name__
            raise StyleMambaError(
                f"{folder} does not hold a whole {cls.__name__} ({reason}): "
                f"pass {cls.option} DIR with the {CONFIG} and {WEIGHTS} of one"
            ) from error
        return model.eval()

    def save_pretrained(self, folder: str | Path) -> None:
        """Writes config.json and model.safetensors into a folder, which is made if need be.

        Raises:
            OSError: It cannot be written.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        config = self.made_with if self.config_type is None else asdict(*self.made_with.values())
        save_model(self, str(folder / WEIGHTS))
        text = json.dumps(config, sort_keys=True, indent=2)
        (folder / CONFIG).write_text(text, encoding="utf-8")
