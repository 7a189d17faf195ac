"""The gate lets a faithful export through and refuses every other; a refusal leaves nothing behind."""

import re
from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from headwater.bundle import Calibration
from headwater.data.example import Example
from headwater.errors import GateRefused
from headwater.evaluation import evaluate_head, span_answers
from headwater.export import gate, package
from headwater.export.checkpoint import open_checkpoint
from headwater.export.graph import to_onnx
from headwater.export.package import Labelled, export_bundle
from headwater.serving.predictor import Predictor
from headwater.serving.variants import build
from headwater.spans import Span
from headwater.text import words
from headwater.training.runner import TorchRunner
from tests.export.checkpoints import TEXTS, checkpoint
from tests.tiny import HEADS

LABELS = ("bad", "so-so", "good")


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gate") / "model"
    return open_checkpoint(str(checkpoint(folder, "bert", "ForSequenceClassification", LABELS)))


@pytest.fixture(scope="module")
def graph(opened):
    return to_onnx(opened.model, opened.inputs, opened.heads, opened.tokenizer.get_vocab_size())


@pytest.fixture
def export(opened, graph, monkeypatch, tmp_path):
    """Export with the graph that is made already; `rows` and `accept` as `export_bundle`'s."""
    monkeypatch.setattr(package, "to_onnx", lambda *_: graph)

    def run(rows=Labelled(), **options):  # noqa: B008, a frozen value
        return export_bundle(opened, tmp_path / "bundle", name="tiny", task="test", rows=rows, **options)

    return run


@pytest.fixture(scope="module")
def rows(opened):
    """Rows that the model gets right, every one, for calibration and for test."""
    pieces = [piece for text in TEXTS for piece in re.split(r"(?<=[ ,.。])", text) if piece.strip()]
    texts = [f"{a}{b}" for a in pieces for b in pieces[::4]][:240]
    logits = Predictor(opened.encoder, opened.heads, TorchRunner(opened.model)).logits(texts)["label"]
    examples = [Example(text, None, {"label": LABELS[row.argmax()]}) for text, row in zip(texts, logits, strict=True)]
    assert len({row.targets["label"] for row in examples}) > 1
    return Labelled(examples[::2], examples[1::2])


def refused(export, tmp_path, **options):
    """The names of the checks that failed; asserts that the refusal left nothing."""
    with pytest.raises(GateRefused, match="nothing was written") as caught:
        export(**options)
    assert list(tmp_path.iterdir()) == []
    failed = [check["name"] for check in caught.value.record["checks"] if not check["passed"]]
    assert failed
    assert all(name in str(caught.value) for name in failed)
    return failed


def shifted(graph, by):
    """The graph with another bias in its classifier."""
    made = onnx.ModelProto()
    made.CopyFrom(graph)
    (bias,) = [tensor for tensor in made.graph.initializer if tensor.name.endswith("classifier.bias")]
    bias.CopyFrom(numpy_helper.from_array((numpy_helper.to_array(bias) + by).astype(np.float32), bias.name))
    return made


def test_a_faithful_export_passes_on_rows(export, rows):
    made, verdict = export(rows)
    assert verdict.passed
    names = [check.name for check in verdict.checks]
    assert names[0].startswith("parity")
    for variant in ("int8", "fp32"):
        assert next(name for name in names if name.startswith(variant)).startswith(
            f"{variant}: alone and among 31 strangers"
        )
        assert f"{variant}: label accuracy against torch" in names
        assert made.calibration(variant, "label").quality["accuracy"]["value"] > 0.97
    assert verdict.reference["label"]["accuracy"]["value"] == 1
    assert made.manifest.gate["passed"] is True


def test_a_wrong_graph_is_refused(export, graph, tmp_path, monkeypatch):
    monkeypatch.setattr(package, "to_onnx", lambda *_: shifted(graph, [0.01, 0, 0]))
    assert [name.partition(" of ")[0] for name in refused(export, tmp_path)] == ["parity"]


