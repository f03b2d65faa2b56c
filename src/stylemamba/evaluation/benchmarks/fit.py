"""`stylemamba bench fit`: how much sooner a fit arrives that starts from the one-pass result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from stylemamba.encoders.base import SOURCE_PROMPT
from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.line_plot import Panel, draw_panels
from stylemamba.files.images import tensor_at
from stylemamba.losses import safe_cosine
from stylemamba.pipeline import StyleMambaPipeline
from stylemamba.portable.recipe import FIT_STEPS
from stylemamba.progress import Progress


@dataclass(frozen=True)
class FitRow:
    """One photo and prompt.

    Attributes:
        photo: its name.
        prompt: the style.
        identity: total loss before the first step, and after each, from z' = z.
        one_pass: the same from the one-pass result.
        identity_direction: cos(dI, dT) of the pictures of `identity`, before brushwork.
        one_pass_direction: cos(dI, dT) of the pictures of `one_pass`; the first is one pass.
        identity_delivered: cos(dI, dT) of what `stylize` would hand over after the last step of
            `identity`, brushwork and all.
        one_pass_delivered: cos(dI, dT) of what it would hand over after one pass.
    """

    photo: str
    prompt: str
    identity: list[float]
    one_pass: list[float]
    identity_direction: list[float]
    one_pass_direction: list[float]
    identity_delivered: float
    one_pass_delivered: float

    @property
    def arrived(self) -> bool:
        """Whether the best loss from the one-pass result is no higher than that from z' = z."""
        return min(self.one_pass) <= min(self.identity)


def benchmark_fits(
    pipe: StyleMambaPipeline,
    photos: Sequence[tuple[str, Image.Image]],
    prompts: Sequence[str],
    *,
    steps: int = FIT_STEPS,
    warm_steps: int = 10,
    size: int = 256,
    report: Callable[[FitRow], None] = lambda row: None,
) -> list[FitRow]:
    """Fits each photo to one prompt, the prompts taking turns, from both starts.

    Args:
        pipe: With a style fusion trained for one pass.
        photos: Names and pictures.
        prompts: The styles.
        steps: Of the fits from z' = z.
        warm_steps: Of the fits from the one-pass result.
        size: Longer side of the pictures in pixels.
        report: Called after every photo.

    Raises:
        StyleMambaError: There is no such style fusion.
    """
    if pipe.fusion is None:
        raise StyleMambaError("there is no style fusion trained for one pass: pass --fusion DIR")
    plain = StyleMambaPipeline(pipe.encoder, pipe.autoencoder)
    rows = []
    for number, (name, image) in enumerate(photos):
        prompt = prompts[number % len(prompts)]
        direction = _Direction(pipe, image, prompt, size)
        identity, one_pass = _Measured(direction), _Measured(direction)
        cold = plain(image, prompt, steps=steps, size=size, on_progress=identity)
        pipe(image, prompt, steps=warm_steps, size=size, on_progress=one_pass)
        delivered = pipe(image, prompt, steps=0, size=size).image
        rows.append(
            FitRow(
                name,
                prompt,
                identity=identity.totals,
                one_pass=one_pass.totals,
                identity_direction=identity.directions,
                one_pass_direction=one_pass.directions,
                identity_delivered=direction(tensor_at(cold.image, size)),
                one_pass_delivered=direction(tensor_at(delivered, size)),
            )
        )
        report(rows[-1])
    return rows


class _Direction:
    """cos(dI, dT) of pictures of a photo, measured at a longer side of `size` pixels."""

    @torch.no_grad()
    def __init__(
        self, pipe: StyleMambaPipeline, photo: Image.Image, prompt: str, size: int
    ) -> None:
        self.encoder, self.device = pipe.encoder, pipe.device
        self.photo = self.encoder.encode_image(tensor_at(photo, size).to(self.device))
        source, text = self.encoder.encode_text([SOURCE_PROMPT, prompt]).split(1)
        self.text_delta = (text - source).to(self.device)

    @torch.no_grad()
    def __call__(self, picture: Tensor) -> float:
        delta = self.encoder.encode_image(picture.to(self.device)) - self.photo
        return safe_cosine(delta, self.text_delta).item()


class _Measured:
    """Hears a fit: total losses, and cos(dI, dT) of its pictures."""

    def __init__(self, direction: _Direction) -> None:
        self.direction = direction
        self.totals: list[float] = []
        self.directions: list[float] = []

    def __call__(self, progress: Progress) -> None:
        assert progress.image is not None
        if progress.stage == "fit":
            self.totals.append(progress.losses["total"])
            self.directions.append(self.direction(progress.image))


def draw_fits(rows: Sequence[FitRow]) -> Image.Image:
    """The mean curves of the best loss so far, in units of the loss of the photo itself."""
    lines = {
        label: [
            (float(step), sum(curve[step] for curve in curves) / len(curves))
            for step in range(len(curves[0]))
        ]
        for label, curves in (
            ("from z' = z", [_relative(row.identity, row) for row in rows]),
            ("from one pass", [_relative(row.one_pass, row) for row in rows]),
        )
    }
    title = f"best loss so far / loss of the photo, mean of {len(rows)} photos"
    return draw_panels([Panel(title, "steps of fitting", lines)], columns=1)


def _relative(totals: list[float], row: FitRow) -> list[float]:
    return [min(totals[: step + 1]) / row.identity[0] for step in range(len(totals))]
