import doctest
import warnings
from dataclasses import replace

import numpy as np
import pytest

import headwater
import headwater.serving.model
from headwater.bundle import open_bundle, write_bundle
from headwater.errors import BundleError, DeviceError, InputError
from headwater.serving import Classifier, Embedder, Model, Prediction, Tagger, load
from headwater.spans import Span
from tests.test_text import HARD
from tests.tiny import tiny_bundle

TEXTS = ["oil rose", "", "Acme Bank in London", "gold fell " * 60, "🎉"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("bundles")
    tiny_bundle(root / "all", "sentiment", "entities", "topics", "vector")
    for name in ("sentiment", "entities", "topics", "vector", "same"):
        tiny_bundle(root / name, name)
    return root


@pytest.fixture(scope="module")
def every(folder) -> Model:
    return load(folder / "all", variant="fp32")


def test_the_examples_are_skipped_or_run():
    assert doctest.testmod(headwater.serving.model).failed == 0
    assert doctest.testmod(headwater).failed == 0


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sentiment", Classifier),
        ("topics", Classifier),
        ("same", Classifier),
        ("entities", Tagger),
        ("vector", Embedder),
    ],
)
def test_one_head_opens_as_what_it_is(folder, name, kind):
    opened = load(folder / name)
    assert type(opened) is kind
    assert opened.head.name == name
    assert (opened.model.variant, opened.model.device, opened.model.provider) == ("int8", "cpu", "CPUExecutionProvider")


def test_several_heads_open_as_a_model_and_one_of_them_by_name(folder, every):
    assert type(every) is Model
    assert type(load(folder / "all", "entities")) is Tagger
    with pytest.raises(BundleError, match="expected one of the heads sentiment, entities, topics, vector, got 'tone'"):
        load(folder / "all", "tone")


def test_several_heads_answer_at_once_and_as_each_alone(folder, every):
    found = every.predict_heads(TEXTS)
    assert list(found) == ["sentiment", "entities", "topics", "vector"]
    assert all(len(rows) == len(TEXTS) for rows in found.values())
    for name in ("sentiment", "entities", "topics"):
        assert load(folder / "all", name, variant="fp32").predict(TEXTS) == found[name]
    assert list(every.predict_heads(TEXTS, heads=["topics"])) == ["topics"]


def test_predictions_are_of_the_documented_forms(every):
    found = every.predict_heads(TEXTS)
    assert all(isinstance(row, Prediction) for row in found["sentiment"])
    assert all(isinstance(span, Span) for row in found["entities"] for span in row)
    assert any(found["entities"])
    assert all(isinstance(row, tuple) for row in found["topics"])
    for text, row in zip(TEXTS, found["entities"], strict=True):
        assert all(text[span.start : span.end] == span.text for span in row)
    assert found["sentiment"][0].probability == pytest.approx(max(p for _, p in found["sentiment"][0].top))
    np.testing.assert_allclose([np.linalg.norm(row) for row in found["vector"]], 1, atol=1e-6)


def test_variants_agree(folder, every):
    others = load(folder / "all", variant="int8").predict_heads(TEXTS)
    for one, other in zip(every.predict_heads(TEXTS)["sentiment"], others["sentiment"], strict=True):
        assert one.label == other.label
        assert one.probability == pytest.approx(other.probability, abs=0.02)


def test_a_variant_that_the_gate_did_not_measure_is_opened_with_a_warning(folder, tmp_path):
    whole = open_bundle(folder / "sentiment")
    half = replace(whole.manifest, variants={"int8": whole.manifest.variants["int8"]})
    write_bundle(tmp_path / "half", half, {name: (whole.folder / name).read_bytes() for name in half.files})
    with pytest.warns(UserWarning, match="sentiment: fp32 was not measured on labelled rows .* of sentiment are not"):
        opened = load(tmp_path / "half", variant="fp32")
    assert opened.predict(["oil"])[0].label in opened.labels
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(tmp_path / "half")
        load(folder / "vector", variant="fp32")


def test_the_variant_that_was_proved_is_the_default(folder, tmp_path):
    whole = open_bundle(folder / "sentiment")
    half = replace(whole.manifest, variants={"fp32": whole.manifest.variants["fp32"]})
    write_bundle(tmp_path / "half", half, {name: (whole.folder / name).read_bytes() for name in half.files})
    assert load(tmp_path / "half").model.variant == "fp32"


def test_no_texts(folder, every):
    assert every.predict_heads([]) == {"sentiment": [], "entities": [], "topics": [], "vector": []}
    assert load(folder / "sentiment").predict([]) == []
    assert load(folder / "entities").predict([]) == []
    empty = load(folder / "vector").predict([])
    assert empty.shape == (0, 8)
    assert np.concatenate([empty, load(folder / "vector").predict(["oil"])]).shape == (1, 8)


@pytest.mark.parametrize(
    ("texts", "message"),
    [("one text", "got one string"), ([1], "text 0: expected a string, got int"), ([None], "got NoneType")],
)
def test_what_is_no_list_of_texts(every, texts, message):
    with pytest.raises(InputError, match=message):
        every.predict_heads(texts)


