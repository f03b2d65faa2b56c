from __future__ import annotations

import torch

from stylemamba.losses import mirror_loss


def test_zero_for_mirror_images() -> None:
    bent = torch.randn(2, 3, 16, 24)
    assert mirror_loss(bent, bent.flip(-1)) < 1e-12
    assert mirror_loss(bent, bent) > 1e-4


def test_only_low_frequencies_count() -> None:
    bent = torch.randn(1, 2, 16, 16)
    board = (torch.arange(16)[:, None] + torch.arange(16)) % 2 - 0.5
    assert mirror_loss(bent + board, bent.flip(-1)) < 1e-12


def test_by_hand() -> None:
    """Of two cells, the left one is 1 lighter when it is on the left: each is off by 1."""
    bent = torch.cat([torch.ones(1, 1, 8, 8), torch.zeros(1, 1, 8, 8)], dim=-1)
    assert mirror_loss(bent, bent) == 1
    assert mirror_loss(bent.bfloat16(), bent.bfloat16()) == 1


def test_small_latents_are_one_cell() -> None:
    assert mirror_loss(torch.ones(1, 1, 3, 5), torch.zeros(1, 1, 3, 5)) == 1


def test_gradient() -> None:
    bent, other = torch.randn(2, 1, 2, 16, 9, dtype=torch.float64)
    bent.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: mirror_loss(x, other), bent)
