"""A student and its teacher: the loss by hand, labels in another order, and a teacher that is followed."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.special import expit, log_softmax, rel_entr, softmax

from headwater.bundle import Head
from headwater.data.example import Example
from headwater.errors import TrainingError
from headwater.recipe import Recipe, parse_recipe
from headwater.spans import bio_labels
from headwater.text import TextEncoder, words
from headwater.training.distil import SOFT, Following, soft_loss
from headwater.training.features import Collator, WindowDataset
from headwater.training.fit import fit
from headwater.training.runner import load_trained
from headwater.training.teacher import matched, open_teacher
from headwater.training.tokenizer import fast_tokenizer
from tests.tiny import HEADS, tiny_bundle
from tests.tiny_encoder import headlines, tiny_recipe, write_rows

TONE, NAMES, TOPICS = (
    Head("tone", "single", ("a", "b", "c"), "tone"),
    Head("names", "token", ("O", "B-X", "I-X"), "names"),
    Head("topics", "multi", ("x", "y"), "topics"),
)


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def of(head: Head, logits: np.ndarray, soft: np.ndarray, temperature: float = 1.0, weight: float = 1.0) -> float:
    targets = {SOFT.format(head.name): torch.tensor(soft)}
    following = Following(temperature, {head.name: weight})
    return float(soft_loss([head], {head.output: torch.tensor(logits)}, targets, following))


def test_a_case_worked_by_hand():
    # The teacher says 3/4 and 1/4, the student 1/2 and 1/2: KL = 3/4 log(3/2) + 1/4 log(1/2) = 0.1308 nats.
    head = Head("tone", "single", ("a", "b"), "tone")
    student, teacher = np.zeros((1, 2), np.float32), np.array([[np.log(3), 0]], np.float32)
    assert of(head, student, teacher) == pytest.approx(0.75 * np.log(1.5) + 0.25 * np.log(0.5), rel=1e-5)
    # At T = 2 it says sqrt(3) to 1, and the distance counts four times.
    p = np.sqrt(3) / (1 + np.sqrt(3))
    wanted = 4 * (p * np.log(2 * p) + (1 - p) * np.log(2 * (1 - p)))
    assert of(head, student, teacher, temperature=2.0) == pytest.approx(wanted, rel=1e-5)
    assert of(head, student, teacher, temperature=2.0, weight=0.3) == pytest.approx(0.3 * wanted, rel=1e-5)


def test_documents_against_scipy():
    student, teacher = draw(5, 3), 3 * draw(5, 3, seed=1)
    wanted = rel_entr(softmax(teacher / 3, -1), softmax(student / 3, -1)).sum(-1).mean() * 9
    assert of(TONE, student, teacher, 3.0) == pytest.approx(wanted, rel=1e-4)
    assert of(TONE, student, student + 7) == pytest.approx(0, abs=1e-6)


def test_words_that_the_teacher_was_not_asked_about_do_not_count():
    student, teacher = draw(2, 4, 3), draw(2, 4, 3, seed=1)
    apart = rel_entr(softmax(teacher, -1), softmax(student, -1)).sum(-1)
    teacher[0, 0] = teacher[1, 2:] = np.nan
    assert of(NAMES, student, teacher) == pytest.approx(apart[[0, 0, 0, 1, 1], [1, 2, 3, 0, 1]].mean(), rel=1e-4)
    assert of(NAMES, student, np.full_like(teacher, np.nan)) == 0


def test_each_label_of_a_set_is_a_question_of_two_answers():
    student, teacher = draw(4, 2), draw(4, 2, seed=1)
    p, q = expit(teacher / 2), expit(student / 2)
    wanted = 4 * (rel_entr(p, q) + rel_entr(1 - p, 1 - q)).mean()
    assert of(TOPICS, student, teacher, 2.0) == pytest.approx(wanted, rel=1e-4)


def test_the_gradient_pulls_the_student_towards_the_teacher():
    logits = torch.zeros(1, 3, requires_grad=True)
    soft = torch.tensor([[4.0, 0.0, -4.0]])
    soft_loss([TONE], {"tone": logits}, {"tone.teacher": soft}, Following(2.0, {"tone": 1.0})).backward()
    pull = 2 * (softmax([0.0] * 3) - softmax([2.0, 0.0, -2.0]))  # T * (student - teacher), at T
    assert logits.grad[0].numpy() == pytest.approx(pull, abs=1e-5)


def test_heads_that_the_teacher_lacks_add_nothing():
    logits = {"tone": torch.tensor(draw(4, 3)), "topics": torch.tensor(draw(4, 2))}
    targets = {"tone.teacher": torch.tensor(draw(4, 3, seed=1))}
    both = soft_loss([TONE, TOPICS], logits, targets, Following(1.0, {"tone": 1.0}))
    assert float(both) == pytest.approx(of(TONE, draw(4, 3), draw(4, 3, seed=1)), rel=1e-5)


def test_labels_are_matched_by_name_in_any_order():
    other = Head("tone", "single", ("c", "a", "b"), "out")
    ((head, order),) = matched([TONE], [other]).values()
    assert (head, order.tolist()) == (other, [1, 2, 0])
    teacher = draw(4, 3, seed=1)
    shuffled = teacher[:, [2, 0, 1]]  # as a teacher with labels c, a, b says the same
    assert of(TONE, draw(4, 3), shuffled[:, order]) == of(TONE, draw(4, 3), teacher)


def test_heads_are_matched_by_name_and_kind_or_stand_alone():
    assert set(matched([TONE, NAMES], [NAMES, TOPICS])) == {"names"}
    assert set(matched([TONE, NAMES], [Head("label", "single", TONE.labels, "x")])) == {"tone"}
    with pytest.raises(TrainingError, match=r"same name and kind as tone \(single\), got topics \(multi\)"):
        matched([TONE], [TOPICS])
    with pytest.raises(TrainingError, match="head tone.*lacks b, c and has z besides"):
        matched([TONE], [Head("tone", "single", ("a", "z"), "tone")])


def recipe(folder: Path, teacher: Path, **changes: object) -> Recipe:
    """A student of three heads in a folder of its own."""
    heads = [
        {"name": "sentiment", "kind": "single", "column": "label"},
        {"name": "entities", "kind": "token"},
    ]
    distil = {"teacher": str(teacher), **changes}
    return tiny_recipe(folder, headlines(60), task="mixed", heads=heads, distil=distil, epochs=1)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny", "sentiment", "entities").folder


def test_a_bundle_is_asked_once_about_each_text(bundle, tmp_path):
    student = recipe(tmp_path, bundle)
    turned = [Head("sentiment", "single", ("positive", "neutral", "negative"), "s"), HEADS["entities"]]
    teacher = open_teacher(student, turned)
    long = " ".join(["Acme", "gold", "London", "oil"] * 30)  # its windows are of 32 tokens
    rows = [Example(text) for text in ("oil rose in London", long, "oil rose in London", "")]
    lessons = teacher.lessons(rows, tmp_path / "kept")
    logits = teacher.predictor.logits([row.text for row in rows])
    for row, lesson, tone, names in zip(rows, lessons, logits["sentiment"], logits["entities"], strict=True):
        assert lesson["sentiment"] == pytest.approx(tone[::-1])
        assert lesson["entities"].shape == (len(words(row.text)), 5)
        assert lesson["entities"] == pytest.approx(names)
        assert lesson["entities"].dtype == np.float32
    (kept,) = (tmp_path / "kept").iterdir()
    before = kept.stat().st_mtime_ns

    def asked(*_: object) -> None:
        raise AssertionError("asked again")

    teacher.predictor.logits = asked
    again = teacher.lessons(rows, tmp_path / "kept")
    assert all((a[name] == b[name]).all() for a, b in zip(lessons, again, strict=True) for name in a)
    assert kept.stat().st_mtime_ns == before
    with pytest.raises(AssertionError, match="asked again"):
        teacher.lessons(rows[:1], tmp_path / "kept")


def test_lessons_stand_at_the_first_token_of_each_word(encoder_path):
    """As labels do, in every window of a long text."""
    from headwater.text import Input

    inputs = (Input("input_ids", "ids.v1"), Input("attention_mask", "mask.v1"))
    encoder = TextEncoder(fast_tokenizer(str(encoder_path)), inputs, 12, 4)
    head, tone = Head("names", "token", bio_labels(["ORG"]), "names"), Head("tone", "single", ("a", "b"), "tone")
    text = "acme gains qzx today in oslo after profit falls of zyx the market"  # qzx and zyx are three tokens each
    rows = [Example(text, targets={"names": ()}), Example("oslo", targets={"names": ()})]
    lessons = [
        {"names": np.arange(3 * len(words(row.text)), dtype=np.float32).reshape(-1, 3), "tone": np.float32([1, 2])}
        for row in rows
    ]
    items = WindowDataset(rows, encoder, (head, tone), lessons).items
    assert len(items) > 3
    for item in items:
        soft, labels = item["targets"]["names.teacher"], item["targets"]["names"]
        assert (np.isnan(soft).all(1) == (labels == -100)).all()
    seen = {int(row[0]) // 3 for item in items[:-1] for row in item["targets"]["names.teacher"] if row[0] == row[0]}
    assert seen == set(range(len(words(text))))
    first = items[0]["targets"]["names.teacher"]
    assert [int(value) // 3 for value in first[:4, 0] if value == value] == [0, 1, 2]
    batch = Collator(encoder, (head, tone), lacks=False)(items)["targets"]
    assert batch["names.teacher"].shape == (*batch["names"].shape, 3)
    assert batch["tone.teacher"].tolist() == [[1, 2]] * len(items)
    assert (batch["names.teacher"].isnan().all(-1) == (batch["names"] == -100)).all()


@pytest.fixture(scope="module")
def teacher(tmp_path_factory) -> Path:
    """The run of a tagger and classifier that has learnt its task."""
    folder = tmp_path_factory.mktemp("teacher")
    heads = [{"name": "tone", "kind": "single"}, {"name": "names", "kind": "token"}]
    run = fit(tiny_recipe(folder, headlines(360), task="mixed", heads=heads, epochs=8), folder / "run")
    assert run.report["heads"]["tone"]["metrics"]["accuracy"]["value"] > 0.9
    assert run.report["heads"]["names"]["metrics"]["span_f1"]["value"] > 0.9
    return run.folder


def test_a_student_of_texts_without_labels_says_what_its_teacher_says(teacher, tmp_path):
    """Its own labels are wrong, and count for nothing."""
    rows = headlines(40, seed=5)
    turned = {"negative": "positive", "neutral": "negative", "positive": "neutral"}
    for row in rows:
        row["label"], row["entities"] = turned[row["label"]], row["entities"][:1]
    texts = [{"text": row["text"]} for row in headlines(400, seed=6)]
    write_rows(tmp_path / "texts.jsonl", texts)
    heads = [{"name": "tone", "kind": "single"}, {"name": "names", "kind": "token", "labels": ["ORG", "LOC"]}]
    distil = {"teacher": str(teacher), "weight": 1.0, "texts": ["texts.jsonl"]}
    write_rows(
        tmp_path / "validation.jsonl", headlines(40, seed=8)
    )  # the best epoch is picked by labels that are right
    recipe = tiny_recipe(tmp_path, rows, task="mixed", heads=heads, distil=distil, epochs=6)
    recipe = replace(recipe, data=replace(recipe.data, validation=["validation.jsonl"]))
    run = fit(recipe, tmp_path / "run")
    assert run.report["teacher"]["heads"] == ["names", "tone"]
    assert run.report["teacher"]["texts"] + run.report["left_out"]["distillation"] == 400
    asked = [row["text"] for row in headlines(200, seed=7)]
    student = load_trained(run.folder / "model").predictor.logits(asked)
    master = load_trained(teacher / "model").predictor.logits(asked)
    alike = np.mean([a.argmax() == b.argmax() for a, b in zip(student["tone"], master["tone"], strict=True)])
    assert alike > 0.9  # chance: 0.33
    order = [0, 3, 4, 1, 2]  # ORG and LOC stand the other way round
    marks = [(a.argmax(1), b[:, order].argmax(1)) for a, b in zip(student["names"], master["names"], strict=True)]
    assert np.mean(np.concatenate([one == other for one, other in marks])) > 0.95
    assert load_trained(run.folder / "model").model.config.weights == {"tone": 0.0, "names": 0.0}


def test_a_head_that_the_teacher_lacks_learns_from_its_labels(teacher, tmp_path):
    heads = [{"name": "tone", "kind": "single"}, {"name": "topics", "kind": "multi", "weight": 2.0}]
    distil = {"teacher": str(teacher / "model"), "weight": 0.25}
    recipe = tiny_recipe(tmp_path, headlines(300), task="mixed", heads=heads, distil=distil, r_drop=0.1, epochs=8)
    run = fit(recipe, tmp_path / "run")
    assert run.report["heads"]["topics"]["metrics"]["micro_f1"]["value"] > 0.9
    assert run.report["heads"]["tone"]["metrics"]["accuracy"]["value"] > 0.9
    assert load_trained(run.folder / "model").model.config.weights == {"tone": 0.75, "topics": 2.0}


def test_another_teacher_is_another_run(teacher, tmp_path):
    shutil.copytree(teacher / "model", tmp_path / "teacher")
    distil = {"teacher": str(tmp_path / "teacher")}
    recipe = tiny_recipe(tmp_path, headlines(40), heads=[{"name": "tone", "kind": "single"}], distil=distil, epochs=1)
    fit(recipe, tmp_path / "run")
    config = tmp_path / "teacher" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"dropout": 0.2}))
    with pytest.raises(TrainingError, match="data differs"):
        fit(recipe, tmp_path / "run")


def test_a_fine_tuned_checkpoint_teaches_too(tmp_path):
    from tests.export.checkpoints import checkpoint

    checkpoint(tmp_path / "foreign", "bert", "ForSequenceClassification", ("a", "b", "c"))
    content = {
        "name": "a", "task": "classification", "encoder": "x", "data": {"train": ["a.csv"], "test": ["b.csv"]},
        "training": {"distil": {"teacher": "foreign"}},
    }  # fmt: skip
    student = parse_recipe(content, folder=tmp_path)
    opened = open_teacher(student, [Head("intent", "single", ("c", "b", "a"), "intent")])
    (lesson,) = opened.lessons([Example("Where is my card?")], tmp_path / "kept")
    said = opened.predictor.logits(["Where is my card?"])["label"][0]
    assert log_softmax(lesson["intent"]) == pytest.approx(log_softmax(said)[::-1], abs=1e-5)


def test_a_damaged_teacher_is_told(tmp_path):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "bundle.json").write_text("{}")
    student = recipe(tmp_path, tmp_path / "bad")
    with pytest.raises(TrainingError, match="training.distil.teacher: could not be opened"):
        open_teacher(student, [TONE])
