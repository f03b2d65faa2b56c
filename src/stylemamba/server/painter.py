"""What a worker does: a job's picture, by the pipeline that all of them share."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.files.carried import NOTHING
from stylemamba.files.images import Photo, encoded, fit_size, resize, to_pil
from stylemamba.portable.recipe import Recipe
from stylemamba.portable.recipe_fields import RecipeError
from stylemamba.portable.region_maps import rest_of
from stylemamba.progress import Cancelled, OnProgress, Progress
from stylemamba.runtime.allocator import release_freed_memory
from stylemamba.runtime.memory import is_out_of_memory
from stylemamba.server.jobs import Job, Result
from stylemamba.server.limits import Limits
from stylemamba.server.problems import Problem, recipe_problem
from stylemamba.server.uploads import Decoder, Upload

if TYPE_CHECKING:
    from torch import Tensor

    from stylemamba.output import StyleMambaOutput
    from stylemamba.pipeline import StyleMambaPipeline

PREVIEW_SIDE = 512
PREVIEW_SECONDS = 0.4  # between pictures of a fit
WARM_UP_SIDE = 64
LARGE = 2_000_000
"""Pixels of a picture after which it takes less time to give memory back than it is worth."""

log = logging.getLogger(__name__)


class Painter:
    """Makes the pictures of jobs.

    Args:
        pipe: Its models are shared by all workers.
        limits: Of the size of pictures.
        decoder: Reads photos.
    """

    def __init__(self, pipe: StyleMambaPipeline, limits: Limits, decoder: Decoder) -> None:
        self.pipe, self.limits, self._decoder = pipe, limits, decoder

    def warm_up(self) -> None:
        """Loads what is loaded on first use, before several workers would do so at once."""
        photo = Image.linear_gradient("L").resize((WARM_UP_SIDE, WARM_UP_SIDE)).convert("RGB")
        self.pipe(photo, Recipe.of("oil painting"))

    def __call__(self, job: Job) -> Result:
        """The picture of a job.

        Raises:
            Problem: There is none.
        """
        assert job.upload is not None
        with in_work(job):
            return self._painted(job, job.upload)

    def _painted(self, job: Job, upload: Upload) -> Result:
        photo = self._decoder.photo(upload)
        if job.draft is not None:
            photo = _at_most(photo, job.draft)
        recipe = job.recipe
        if recipe.size is None and max(photo.rgb.size) > self.limits.side:
            recipe = replace(recipe, size=self.limits.side)
        recipe = self.pipe.resolved(recipe)
        made = self.pipe(photo, recipe, on_progress=self._hears(job, photo, recipe))
        document = recipe.to_json(self.pipe.made_with(upload.content))
        picture, notes = encoded(
            made.image,
            "picture.png",
            photo.alpha,
            document,
            carried=NOTHING if job.strip else photo.carried,
            deep=made.deep,
        )
        return Result(bytes(picture), made.image.size, _about(made, [*photo.notes, *notes]))

    def _hears(self, job: Job, photo: Photo, recipe: Recipe) -> OnProgress:
        shown = 0.0

        def hear(event: Progress) -> None:
            nonlocal shown
            if job.reason_to_stop is not None:
                raise Cancelled
            preview = b""
            if event.image is not None and time.monotonic() - shown > PREVIEW_SECONDS:
                preview, shown = _preview(event.image, photo, recipe), time.monotonic()
            job.shows(event.step, event.steps, preview, event.stage)

        return hear


@contextmanager
def in_work(job: Job) -> Iterator[None]:
    """Gives a job its cores, and turns whatever goes wrong with it into a problem.

    What a large job has freed is given back to the system: other programs need it, too.

    Raises:
        Problem: Something went wrong.
    """
    torch.set_num_threads(job.threads)  # of this thread alone
    try:
        yield
    except Problem:
        raise
    except Cancelled as error:
        raise job.reason_to_stop or Problem("cancelled", "it was cancelled") from error
    except RecipeError as error:
        raise recipe_problem(error) from error
    except StyleMambaError as error:
        raise Problem("invalid", str(error)) from error
    except Exception as error:
        if is_out_of_memory(error):
            raise Problem("too-large", "not enough memory: ask for a smaller size") from error
        log.exception("a job failed")
        raise Problem("internal", "something went wrong here, and was written down") from error
    finally:
        if job.pixels > LARGE:
            release_freed_memory()


def _about(made: StyleMambaOutput, notes: list[str]) -> dict[str, object]:
    return {
        "recipe": made.recipe.to_dict(),
        "notes": [*notes, *made.notes],
        "coverage": made.coverage,
        "remarks": list(made.remarks),
        "neighbours": [name for name, _ in made.neighbours],
        "interrupted": made.interrupted,
    }


def _at_most(photo: Photo, side: int) -> Photo:
    size = fit_size(photo.rgb.size, min(side, max(photo.rgb.size)))
    alpha = None if photo.alpha is None else resize(photo.alpha, size)
    return replace(photo, rgb=resize(photo.rgb, size), alpha=alpha, deep=None)


def _preview(pictures: Tensor, photo: Photo, recipe: Recipe) -> bytes:
    """What a picture (1, 3, h, w) of a photo will look like, as a JPEG file."""
    picture = to_pil(pictures)
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    if recipe.keeps_rest:
        rest = rest_of(recipe, picture.size)
        picture = Image.composite(resize(photo.rgb, picture.size), picture, rest)
    return small_jpeg(picture)


def small_jpeg(picture: Image.Image) -> bytes:
    """A picture as a JPEG file to look at while there is more to come; it is reduced itself."""
    picture.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=80)
    return file.getvalue()
