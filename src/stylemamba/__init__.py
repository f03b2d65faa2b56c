"""StyleMamba: text in, stylised photo out.

```python
from stylemamba import StyleMambaPipeline

pipe = StyleMambaPipeline.from_pretrained()
out = pipe(image, "ukiyo-e woodblock print", steps=40, seed=0)
out.image.save("out.png")
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stylemamba.errors import StyleMambaError
from stylemamba.portable.recipe import Recipe, Region, StylePart
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.progress import Cancelled, Progress
from stylemamba.runtime.threads import let_idle_threads_sleep

if TYPE_CHECKING:
    from stylemamba.output import StyleMambaOutput
    from stylemamba.pipeline import StyleMambaPipeline

__version__ = "0.1.0"
__all__ = [
    "Cancelled",
    "Progress",
    "Recipe",
    "RecipeError",
    "Region",
    "StyleMambaError",
    "StyleMambaOutput",
    "StyleMambaPipeline",
    "StylePart",
    "__version__",
]

let_idle_threads_sleep()  # before anything imports torch


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    # Importing the pipeline imports torch, which takes seconds: only for those who use it.
    if name in ("StyleMambaPipeline", "StyleMambaOutput"):
        from stylemamba import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
