"""Heads of several bundles as fields of one row; texts that the models fail on."""

import numpy as np
import pytest

import headwater
from headwater.errors import InputError, ScoringError
from headwater.scoring.scorer import Refusal, Scorer, open_scorer

TEXTS = ["Oil rose in London", "Acme Bank profit misses", "gold"]


def test_fields_agree_with_the_models(tmp_path, tiny):
    first = tiny(tmp_path / "first", "sentiment", "topics", "same").folder
    second = tiny(tmp_path / "second", "entities", "vector", seed=2).folder
    scorer = open_scorer([first, second])
    assert [field.name for field in scorer.fields] == ["sentiment", "topics", "entities", "vector"]
    assert scorer.left_out == ("same",)
    labels = headwater.load(first, "sentiment").predict(TEXTS)
    topics = headwater.load(first, "topics").predict(TEXTS)
    spans = headwater.load(second, "entities").predict(TEXTS)
    vectors = headwater.load(second, "vector").predict(TEXTS)
    for row, text in enumerate(TEXTS):
        outcome = scorer.score(TEXTS)[row]
        assert outcome["sentiment"] == {"label": labels[row].label, "probability": round(labels[row].probability, 6)}
        assert [item["label"] for item in outcome["topics"]] == [item.label for item in topics[row]]
        assert [(item["start"], item["end"], item["label"]) for item in outcome["entities"]] == [
            (span.start, span.end, span.label) for span in spans[row]
        ]
        assert all(text[item["start"] : item["end"]] == item["text"] for item in outcome["entities"])
        np.testing.assert_allclose(outcome["vector"], vectors[row], atol=1e-6)


def test_heads_of_one_name_are_told_apart_by_their_bundle(tmp_path, tiny):
    bundles = [tiny(tmp_path / name, "sentiment", seed=seed).folder for seed, name in enumerate(["old", "new"])]
    assert [field.name for field in open_scorer(bundles).fields] == ["old_sentiment", "new_sentiment"]
    with pytest.raises(InputError, match="give each bundle once"):
        open_scorer([bundles[0], bundles[0]])


def test_risk_marks_what_is_below_the_threshold(news, names):
    scorer = open_scorer([news, names], risk=0.05)
    outcomes = [
        scorer.score([text])[0]["sentiment"] for text in (*TEXTS, "oil gold", "beats", "shares fell", "profit in Acme")
    ]
    assert {outcome["abstained"] for outcome in outcomes} == {True, False}  # the bundle's threshold is 0.8
    assert all(outcome["abstained"] == (outcome["probability"] < 0.8) for outcome in outcomes)
    assert "abstained" not in open_scorer([news]).score(["gold"])[0]["sentiment"]


def test_a_risk_that_no_bundle_holds_is_an_error(news, names):
    with pytest.raises(InputError, match=r"expected one of the risks 0\.05, got 0\.2"):
        open_scorer([news], risk=0.2)
    with pytest.raises(InputError, match="risks none"):
        open_scorer([names], risk=0.05)


def test_a_bundle_with_pairs_alone_is_an_error(tmp_path, tiny):
    with pytest.raises(InputError, match="reads one text"):
        open_scorer([tiny(tmp_path / "pairs", "same").folder])


def test_only_the_text_that_breaks_the_model_is_refused(news, monkeypatch):
    scorer = open_scorer([news])
    sound = scorer.models[0].predict_heads

    def fragile(texts, **options):
        if any("boom" in text for text in texts):
            raise RuntimeError("out of range")
        return sound(texts, **options)

    monkeypatch.setattr(scorer.models[0], "predict_heads", fragile)
    outcomes = scorer.score(["gold", "boom", "oil"])
    assert outcomes[1] == Refusal("the model failed on this text: RuntimeError: out of range")
    assert [outcomes[0], outcomes[2]] == [scorer.score(["gold"])[0], scorer.score(["oil"])[0]]
    with pytest.raises(ScoringError, match=r"none of 2 texts could be scored.*out of range"):
        scorer.score(["boom", "boom!"])


def test_nothing_to_score(news):
    assert open_scorer([news]).score([]) == []
    assert isinstance(open_scorer([news]), Scorer)


def test_results_are_what_score_says_plainly(tmp_path, tiny):
    scorer = open_scorer([tiny(tmp_path / "tiny", "sentiment", "topics", "entities").folder])
    for result, outcome in zip(scorer.results(TEXTS), scorer.score(TEXTS), strict=True):
        assert outcome["sentiment"]["label"] == result["sentiment"].label
        assert outcome["sentiment"]["probability"] == round(result["sentiment"].probability, 6)
        assert len(result["sentiment"].top) == 3  # every label, which a row of output has no room for
        assert [item["text"] for item in outcome["entities"]] == [span.text for span in result["entities"]]
