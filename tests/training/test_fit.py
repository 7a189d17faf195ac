import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2

from headwater.data.corpus import load_corpus
from headwater.errors import RecipeError, TrainingError
from headwater.evaluation import evaluate_head
from headwater.recipe import METRICS
from headwater.recipe.values import OUT_OF_SCOPE
from headwater.spans import to_bio
from headwater.text import words
from headwater.training.fit import fit
from headwater.training.runner import load_trained
from tests.tiny_encoder import headlines, tiny_recipe

HEADS = [
    {"name": "tone", "kind": "single"},
    {"name": "topics", "kind": "multi", "class_weights": "balanced"},
    {"name": "names", "kind": "token"},
]
ROOT = Path(__file__).parents[2]
# A process that trains the recipe of a folder, and dies in its third epoch.
KILLED = """
import os, signal, sys, torch
from pathlib import Path
from tests.tiny_encoder import headlines, tiny_recipe
from headwater.training import fit, trainer
torch.set_num_threads(1)
def die(self, args, state, control, **rest):
    if state.epoch and state.epoch > 2.3:
        os.kill(os.getpid(), signal.SIGKILL)
trainer.RichProgress.on_step_begin = die
folder = Path(sys.argv[1])
fit.fit(tiny_recipe(folder, headlines(120), epochs=4, patience=3, word_dropout=0.1), folder / "run")
"""
SHARED = """
import sys, json, torch
from pathlib import Path
from tests.tiny_encoder import headlines, tiny_recipe
from headwater.training.fit import fit
from headwater.recipe import load_recipe
folder = Path(sys.argv[1])
torch.set_num_threads(1)
run = fit(load_recipe(folder / "recipe.toml"), folder / "run")
(folder / f"rank-{__import__('os').environ['RANK']}").write_text(json.dumps(bool(run.report)))
"""


