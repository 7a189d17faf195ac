from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import headwater
from headwater.errors import InputError
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


def test_any_head_of_one_text_can_be_asked(tmp_path: Path, tiny: Callable) -> None:
    tiny(tmp_path / "bundle", "sentiment", "topics", "companies", "vector")
    model = headwater.load(tmp_path / "bundle")
    text = "Acme Bank profit beats"
    answers = model.predict_heads([text], heads=["sentiment", "topics", "companies"], threshold=0.0)
    best, topic, span = answers["sentiment"][0], answers["topics"][0][0], answers["companies"][0][0]
    assert why.scored(model, "sentiment", best.label)([text, text]) == [pytest.approx(best.probability)] * 2
    assert why.scored(model, "topics", topic.label)([text]) == [pytest.approx(topic.probability)]
    ask = why.scored(model, "companies", span.label, span.text)
    assert ask([text, "gold"]) == [pytest.approx(span.probability), 0.0]
    parts = why.explain(text, ask)
    assert "".join(part.text for part in parts) == text
    inside = next(part for part in parts if part.text in span.text.split())
    assert inside.drop == pytest.approx(span.probability)  # without a word of it the name is gone


@pytest.mark.parametrize(("head", "label", "name"), [("sentiment", "glad", ""), ("companies", "negative", " "), ("vector", "", "")])  # fmt: skip
def test_what_cannot_be_asked_is_said(tmp_path: Path, tiny: Callable, head: str, label: str, name: str) -> None:
    tiny(tmp_path / "bundle", "sentiment", "companies", "vector")
    with pytest.raises(InputError, match=f"head {head}"):
        why.scored(headwater.load(tmp_path / "bundle"), head, label, name)
