"""What trainings that differ in one thing came to: their losses, and pictures of one pass.

    python docs/measure_ablation.py PHOTOS OUT/mamba OUT/attention ...

PHOTOS is a folder; runs are folders of `stylemamba train fusion` with the same --seed and --steps:
a step saw the same in all of them, so losses are compared step by step, with those of the first.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps

from stylemamba import StyleMambaPipeline
from stylemamba.encoders.base import SOURCE_PROMPT
from stylemamba.evaluation.metrics import ssim
from stylemamba.evaluation.metrics.mirror_error import mirror_error
from stylemamba.evaluation.style_judge import StyleJudge, count_named
from stylemamba.files.images import to_tensor

LAST = 1 / 3  # of the steps, whose losses count
LOSSES = ("anchor", "code", "content", "mirror", "flat_ground", "directional")
LOSSES += ("masked", "second_order")
PROMPTS = Path(__file__).with_name("compare-prompts.txt")
SIZE = 256


def losses_of(run: Path) -> dict[str, np.ndarray]:
    """Of the last steps; those that the run was trained without are left out."""
    with (run / "losses.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows = rows[-round(LAST * len(rows)) :]
    return {
        name: np.array([float(row[name]) for row in rows]) for name in LOSSES if name in rows[0]
    }


def loss_table(runs: list[Path]) -> None:
    """Means, and in brackets differences from the first run with their standard errors."""
    found = {run.name: losses_of(run) for run in runs}
    first = found[runs[0].name]
    print("| run |", " | ".join(LOSSES), "|")
    for name, losses in found.items():
        cells = []
        for loss in LOSSES:
            if loss not in losses:
                cells.append("not trained with")
                continue
            change = losses[loss] - first[loss]
            error = change.std(ddof=1) / len(change) ** 0.5
            more = "" if losses is first else f" ({change.mean():+.3f} ± {error:.3f})"
            cells.append(f"{losses[loss].mean():.3f}{more}")
        print(f"| {name} |", " | ".join(cells), "|")


def picture_row(run: Path, photos: list[Image.Image], prompts: list[str]) -> str:
    pipe = StyleMambaPipeline.from_pretrained(fusion=run)
    judge = StyleJudge.shipped()
    pictures, asked, values = [], [], []
    with torch.inference_mode():
        texts = pipe.encoder.encode_text([SOURCE_PROMPT, *prompts])
        for photo in photos:
            seen = pipe.encoder.encode_image(to_tensor(photo))
            for prompt, text in zip(prompts, texts[1:], strict=True):
                picture = pipe(photo, prompt, texture=0).image
                mirrored = pipe(ImageOps.mirror(photo), prompt, texture=0).image
                change = pipe.encoder.encode_image(to_tensor(picture)) - seen
                one, other, source = (to_tensor(image)[0] for image in (picture, mirrored, photo))
                values.append(
                    (
                        float(F.cosine_similarity(change[0], text - texts[0], 0)),
                        mirror_error(one.numpy(), other.numpy()),
                        float(ssim(one[None], source[None])),
                    )
                )
                pictures.append(picture)
                asked.append(prompt)
    means = " | ".join(f"{value:.3f}" for value in np.mean(values, 0))
    named = count_named(judge, pictures, asked)
    return (
        f"| {run.name} | {means} | {named['first']} | {named['first_five']} | {named['judged']} |"
    )


def main() -> None:
    if len(sys.argv) < 3 or not all(Path(name).is_dir() for name in sys.argv[1:]):
        sys.exit(__doc__)
    folder, *runs = map(Path, sys.argv[1:])
    loss_table(runs)
    lines = PROMPTS.read_text(encoding="utf-8").splitlines()
    prompts = [line for line in lines if line and not line.startswith("#")]
    photos = [
        ImageOps.contain(Image.open(path).convert("RGB"), (SIZE, SIZE))
        for path in sorted(folder.glob("*.jpg"))
    ]
    print("| run | direction | mirror error | SSIM | named at once | among five | of |")
    for run in runs:
        print(picture_row(run, photos, prompts), flush=True)


if __name__ == "__main__":
    main()