def test_a_graph_that_gives_no_numbers_is_refused(opened):
    torch = Predictor(opened.encoder, opened.heads, TorchRunner(opened.model))
    broken = Predictor(
        opened.encoder, opened.heads, lambda arrays: {"label": np.full((len(arrays["input_ids"]), 3), np.nan)}
    )
    texts = list(TEXTS)
    check = gate.parity(torch, broken, texts, None, 1e9)
    assert (check.got, check.passed) == ("nan", False)
    assert not gate.invariance(broken, "fp32", texts, None, {}).passed


def test_a_variant_that_is_worse_is_refused(export, rows, tmp_path, monkeypatch):
    monkeypatch.setattr(
        package, "build", lambda stored, variant: shifted(build(stored, "fp32"), [9 * (variant == "int8"), 0, 0])
    )
    assert refused(export, tmp_path, rows=rows) == ["int8: label accuracy against torch"]


def test_int8_that_depends_on_company_is_refused(export, tmp_path, monkeypatch):
    """onnxruntime's own dynamic quantisation scales a whole batch by its largest value."""

    def per_tensor(stored, variant):
        made = build(stored, "fp32")
        if variant == "int8":
            onnx.save(made, tmp_path / "in.onnx")
            quantize_dynamic(tmp_path / "in.onnx", tmp_path / "out.onnx", per_channel=True, weight_type=QuantType.QInt8)
            made = onnx.load(tmp_path / "out.onnx")
            for name in ("in.onnx", "out.onnx"):
                (tmp_path / name).unlink()
        return made

    monkeypatch.setattr(package, "build", per_tensor)
    (failed,) = refused(export, tmp_path)
    assert failed.startswith("int8: alone and among 31 strangers")


def test_floors(export, rows, tmp_path):
    wrong = [replace(row, targets={"label": LABELS[LABELS.index(row.targets["label"]) - 1]}) for row in rows.test]
    failed = refused(
        export, tmp_path, rows=Labelled(rows.calibration, wrong), accept={"accuracy": 0.5, "macro_f1": 0.0}
    )
    assert failed == ["int8: accuracy", "fp32: accuracy"]
    failed = refused(export, tmp_path, rows=rows, accept={"label.spam": 0.5})
    assert failed == ["int8: label.spam", "fp32: label.spam"]  # what was not measured is above no floor


def test_a_refusal_keeps_the_bundle_that_was_there(export, rows, tmp_path):
    old, _ = export()
    with pytest.raises(GateRefused):
        export(rows, accept={"accuracy": 1.01})
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]
    assert headwater_digest(tmp_path / "bundle") == old.digest


def headwater_digest(folder):
    from headwater.bundle import open_bundle

    return open_bundle(folder).digest


def test_few_rows_prove_nothing_and_the_gate_says_so(export, rows):
    made, verdict = export(Labelled(rows.calibration[:2], rows.test[:3]))
    (check,) = [check for check in verdict.checks if check.name == "int8: label accuracy against torch"]
    assert "too few rows, 3, for a proof" in check.wanted
    assert check.passed
    assert "too few rows, 3" in (made.folder / "card.md").read_text(encoding="utf-8")


def test_a_difference_on_few_rows_is_refused():
    few = np.array([1, 1, 1, 1])
    better, worse = measured(few), measured(np.array([1, 1, 1, 0]))
    (check,) = gate.compare([HEADS["sentiment"]], better, worse, "int8")
    assert (check.passed, check.got.partition(" points")[0]) == (False, "-25.00")
    (check,) = gate.compare([HEADS["sentiment"]], worse, better, "int8")
    assert check.passed


def measured(correct):
    from headwater.evaluation import Evaluation
    from headwater.metrics import Counts

    counts = Counts(("a",), np.zeros((len(correct), 1, 3), dtype=np.int64))
    return {"sentiment": (Calibration(), Evaluation({}, counts, None, correct * 1.0, correct))}