def run_python(script: str, *arguments: str, launcher: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    places = os.pathsep.join(map(str, (ROOT / "shared", ROOT / "apps", ROOT)))
    environment = {**os.environ, "PYTHONPATH": places, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *launcher, *(("-c", script) if not launcher else (script,)), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280)


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model" / "model.safetensors")


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
    assert (precious / "chapter.txt").read_text() == "years of work"


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_as_an_unbroken_one(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(120), epochs=4, patience=3, word_dropout=0.1)
    died = run_python(KILLED, str(tmp_path))
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    kept = sorted(part.name for part in (tmp_path / "run" / "checkpoints").iterdir())
    assert len(kept) == 2  # of epochs 1 and 2
    (tmp_path / "run" / "checkpoints" / "checkpoint-999").mkdir()  # as if it had died while writing
    resumed = fit(recipe, tmp_path / "run")
    whole = fit(recipe, tmp_path / "whole")
    history = [[e for e in run.report["history"] if "eval_label.accuracy" in e] for run in (resumed, whole)]
    assert [entry["eval_label.accuracy"] for entry in history[0]] == [
        entry["eval_label.accuracy"] for entry in history[1]
    ]
    first, second = weights(resumed.folder), weights(whole.folder)
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.slow
def test_two_processes_train_one_model_and_write_it_once(tmp_path):
    rows = headlines(160)
    recipe = tiny_recipe(tmp_path, rows, epochs=3)
    (tmp_path / "recipe.toml").write_text(
        f'name = "tiny"\ntask = "classification"\nencoder = "{recipe.encoder}"\n'
        '[data]\ntrain = ["train.jsonl"]\ntest = ["test.jsonl"]\nvalidation = 0.2\n'
        "[training]\nepochs = 3\nlearning_rate = 5e-3\nbatch_size = 8\nmax_length = 32\nstride = 8\n"
        '[pretraining]\ntexts = ["train.jsonl"]\nbatch_size = 8\n'
    )
    script = tmp_path / "shared.py"
    script.write_text(SHARED)
    launcher = ("-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone")
    done = run_python(str(script), str(tmp_path), launcher=launcher)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [json.loads((tmp_path / f"rank-{rank}").read_text()) for rank in (0, 1)] == [True, False]
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    last = [entry for entry in report["history"] if "train_runtime" in entry][-1]
    rows_each = -(-len(load_corpus(recipe).train) // 2)
    assert last["step"] == 3 * -(-rows_each // 8)  # each process had half of the rows
    assert report["heads"]["label"]["metrics"]["accuracy"]["value"] > 0.5
    assert len(list((tmp_path / "run" / "tensorboard").glob("events*"))) == 1
    assert report["pretraining"] == json.loads((tmp_path / "run" / "encoder" / "pretraining.json").read_text())


def test_frozen_layers_do_not_move_and_the_rest_does(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(60), epochs=1, freeze=["embeddings.word_embeddings", "encoder.layer.0"])
    run = fit(recipe, tmp_path / "run")
    before, after = load_file(tmp_path / "encoder" / "model.safetensors"), weights(run.folder)
    same = {
        name: torch.equal(after[f"encoder.{name}"], values)
        for name, values in before.items()
        if f"encoder.{name}" in after
    }
    frozen = {name for name in same if name.startswith(("embeddings.word_embeddings", "encoder.layer.0"))}
    assert len(frozen) > 10
    assert all(same[name] for name in frozen)
    assert not same["encoder.layer.1.output.dense.weight"]


def test_a_name_to_freeze_that_is_none_is_told(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(60), epochs=1, freeze=["embedings"])
    with pytest.raises(TrainingError, match="training.freeze.*embeddings.word_embeddings.*got 'embedings'"):
        fit(recipe, tmp_path / "run")


def rates_of(recipe, folder) -> tuple[dict[str, str], list[dict]]:
    """Names of parameters by id, and the groups of the optimizer that a recipe gets."""
    from transformers import set_seed

    from headwater.text import TextEncoder
    from headwater.training import fit as module
    from headwater.training.trainer import RichProgress

    corpus = load_corpus(recipe)
    set_seed(1)
    tokenizer, model = module._model(recipe, corpus)
    encoder = TextEncoder(tokenizer, model.config.input_list, 32, 8)
    trainer = module._trainer(recipe, corpus, folder / "run", encoder, model, RichProgress("label.accuracy"))
    return {id(p): name for name, p in model.named_parameters()}, trainer.create_optimizer().param_groups


def test_each_layer_learns_at_a_part_of_the_rate_above_it(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(60), learning_rate=1e-3, head_rate=5.0, layer_decay=0.5)
    names, groups = rates_of(recipe, tmp_path)
    rates = {names[id(p)]: group["lr"] for group in groups for p in group["params"]}
    assert rates["heads.label.weight"] == pytest.approx(5e-3)
    assert rates["encoder.encoder.layer.1.output.dense.weight"] == pytest.approx(1e-3)
    assert rates["encoder.encoder.layer.0.output.dense.bias"] == pytest.approx(5e-4)
    assert rates["encoder.embeddings.word_embeddings.weight"] == pytest.approx(2.5e-4)
    assert rates.keys() == set(names.values())


@pytest.mark.parametrize("casing", [False, True])
def test_fresh_weights_learn_at_their_own_rate(tmp_path, casing):
    recipe = tiny_recipe(tmp_path, headlines(60), learning_rate=1e-3, head_rate=5.0, casing=casing)
    names, groups = rates_of(recipe, tmp_path)
    fast = {names[id(p)] for group in groups if group["lr"] == pytest.approx(5e-3) for p in group["params"]}
    slow = {names[id(p)] for group in groups if group["lr"] == pytest.approx(1e-3) for p in group["params"]}
    types = "encoder.embeddings.token_type_embeddings.weight"  # pre-trained, unless they tell the casing
    assert fast == {"heads.label.weight", "heads.label.bias", *({types} if casing else ())}
    assert fast | slow == set(names.values())
    undecayed = {names[id(p)] for group in groups if not group["weight_decay"] for p in group["params"]}
    assert {"heads.label.bias", "encoder.embeddings.LayerNorm.weight"} <= undecayed
    assert "heads.label.weight" not in undecayed


def test_patience_ends_a_run_that_gets_no_better(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(60), epochs=30, learning_rate=1e-8, patience=2)
    run = fit(recipe, tmp_path / "run")
    assert sum("eval_label.accuracy" in entry for entry in run.report["history"]) == 3


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


def test_patience_goes_on_counting_after_a_break(tmp_path, monkeypatch):
    from headwater.training.trainer import RichProgress

    def power_cut(self, args, state, control, **rest):
        if state.epoch and state.epoch > 2:
            raise KeyboardInterrupt

    recipe = tiny_recipe(tmp_path, headlines(60), epochs=30, learning_rate=1e-8, patience=3)
    with monkeypatch.context() as patch:
        patch.setattr(RichProgress, "on_step_begin", power_cut, raising=False)
        with pytest.raises(KeyboardInterrupt):
            fit(recipe, tmp_path / "run")
    run = fit(recipe, tmp_path / "run")
    assert sum("eval_label.accuracy" in entry for entry in run.report["history"]) == 4  # as without the break


STRATEGIES = {"augment": {"typos": 0.3, "case": 0.2, "numbers": 0.5, "copies": 2}}
# A process that trains on copies of its rows, and dies in its third epoch.
KILLED_WITH_COPIES = KILLED.replace("word_dropout=0.1", f"word_dropout=0.1, **{STRATEGIES}")


@pytest.mark.slow
def test_a_killed_run_meets_the_same_copies_and_the_same_teacher_again(tmp_path):
    heads = [{"name": "label", "kind": "single"}]
    teacher = fit(
        tiny_recipe(tmp_path / "teacher", headlines(120), heads=heads, epochs=2), tmp_path / "teacher" / "run"
    )
    changes = {**STRATEGIES, "distil": {"teacher": str(teacher.folder)}}
    script = KILLED_WITH_COPIES.replace(str(STRATEGIES), str(changes))
    died = run_python(script, str(tmp_path))
    assert died.returncode == -signal.SIGKILL, died.stderr[-2000:]
    recipe = tiny_recipe(tmp_path, headlines(120), epochs=4, patience=3, word_dropout=0.1, **changes)
    (asked,) = (tmp_path / "run" / "teacher").iterdir()
    made = asked.stat().st_mtime_ns
    resumed, whole = fit(recipe, tmp_path / "run"), fit(recipe, tmp_path / "whole")
    assert asked.stat().st_mtime_ns == made
    assert resumed.report["copies"] == whole.report["copies"] > 70
    first, second = weights(resumed.folder), weights(whole.folder)
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_copies_are_of_training_rows_alone(tmp_path):
    rows = headlines(120)
    plain, more = tiny_recipe(tmp_path, rows, epochs=1), tiny_recipe(tmp_path, rows, epochs=1, **STRATEGIES)
    runs = [fit(plain, tmp_path / "plain"), fit(more, tmp_path / "more")]
    assert runs[0].corpus == runs[1].corpus
    steps = [run.report["history"][-1]["step"] for run in runs]
    learnt = [len(run.corpus.train) + run.report.get("copies", 0) for run in runs]
    assert steps == [-(-count // 16) for count in learnt]
    assert 2 * learnt[0] < learnt[1] <= 3 * learnt[0]


def test_a_tagger_learns_from_rows_with_other_names(tmp_path):
    recipe = tiny_recipe(tmp_path, headlines(200), task="tagging", epochs=6, augment={"entities": 0.5, "copies": 1})
    run = fit(recipe, tmp_path / "run")
    assert run.report["heads"]["entities"]["metrics"]["span_f1"]["value"] > 0.9
    assert run.report["copies"] > 60


def test_paraphrases_are_learnt_under_their_rows_labels(tmp_path):
    """Words that no labelled row has get their meaning from paraphrases."""
    rows = headlines(200)
    recipe = tiny_recipe(tmp_path, rows, epochs=8)
    tones = {"falls": "x", "loses": "x", "cuts": "x", "holds": "y", "meets": "y", "names": "y"}
    lines = ["text\tparaphrase"]
    for row in rows:
        said = " ".join(tones.get(word, word) for word in row["text"].split())
        lines.append(f"{row['text']}\t{said}")
    (tmp_path / "other.tsv").write_text("\n".join(lines) + "\n")
    augment = replace(recipe.training.augment, paraphrases="other.tsv")
    run = fit(replace(recipe, training=replace(recipe.training, augment=augment)), tmp_path / "run")
    trained = load_trained(run.folder / "model")
    asked = [f"acme {tone} today in oslo" for tone in ("x", "y")]
    labels = trained.model.config.head_list[0].labels
    found = [labels[logits.argmax()] for logits in trained.predictor.logits(asked)["label"]]
    assert found == ["negative", "neutral"]
