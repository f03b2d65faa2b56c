"""What a server takes on, so that it can be left running."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, fields
from typing import Any

from stylemamba.portable.recipe import Recipe
from stylemamba.portable.recipe_fields import Bounds, check_numbers, number
from stylemamba.runtime.pool import CORES
from stylemamba.server.problems import Problem

LONGEST_PROMPT = 2000
"""Letters of all styles that are mixed: reading them takes longer than in proportion."""


@dataclass(frozen=True)
class Limits:
    """What a server takes on."""

    upload: int = number(
        32, Bounds(int, 1, 4096), "Megabytes of an upload, all files of a request.", metavar="MB"
    )
    megapixels: int = number(
        50, Bounds(int, 1, 200), "Megapixels of a photo, from its header.", metavar="N"
    )
    side: int = number(
        8192,
        Bounds(int, 64, 8192),
        "Longer side up to which pictures are painted; larger sizes are refused, larger photos "
        "painted at it and enlarged.",
        metavar="PX",
    )
    steps: int = number(200, Bounds(int, 0, 10_000), "Steps of a fit.", metavar="N")
    queue: int = number(
        32, Bounds(int, 1, 100_000), "Pictures that wait, beside those in work.", metavar="N"
    )
    workers: int = number(
        min(CORES, 4),
        Bounds(int, 1, 64),
        "Pictures in work at a time; the cores are shared out among them.",
        metavar="N",
    )
    seconds: int = number(
        600, Bounds(int, 1, 86_400), "Seconds a picture may take; then it is stopped.", metavar="S"
    )
    rate: int = number(
        240, Bounds(int, 1, 1_000_000), "Uploads and pictures a minute and client.", metavar="N"
    )
    keep: int = number(
        60, Bounds(int, 1, 100_000), "Minutes that photos and results are kept.", metavar="MIN"
    )
    memory: int = number(
        512,
        Bounds(int, 16, 1_000_000),
        "Megabytes of photos and results kept; then the oldest go first.",
        metavar="MB",
    )

    video_upload: int = number(
        256, Bounds(int, 1, 65_536), "Megabytes of an upload of a video.", metavar="MB"
    )
    video_frames: int = number(
        3000, Bounds(int, 1, 1_000_000), "Frames of a video that are painted.", metavar="N"
    )
    video_megapixels: int = number(
        9, Bounds(int, 1, 40), "Megapixels of a video's frames, from its header.", metavar="N"
    )
    video_queue: int = number(
        4, Bounds(int, 1, 1000), "Videos that wait, beside the one in work.", metavar="N"
    )
    video_seconds: int = number(
        7200, Bounds(int, 1, 604_800), "Seconds a video may take; then it ends there.", metavar="S"
    )
    video_disk: int = number(
        2048,
        Bounds(int, 16, 1_000_000),
        "Megabytes of videos on the disk; then the oldest go first.",
        metavar="MB",
    )

    def __post_init__(self) -> None:
        check_numbers(self)

    @property
    def video_bytes(self) -> int:
        """Of an upload of a video: what is sent is on the disk twice for a moment."""
        return min(self.video_upload, self.video_disk // 2) * 1_000_000

    @classmethod
    def options(cls) -> Iterator[Field[Any]]:
        """Fields, with bounds and help in their metadata as those of a recipe have them."""
        return iter(fields(cls))

    def check(self, recipe: Recipe) -> None:
        """Refuses what takes too long or too much memory.

        Raises:
            Problem: A value is beyond a limit.
        """
        regions = enumerate(recipe.regions)
        mixes = {f"regions[{place}].parts": region.parts for place, region in regions}
        for field, parts in {"parts": recipe.parts, **mixes}.items():
            letters = sum(len(part.text) for part in parts)
            if letters > LONGEST_PROMPT:
                detail = f"{field} has {letters} letters, at most {LONGEST_PROMPT} are read"
                raise Problem("invalid", detail, f"recipe.{field}")
        for name, most in (("size", self.side), ("steps", self.steps)):
            value = getattr(recipe, name)
            if value is not None and value > most:
                detail = f"{name} should be at most {most} here, not {value}"
                raise Problem("invalid", detail, f"recipe.{name}")