def test_vectors_that_point_elsewhere_are_refused(opened):
    def predictor(turn):
        def run(arrays):
            angles = arrays["input_ids"].sum(axis=1) + turn
            return {"vector": np.stack([np.cos(angles), np.sin(angles)], axis=1)}

        return Predictor(opened.encoder, [HEADS["vector"]], run)

    (same,) = gate.likeness(predictor(0), predictor(0.01), "int8", TEXTS, None)
    (other,) = gate.likeness(predictor(0), predictor(0.5), "int8", TEXTS, None)
    assert (same.passed, same.got) == (True, "0.9999")  # cos 0.01 = 0.99995; long texts are a mean of windows
    assert (other.passed, other.got) == (False, "0.8776")  # cos 0.5
    assert gate.likeness(*[Predictor(opened.encoder, opened.heads, dict)] * 2, "int8", TEXTS, None) == []


def test_neighbours_that_are_others_are_refused(opened):
    def predictor(noise):
        def run(arrays):
            draw = np.random.default_rng(arrays["input_ids"].sum(axis=1).tolist())
            rows = [np.random.default_rng(int(ids.sum())).normal(size=8) for ids in arrays["input_ids"]]
            return {"vector": np.stack(rows) + noise * draw.normal(size=(len(rows), 8))}

        return Predictor(opened.encoder, [HEADS["vector"]], run)

    texts = [" ".join(TEXTS[0].split()[:1] * (i % 7) + [f"word{i}"] * (i // 7)) for i in range(80)]
    texts = [text for text in dict.fromkeys(texts) if text]
    (same,) = gate.neighbours(predictor(0), predictor(0), "int8", texts)
    (other,) = gate.neighbours(predictor(0), predictor(3), "int8", texts)
    assert (same.passed, same.got) == (True, "1.0000")
    assert not other.passed and float(other.got) < 0.6
    assert gate.neighbours(predictor(0), predictor(0), "int8", texts[:40]) == []  # too few to have ten neighbours


def test_nearest_by_hand():
    angles = np.linspace(0, 2, 30)
    found = gate._nearest(np.stack([np.cos(angles), np.sin(angles)], axis=1))
    assert set(found[0]) == set(range(1, 11))
    assert set(found[15]) == {*range(10, 15), *range(16, 21)}


def test_the_temperature_of_a_tagger_answers_for_its_spans():
    head = replace(HEADS["entities"], labels=("O", "I-PER", "S-PER"))
    text, first, other = "Ana Rui flew", Span(0, 3, "PER"), Span(4, 7, "PER")
    logits = np.array([[0.0, 4, 0], [0, 0, 4], [4, 0, 0]])
    right, wrong = Example(text, None, {"entities": (first, other)}), Example(text, None, {"entities": (first,)})
    assert gate.temperature_of(head, [right], [logits]) == 1.0  # nothing is wrong, and then nothing is changed
    # Half of the spans are right. Of its type a word has 1 - 1 / (1 + e^(4/T) + 1): the hottest comes nearest to a half.
    assert gate.temperature_of(head, [wrong], [logits]) == 5.0
    # 19 of 20 are right: 1 - 1 / (e^(4/T) + 2) = 0.95 at T = 4 / log 18
    found = gate.temperature_of(head, [right] * 9 + [wrong], [logits] * 10)
    assert found == pytest.approx(4 / np.log(18), rel=0.03)


def test_spans_are_judged_as_the_evaluation_judges_them():
    head = HEADS["entities"]
    draw = np.random.default_rng(5)
    rows, logits = [], []
    for number in range(40):
        text = "Acme Bank in London rose 🎉 " * (number % 4)
        spans = (Span(0, 9, "ORG"), Span(13, 19, "LOC")) if text else ()
        rows.append(Example(text, None, {head.name: spans}))
        logits.append(draw.normal(scale=2, size=(len(words(text)), len(head.labels))).astype(np.float32))
    answers = span_answers(head, rows, logits)
    for temperature in (0.3, 1.0, 2.5):
        confidence, correct = answers(temperature)
        whole = evaluate_head(head, rows, logits, temperature)
        np.testing.assert_allclose(confidence, whole.confidence, atol=1e-6)
        assert correct.tolist() == whole.correct.tolist()
    assert len(answers(1.0)[0]) > 50
