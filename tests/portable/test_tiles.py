"""Mosaics: rows along outlines, gaps there, broad tiles in calm ground and fine ones in detail."""

from __future__ import annotations

import numpy as np

from stylemamba.portable.brushwork.ground import Ground
from stylemamba.portable.brushwork.tiles import _figures, _laid, _rows, paint_tiles
from stylemamba.portable.geometry import Array


def photo() -> Array:
    picture = np.full((3, 240, 320), 0.8, dtype=np.float32)
    picture[:, :, 160:] = 0.3
    return picture


def test_rows_run_along_outlines() -> None:
    rng = np.random.default_rng(0)
    ground = Ground(photo(), 1.0, rng)
    angle = _rows(ground, _figures(ground, rng)[1])
    upright = np.abs(np.sin(angle[20:-20, 60:100]))
    assert np.median(upright) > 0.97


def test_gaps_at_outlines_are_dark() -> None:
    rng = np.random.default_rng(0)
    mosaic = paint_tiles(photo(), Ground(photo(), 1.0, rng), 1.0, rng).mean(0)
    gap = mosaic[20:-20, 158:163].min(1).mean()
    assert gap < 0.7 * mosaic[20:-20, 120:125].min(1).mean()


def test_tiles_are_broad_in_calm_ground_and_fine_in_detail() -> None:
    rng = np.random.default_rng(0)
    picture = np.full((3, 200, 400), 0.6, dtype=np.float32)
    picture[:, :, 200:] = rng.random((3, 40, 40), dtype=np.float32).repeat(5, 1).repeat(5, 2)
    ground = Ground(picture, 1.0, rng)
    _, _, size, _ = _laid(ground, ground.angle, [10, 6, 4], rng)
    assert (size[:, :160] == 0).mean() > 0.95 and (size[:, 240:] == 2).mean() > 0.9
