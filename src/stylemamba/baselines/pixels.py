"""Plain pixel optimisation: StyleMamba's objective, without an autoencoder or a fusion.

The picture itself is what Adam updates, in the tradition of Gatys et al. (2016), from the photo on.
Against StyleMamba it shows what the latent space and the state-space model add; against CLIPstyler,
what the objective does.
"""

from __future__ import annotations

import torch

from stylemamba.baselines.task import Record, Task
from stylemamba.painting.objective import Objective

RATE = 0.02


def pixels(task: Task, record: Record) -> None:
    """The method, as `task.Method`."""
    objective = Objective(task.photo, task.layers, task.encoder, task.config, task.seed)
    image = task.photo.clone().requires_grad_()
    optimizer = torch.optim.Adam([image], lr=RATE)
    for step in range(task.steps + 1):
        record(step, image.detach())
        if step == task.steps:
            return
        optimizer.zero_grad(set_to_none=True)
        objective(image, step)["total"].backward()
        optimizer.step()
        with torch.no_grad():
            image.clamp_(0.0, 1.0)
