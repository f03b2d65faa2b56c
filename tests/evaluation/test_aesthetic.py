from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from stylemamba.errors import StyleMambaError
from stylemamba.evaluation.metrics.aesthetic import AestheticHead


def test_score_of_unit_embeddings(tmp_path: Path) -> None:
    torch.save({"weight": torch.tensor([[1.0, 2.0]]), "bias": torch.tensor([5.0])}, tmp_path / "h")
    head = AestheticHead(tmp_path / "h", 2)
    assert head(torch.tensor([[3.0, 4.0], [0.0, 7.0]])).tolist() == pytest.approx([7.2, 7])


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(1, 768), "bias": torch.zeros(1)}, tmp_path / "l14.pth")
    with pytest.raises(StyleMambaError, match="length 768, the judge's have 512"):
        AestheticHead(tmp_path / "l14.pth", 512)
    (tmp_path / "text.pth").write_text("hello")
    torch.save({"layers.0.weight": torch.zeros(1, 768)}, tmp_path / "mlp.pth")
    for name in ("none.pth", "text.pth", "mlp.pth"):
        with pytest.raises(StyleMambaError, match=f"{name}: cannot be read") as caught:
            AestheticHead(tmp_path / name, 768)
        assert "\n" not in str(caught.value)


def test_five_layers_of_the_second_predictor(tmp_path: Path) -> None:
    """As its Sequential of linear layers and dropout gives them in evaluation mode."""
    torch.manual_seed(0)
    sequence = nn.Sequential(
        *(nn.Linear(768, 1024), nn.Dropout(0.2), nn.Linear(1024, 128), nn.Dropout(0.2)),
        *(nn.Linear(128, 64), nn.Dropout(0.1), nn.Linear(64, 16), nn.Linear(16, 1)),
    ).eval()
    state = {f"layers.{name}": value for name, value in sequence.state_dict().items()}
    torch.save(state, tmp_path / "mlp.pth")
    head = AestheticHead(tmp_path / "mlp.pth", 768)
    assert head.definition.startswith("LAION-Aesthetics V2")
    embeddings = torch.randn(3, 768)
    unit = embeddings / embeddings.norm(dim=1, keepdim=True)
    torch.testing.assert_close(head(embeddings), sequence(unit)[:, 0].detach())
    with pytest.raises(StyleMambaError, match="length 768, the judge's have 512"):
        AestheticHead(tmp_path / "mlp.pth", 512)
