from __future__ import annotations

import torch

from stylemamba.runtime.padding import pad_to_multiple


def test_repeats_the_edge_at_the_bottom_and_on_the_right() -> None:
    maps = torch.arange(6.0).view(1, 1, 2, 3)
    padded = pad_to_multiple(maps, 4)
    assert padded[0, 0].tolist() == [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5], [3, 4, 5, 5]]
    assert torch.equal(pad_to_multiple(padded, 2), padded)
