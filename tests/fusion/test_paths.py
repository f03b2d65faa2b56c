from __future__ import annotations

import pytest
import torch
from torch import Tensor

from stylemamba.fusion.paths import PATHS, content_values, orders, to_grid, to_sequences


def visits(values: Tensor) -> list[list[int]]:
    return orders(("rows", "columns", *["content"] * values.shape[1]), values)[0].tolist()


def test_paths_visit_the_grid_in_the_documented_order() -> None:
    values = torch.tensor([[[3.0, 1.0, 2.0], [0.0, 2.0, 5.0]]])[None]  # of 0 1 2 / 3 4 5
    assert visits(values) == [[0, 1, 2, 3, 4, 5], [0, 3, 1, 4, 2, 5], [3, 1, 2, 4, 0, 5]]


def test_flat_ground_is_walked_in_order() -> None:
    assert visits(torch.zeros(1, 1, 7, 90))[2] == list(range(630))


def test_each_content_path_has_its_own_values() -> None:
    values = torch.randn(2, 2, 4, 5)
    found = orders(("content", "rows", "content"), values)
    for batch in range(2):
        for path, value in ((0, 0), (2, 1)):
            walked = values[batch, value].flatten()[found[batch, path]]
            assert (walked.diff() >= 0).all()


def test_content_paths_do_not_know_left_from_right() -> None:
    values = torch.rand(1, 1, 6, 8)
    there, mirrored = (
        value.flatten()[orders(("content",), value)[0, 0]] for value in (values, values.flip(-1))
    )
    assert torch.equal(there, mirrored)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_grid_survives_the_paths(groups: int) -> None:
    grid = torch.randn(2, 3, 5, 8)
    paths = [PATHS[group % len(PATHS)] for group in range(groups)]
    order = orders(paths, torch.randn(2, groups, 3, 5))
    sequences = to_sequences(grid, order)
    assert sequences.shape == (15, 2, groups, 8 // groups)
    for entry in range(2):
        tokens = grid[entry].flatten(0, 1).unflatten(-1, (groups, -1))
        for group in range(groups):
            expected = tokens[order[entry, group], group]
            assert torch.equal(sequences[:, entry, group], expected)
    assert torch.equal(to_grid(sequences, order, 3, 5), grid)


def test_values_are_means_of_linear_functions() -> None:
    latents, keys = torch.randn(2, 4, 12, 16), torch.randn(3, 4)
    values = content_values(latents, keys, 2)
    assert values.shape == (2, 3, 6, 8)
    # The token (2, 3) and its neighbours are the latent pixels 2 to 7 and 4 to 9.
    expected = keys @ latents[1, :, 2:8, 4:10].mean((1, 2))
    torch.testing.assert_close(values[1, :, 2, 3], expected)
    assert content_values(latents, keys[:0], 2).shape == (2, 0, 6, 8)
