"""`stylemamba bench fit`: how much sooner a fit arrives that starts from the one-pass result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.line_plot import Panel, draw_panels
from stylemamba.pipeline import StyleMambaPipeline


@dataclass(frozen=True)
class FitRow:
    """One photo and prompt.

    Attributes:
        photo: its name.
        prompt: the style.
        identity: total loss before the first step, and after each, from z' = z.
        one_pass: the same from the one-pass result.
        identity_direction: cos(dI, dT) of the pictures of `identity`.
        one_pass_direction: cos(dI, dT) of the pictures of `one_pass`; the first is one pass.
    """

    photo: str
    prompt: str
    identity: list[float]
    one_pass: list[float]
    identity_direction: list[float]
    one_pass_direction: list[float]

    @property
    def arrived(self) -> bool:
        """Whether the best loss from the one-pass result is no higher than that from z' = z."""
        return min(self.one_pass) <= min(self.identity)


def benchmark_fits(
    pipe: StyleMambaPipeline,
    photos: Sequence[tuple[str, Image.Image]],
    prompts: Sequence[str],
    *,
    steps: int = 40,
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
        traces = [
            (maker, maker(image, prompt, steps=count, size=size).trace)
            for maker, count in ((plain, steps), (pipe, warm_steps))
        ]
        totals = [[losses["total"] for losses in trace] for _, trace in traces]
        directions = [
            [1 - losses["directional"] / maker.config.weights.directional for losses in trace]
            for maker, trace in traces
        ]
        rows.append(FitRow(name, prompt, *totals, *directions))
        report(rows[-1])
    return rows


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
