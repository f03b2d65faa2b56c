"""Line plots, drawn with Pillow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

COLOURS = (
    *("#1b6ca8", "#c8553d", "#3a7d44", "#6d4c9f", "#8a8a1f", "#444444", "#d98cb3", "#17becf"),
    *("#ff9f1c", "#7a4419", "#8fd14f", "#b00020", "#5a6acf", "#aaaaaa", "#00796b"),
)
WIDTH, HEIGHT = 620, 400
LEFT, RIGHT, TOP, BOTTOM = 74, 20, 40, 58
SCALE = 2  # drawn twice as large, then reduced: smooth lines

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Panel:
    """One plot.

    Attributes:
        title: Above it.
        x_label: Below it.
        lines: Name to points (x, y), x rising; a single point becomes a disc.
        logarithmic: The horizontal axis; x is then above 0.
    """

    title: str
    x_label: str
    lines: Mapping[str, Points]
    logarithmic: bool = False


def draw_panels(panels: Sequence[Panel], columns: int) -> Image.Image:
    """Panels row by row on one picture, the lines' names on the first panel.

    A name has the same colour on all panels, by its place in the first one's `lines`.

    Raises:
        ValueError: A panel has no points, or a name that the first panel does not have.
    """
    names = list(panels[0].lines)
    if any(name not in names for panel in panels for name in panel.lines):
        raise ValueError(f"every line should be one of {names}")
    rows = -(-len(panels) // columns)
    size = (columns * WIDTH * SCALE, rows * HEIGHT * SCALE)
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for number, panel in enumerate(panels):
        left, top = number % columns * WIDTH, number // columns * HEIGHT
        _draw_panel(draw, panel, names, left, top, legend=number == 0)
    return image.resize((columns * WIDTH, rows * HEIGHT), Image.Resampling.LANCZOS)


def _draw_panel(
    draw: ImageDraw.ImageDraw, panel: Panel, names: list[str], left: int, top: int, legend: bool
) -> None:
    points = [point for line in panel.lines.values() for point in line]
    if not points:
        raise ValueError(f"nothing to draw on {panel.title!r}")
    font = ImageFont.load_default(13 * SCALE)
    xs = [x for x, _ in points]
    across: _LinearAxis | _LogarithmicAxis = (
        _LogarithmicAxis(xs) if panel.logarithmic else _LinearAxis(xs)
    )
    up = _LinearAxis([y for _, y in points])
    x0, x1 = (left + LEFT) * SCALE, (left + WIDTH - RIGHT) * SCALE
    y0, y1 = (top + HEIGHT - BOTTOM) * SCALE, (top + TOP) * SCALE

    def place(x: float, y: float) -> tuple[float, float]:
        return x0 + across.share(x) * (x1 - x0), y0 + up.share(y) * (y1 - y0)

    for tick in up.ticks:
        _, y = place(across.ticks[0], tick)
        draw.line([(x0, y), (x1, y)], fill="#dddddd", width=SCALE)
        draw.text((x0 - 6 * SCALE, y), f"{tick:g}", fill="black", font=font, anchor="rm")
    for tick in across.ticks:
        x, _ = place(tick, up.ticks[0])
        draw.line([(x, y0), (x, y1)], fill="#eeeeee", width=SCALE)
        draw.text((x, y0 + 6 * SCALE), f"{tick:g}", fill="black", font=font, anchor="ma")
    draw.rectangle([(x0, y1), (x1, y0)], outline="black", width=SCALE)
    middle = (x0 + x1) / 2
    draw.text((middle, y1 - 8 * SCALE), panel.title, fill="black", font=font, anchor="md")
    draw.text((middle, y0 + 28 * SCALE), panel.x_label, fill="black", font=font, anchor="ma")
    for name, line in panel.lines.items():
        colour = COLOURS[names.index(name) % len(COLOURS)]
        places = [place(x, y) for x, y in line]
        if len(places) == 1:
            (x, y), radius = places[0], 5 * SCALE
            draw.ellipse([(x - radius, y - radius), (x + radius, y + radius)], fill=colour)
        else:
            draw.line(places, fill=colour, width=2 * SCALE, joint="curve")
    for number, name in enumerate(names if legend else []):
        y = y1 + (14 + 18 * number) * SCALE
        colour = COLOURS[number % len(COLOURS)]
        draw.line([(x1 - 150 * SCALE, y), (x1 - 126 * SCALE, y)], fill=colour, width=3 * SCALE)
        draw.text((x1 - 120 * SCALE, y), name, fill="black", font=font, anchor="lm")


class _LinearAxis:
    """From one round number to another, with round numbers evenly between them."""

    def __init__(self, values: Sequence[float]) -> None:
        low, high = min(values), max(values)
        span = max(high - low, 1e-3)
        unit = 10.0 ** math.floor(math.log10(span))
        factors = (0.2, 0.5, 1.0, 2.0)
        step = next(unit * factor for factor in factors if span <= 6 * unit * factor)
        first, last = math.floor(low / step), math.ceil(high / step)
        numbers = range(first, max(last, first + 1) + 1)
        self.ticks = [round(step * number, 12) for number in numbers]

    def share(self, value: float) -> float:
        """0 at the first tick, 1 at the last."""
        return (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])


class _LogarithmicAxis:
    """As long as the values need, from and to one of ..., 0.5, 1, 2, 5, 10, ..."""

    def __init__(self, values: Sequence[float]) -> None:
        low, high = min(values), max(values)
        exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        ticks = [float(f"{factor}e{exponent}") for exponent in exponents for factor in (1, 2, 5)]
        first = max(number for number, tick in enumerate(ticks) if tick <= low)
        last = min(number for number, tick in enumerate(ticks) if tick >= high)
        self.ticks = ticks[first : max(last, first + 1) + 1]

    def share(self, value: float) -> float:
        """0 at the first tick, 1 at the last."""
        return math.log(value / self.ticks[0]) / math.log(self.ticks[-1] / self.ticks[0])
