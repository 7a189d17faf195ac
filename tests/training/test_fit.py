"""A recipe becomes a trained model: what is learnt, reported and kept, and what is refused."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from headwater.errors import RecipeError, TrainingError
from headwater.evaluation import evaluate_head
from headwater.recipe import METRICS
from headwater.recipe.values import OUT_OF_SCOPE
from headwater.spans import to_bio
from headwater.text import words
from headwater.training.fit import fit
from headwater.training.runner import load_trained
from tests.tiny_encoder import headlines, tiny_recipe
from tests.training.runs import weights

HEADS = [
    {"name": "tone", "kind": "single"},
    {"name": "topics", "kind": "multi", "class_weights": "balanced"},
    {"name": "names", "kind": "token"},
]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Three heads of three kinds, trained together on rows of which some lack a label."""
    folder = tmp_path_factory.mktemp("mixed")
    rows = headlines(360)
    for number, row in enumerate(rows):
        if number % 5 == 1:
            del row["labels"]
        if number % 7 == 1:
            del row["entities"]
    recipe = tiny_recipe(
        folder,
        rows,
        task="mixed",
        heads=HEADS,
        epochs=12,
        accumulate=2,
        batch_size=8,
        head_rate=2.0,
        metric="topics.micro_f1",
    )
    return recipe, fit(recipe, folder / "run")


def test_a_tiny_model_learns_three_tasks_at_once(mixed):
    _, run = mixed
    values = {head: found["metrics"] for head, found in run.report["heads"].items()}
    assert values["tone"]["accuracy"]["value"] > 0.9
    assert values["names"]["span_f1"]["value"] > 0.9
    assert values["topics"]["micro_f1"]["value"] > 0.9


