"""Rows beside those that were labelled: changed copies, other names, paraphrases."""

from dataclasses import replace

from headwater.training.fit import fit
from headwater.training.runner import load_trained
from tests.tiny_encoder import headlines, tiny_recipe
from tests.training.runs import STRATEGIES


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
