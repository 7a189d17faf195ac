from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import headwater
from headwater.ui import why


def counted(texts: Sequence[str]) -> list[float]:
    """A score that only knows the words oil (+0.4) and not (-0.1)."""
    return [0.5 + 0.4 * ("oil" in text) - 0.1 * ("not" in text) for text in texts]


def test_the_drop_of_each_word_by_hand() -> None:
    parts = why.explain("oil is not gold", counted)
    assert "".join(part.text for part in parts) == "oil is not gold"
    drops = {part.text: part.drop for part in parts if part.drop is not None}
    assert drops == {"oil": pytest.approx(0.4), "is": 0, "not": pytest.approx(-0.1), "gold": 0}


@pytest.mark.parametrize("text", ["", "  ", "!?", "北京的银行", "it's 3.5 %\n\n\u202eabc", "word " * 300])
def test_parts_always_join_to_the_text(text: str) -> None:
    parts = why.explain(text, counted)
    assert "".join(part.text for part in parts) == text
    assert sum(part.drop is not None for part in parts) <= why.PARTS


def test_probabilities_are_those_of_predict(tmp_path: Path, tiny: Callable) -> None:
    tiny(tmp_path / "bundle", "sentiment")
    model = headwater.load(tmp_path / "bundle")
    texts = ["oil rose", "gold fell in London", ""]
    rows = why.probabilities(model, texts)
    for row, prediction in zip(rows, model.predict(texts), strict=True):
        assert model.labels[row.argmax()] == prediction.label
        assert row.max() == pytest.approx(prediction.probability)
        assert row.sum() == pytest.approx(1)