def test_a_run_leaves_report_curves_and_tensorboard(mixed):
    _, run = mixed
    report = json.loads((run.folder / "report.json").read_text())
    assert report["heads"] == run.report["heads"]
    assert report["split"] == "validation"
    assert report["rows_per_second"] > 0
    assert set(report["heads"]["names"]["words_with_o"]) == {"O", "B-LOC", "B-ORG"}
    assert report["heads"]["names"]["per_label"]["LOC"].keys() == {"precision", "recall", "f1", "support"}
    assert sum("eval_topics.micro_f1" in entry for entry in report["history"]) == 12
    assert (run.folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert list((run.folder / "tensorboard").glob("events.out.tfevents*"))
    assert sorted(part.name for part in (run.folder / "model").iterdir()) == [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
    ]


def test_the_report_is_of_the_best_epoch_and_the_saved_model_is_it(mixed):
    _, run = mixed
    epochs = [entry["eval_topics.micro_f1"] for entry in run.report["history"] if "eval_topics.micro_f1" in entry]
    assert run.report["heads"]["topics"]["metrics"]["micro_f1"]["value"] == pytest.approx(max(epochs))
    rows = run.corpus.validation
    trained = load_trained(run.folder / "model")
    logits = trained.predictor.logits([row.text for row in rows])
    head, rows = trained.model.config.head_list[1], run.corpus.validation
    assert evaluate_head(head, rows, logits["topics"]).metrics["micro_f1"].value == pytest.approx(max(epochs))


def test_the_span_score_is_seqevals_strict_one(mixed):
    _, run = mixed
    trained = load_trained(run.folder / "model")
    head = next(head for head in trained.model.config.head_list if head.name == "names")
    rows = [row for row in run.corpus.validation if "names" in row.targets]
    noise = np.random.default_rng(0)  # else all is right, and any score agrees
    logits = [
        values + noise.normal(scale=4, size=values.shape)
        for values in trained.predictor.logits([r.text for r in rows])["names"]
    ]
    from headwater.serving.decoding import read

    found = read(head, [row.text for row in rows], logits, 1.0, None)
    gold = [to_bio(words(row.text), row.targets["names"]) for row in rows]
    predicted = [to_bio(words(row.text), spans) for row, spans in zip(rows, found, strict=True)]
    ours = evaluate_head(head, rows, logits).metrics["span_f1"].value
    assert 0.2 < ours < 0.95
    assert ours == pytest.approx(f1_score(gold, predicted, mode="strict", scheme=IOB2))


def test_the_recipe_knows_the_names_of_all_metrics(mixed):
    recipe, run = mixed
    kinds = {head.name: head.kind for head in recipe.heads}
    for name, found in run.report["heads"].items():
        assert tuple(found["metrics"]) == METRICS[kinds[name]]
    head = replace(run.corpus.heads[0], out_of_scope=run.corpus.heads[0].labels[0])
    rows = run.corpus.validation
    logits = load_trained(run.folder / "model").predictor.logits([row.text for row in rows])["tone"]
    assert set(OUT_OF_SCOPE) < evaluate_head(head, rows, logits).metrics.keys()


def test_the_steps_count_accumulated_batches(mixed):
    recipe, run = mixed
    batches = -(-len(run.corpus.train) // recipe.training.batch_size)
    last = [entry for entry in run.report["history"] if "train_runtime" in entry][-1]
    assert last["step"] == 12 * -(-batches // 2)


def test_the_same_command_again_trains_nothing_more(mixed):
    recipe, run = mixed
    before = weights(run.folder)
    again = fit(recipe, run.folder)
    after = weights(run.folder)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert again.report["heads"] == run.report["heads"]


def test_a_run_of_another_recipe_is_not_gone_on_with(mixed):
    recipe, run = mixed
    with pytest.raises(TrainingError, match="another recipe .*recipe differs.*--restart"):
        fit(replace(recipe, training=replace(recipe.training, learning_rate=1e-3)), run.folder)


def test_a_best_epoch_that_is_gone_is_an_error_and_not_the_last_epoch(mixed, tmp_path):
    recipe, run = mixed
    moved = tmp_path / "moved"
    shutil.copytree(run.folder, moved)
    states = sorted(moved.glob("checkpoints/*/trainer_state.json"))
    assert states
    for file in states:
        content = json.loads(file.read_text()) | {"best_model_checkpoint": str(tmp_path / "gone" / "checkpoint-1")}
        file.write_text(json.dumps(content))
    with pytest.raises(TrainingError, match="expected the best epoch"):
        fit(recipe, moved)


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    recipe = tiny_recipe(tmp_path / "here", headlines(40))
    precious = tmp_path / "thesis"
    precious.mkdir()
    (precious / "chapter.txt").write_text("years of work")
    for resume in (True, False):
        with pytest.raises(TrainingError, match="something else"):
            fit(recipe, precious, resume=resume)
        with pytest.raises(TrainingError, match="something else"):
            fit(recipe, precious / "chapter.txt", resume=resume)
    with pytest.raises(TrainingError, match=r"run: cannot be made \(Not a directory\): name another --output"):
        fit(recipe, precious / "chapter.txt" / "run")
    assert (precious / "chapter.txt").read_text() == "years of work"


def test_a_text_may_not_be_longer_than_the_table_of_positions(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(40), max_length=65)
    with pytest.raises(RecipeError, match="training.max_length: expected at most 64"):
        fit(recipe, tmp_path / "run")


def test_positions_of_roberta_begin_behind_its_padding_token(tmp_path):
    from transformers import RobertaConfig

    from headwater.training.fit import _check_length

    recipe = tiny_recipe(tmp_path, headlines(40), max_length=64)
    _check_length(recipe, RobertaConfig(max_position_embeddings=66, pad_token_id=1))
    with pytest.raises(RecipeError, match="at most 63"):
        _check_length(recipe, RobertaConfig(max_position_embeddings=65, pad_token_id=1))


def test_a_head_may_not_be_called_as_something_of_torch(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(60), task="mixed", heads=[{"name": "type", "kind": "single"}])
    with pytest.raises(RecipeError, match="heads.type.name: expected another"):
        fit(recipe, tmp_path / "run")


def test_a_run_that_diverges_says_what_to_turn(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(200), epochs=2, head_rate=1e38)
    with pytest.raises(TrainingError, match="gives no numbers any more: take a smaller training.learning_rate"):
        fit(recipe, tmp_path / "run")


def test_half_precision_needs_a_gpu(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(40), precision="fp16")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(TrainingError, match="expected a GPU for fp16"):
        fit(recipe, tmp_path / "run")


def test_pairs_are_learnt_from_both_texts(tmp_path):
    draw = np.random.default_rng(3)
    names = ["acme", "umbrella", "globex", "initech"]
    rows = []
    for _ in range(400):
        first, second = draw.choice(names), draw.choice(["rises", "falls"])
        filler = " ".join(draw.choice(["shares", "today", "profit", "the", "of", "after"], size=3))
        rows.append(
            {
                "text_a": f"{first} {filler}",
                "text_b": f"the market {second}",
                "label": "up" if second == "rises" else "down",
            }
        )
    run = fit(tiny_recipe(tmp_path, rows, task="pair", epochs=3), tmp_path / "run")
    assert run.report["heads"]["label"]["metrics"]["accuracy"]["value"] > 0.9
    assert [item.feature for item in load_trained(run.folder / "model").model.config.input_list][-1] == "segments.v1"


def test_an_out_of_scope_label_is_learnt_and_measured(tmp_path):
    rows = headlines(240)
    for row in rows:
        row["label"] = {"neutral": "oos"}.get(row["label"], row["label"])
    heads = [{"name": "intent", "kind": "single", "out_of_scope": "oos"}]
    recipe = tiny_recipe(tmp_path, rows, heads=heads, epochs=8, metric="intent.macro_f1")
    run = fit(recipe, tmp_path / "run")
    assert run.corpus.heads[0].out_of_scope == "oos"
    assert run.report["heads"]["intent"]["metrics"]["oos_recall"]["value"] > 0.9
    assert run.report["heads"]["intent"]["metrics"]["in_scope_accuracy"]["value"] > 0.8