@pytest.mark.parametrize("name", HARD)
def test_hard_texts_are_answered(every, name):
    found = every.predict_heads([HARD[name]])
    assert all(HARD[name][span.start : span.end] == span.text for span in found["entities"][0])
    assert found["sentiment"][0].label in ("negative", "neutral", "positive")


def test_pairs(folder):
    same = load(folder / "same")
    assert [p.label in ("no", "yes") for p in same.predict(["oil"], ["gold"])] == [True]
    with pytest.raises(InputError, match=r"head same compares two texts: write predict\(texts, pairs\)"):
        same.predict(["oil"])
    with pytest.raises(InputError, match="a second text for each of 2 texts, got 1"):
        same.predict(["oil", "gold"], ["oil"])


def test_a_threshold_makes_a_classifier_abstain(folder):
    classifier = load(folder / "sentiment", variant="fp32")
    sure = {p.probability for p in classifier.predict(TEXTS)}
    middle = float(np.median(list(sure)))
    found = classifier.predict(TEXTS, threshold=middle)
    assert {p.abstained for p in found} == {True, False}
    assert all(p.abstained == (p.probability < middle) for p in found)
    assert [p.label for p in found] == [p.label for p in classifier.predict(TEXTS)]
    assert not any(p.abstained for p in classifier.predict(TEXTS))


def test_a_risk_is_looked_up_in_the_bundle(folder):
    classifier = load(folder / "sentiment", variant="fp32")
    assert classifier.model.threshold("sentiment", 0.05) == 0.8
    assert classifier.predict(TEXTS, risk=0.05) == classifier.predict(TEXTS, threshold=0.8)


def test_a_risk_that_was_not_calibrated(folder, every):
    with pytest.raises(InputError, match=r"head sentiment: expected one of the risks 0\.05, got 0\.2"):
        load(folder / "sentiment").predict(TEXTS, risk=0.2)
    with pytest.raises(InputError, match="head topics: expected one of the risks none"):
        load(folder / "topics").predict(TEXTS, risk=0.05)


@pytest.mark.parametrize(
    ("threshold", "risk"), [(-0.1, None), (1.1, None), (50, None), (float("nan"), None), (0.5, 0.05)]
)
def test_a_threshold_is_a_probability_and_not_beside_a_risk(folder, threshold, risk):
    with pytest.raises(InputError, match="expected a threshold from 0 to 1, or a risk, not both"):
        load(folder / "sentiment").predict(TEXTS, threshold=threshold, risk=risk)


def test_a_threshold_leaves_out_spans_and_labels(folder):
    tagger, topics = load(folder / "entities", variant="fp32"), load(folder / "topics", variant="fp32")
    every_span = [span for row in tagger.predict(TEXTS) for span in row]
    least = float(np.median([span.probability for span in every_span]))
    kept = [span for row in tagger.predict(TEXTS, threshold=least) for span in row]
    assert kept == [span for span in every_span if span.probability >= least]
    assert 0 < len(kept) < len(every_span)
    assert all(len(row) == 2 for row in topics.predict(TEXTS, threshold=0.0))


@pytest.mark.parametrize(
    ("device", "said"), [("cuda", "needs CUDAExecutionProvider"), ("gpu", "expected a device of cpu, cuda")]
)
def test_a_device_that_is_not_there_is_told_before_anything_is_built(folder, device, said, monkeypatch):
    import onnxruntime

    if device == "cuda" and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this machine has a GPU")

    def build(*args):
        raise AssertionError("nothing may be built")

    monkeypatch.setattr(headwater.serving.model, "cached", build)
    with pytest.raises(DeviceError, match=said):
        load(folder / "sentiment", device=device)


def test_an_unknown_variant(folder):
    with pytest.raises(BundleError, match="expected a variant out of fp32, int8, fp16; got 'int4'"):
        load(folder / "sentiment", variant="int4")


@pytest.mark.parametrize(("workers", "budget"), [(1, 8), (4, 64), (2, 10_000)])
def test_answers_do_not_depend_on_workers_or_budget(folder, every, workers, budget):
    other = load(folder / "all", variant="fp32", workers=workers, budget=budget)
    wanted, found = every.predict_heads(TEXTS * 5), other.predict_heads(TEXTS * 5)
    assert [p.label for p in found["sentiment"]] == [p.label for p in wanted["sentiment"]]
    assert found["entities"] == wanted["entities"]
    for one, two in zip(found["sentiment"], wanted["sentiment"], strict=True):
        assert one.probability == pytest.approx(two.probability, abs=1e-5)


def test_a_system_without_affinity_counts_its_processors(monkeypatch, tmp_path):
    import os

    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(headwater.serving.model, "CPU_MAX", tmp_path / "cpu.max")
    assert headwater.serving.model.processors() == os.cpu_count()


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("max 100000\n", 6), ("200000 100000\n", 2), ("150000 100000\n", 2), ("10000 100000\n", 1), ("9900000 100000\n", 6),
        ("rubbish", 6), (None, 6),
    ],
)  # fmt: skip
def test_a_containers_quota_counts(monkeypatch, tmp_path, told, found):
    import os

    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(6)), raising=False)
    monkeypatch.setattr(headwater.serving.model, "CPU_MAX", tmp_path / "cpu.max")
    if told is not None:
        (tmp_path / "cpu.max").write_text(told)
    assert headwater.serving.model.processors() == found
