"""`headwater search`: ranges as they are written, trials that end, stop, die and go on."""

import json
import shlex
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from headwater.cli.main import app
from headwater.cli.train import parse_changes
from headwater.errors import InputError, RecipeError, TrainingError
from headwater.training.search import Range, parse_ranges, search
from tests.cli.test_train import RECIPE
from tests.tiny_encoder import headlines, tiny_encoder, write_rows
from tests.training.runs import run_python


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    tiny_encoder(folder / "encoder")
    write_rows(folder / "train.jsonl", headlines(200))
    write_rows(folder / "test.jsonl", headlines(40, seed=5))
    content = RECIPE.replace('"encoder"', f'"{folder / "encoder"}"').replace("epochs = 4", "epochs = 6")
    (folder / "recipe.toml").write_text(content, encoding="utf-8")
    return folder / "recipe.toml"


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("training.epochs=2..6", Range(2, 6)),
        ("training.learning_rate=5e-5..5e-4:log", Range(5e-5, 5e-4, log=True)),
        ("training.dropout=0.0..0.3", Range(0.0, 0.3)),
        ("training.head_rate=1..2.5", Range(1, 2.5)),
        ("training.pooling=mean,cls", Range(choices=("mean", "cls"))),
        ("training.casing=true,false", Range(choices=(True, False))),
        ("training.word_dropout=0.1", Range(choices=(0.1,))),
    ],
)
def test_ranges_as_they_are_written(said, wanted):
    assert parse_ranges([said]) == {said.partition("=")[0]: wanted}


@pytest.mark.parametrize("said", ["a", "a=", "=1..2", "a=2..1", "a=0..1:log", "a=x..y", "a=1..1"])
def test_a_range_that_is_none(said):
    with pytest.raises(InputError, match="--over: expected"):
        parse_ranges([said])


def test_a_key_is_searched_once():
    with pytest.raises(InputError, match="each key once"):
        parse_ranges(["a=1..2", "a=2..3"])


def test_a_value_that_no_recipe_holds_is_told_before_anything_runs(recipe, tmp_path):
    with pytest.raises(RecipeError, match="learnin_rate: unknown key"):
        search(recipe, parse_ranges(["training.learnin_rate=0.1..0.2"]), 1, tmp_path / "a")
    with pytest.raises(RecipeError, match="training.dropout: expected less than 1"):
        search(recipe, parse_ranges(["training.dropout=0.1..2.0"]), 1, tmp_path / "a")
    with pytest.raises(RecipeError, match="training.pooling: expected 'mean' or 'cls', got 'max'"):
        search(recipe, parse_ranges(["training.pooling=mean,max,cls"]), 1, tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_the_rate_that_learns_wins_and_its_model_alone_is_kept(recipe, tmp_path):
    over = parse_ranges(["training.learning_rate=1e-7,5e-3"])
    record = search(recipe, over, 5, tmp_path / "s")
    assert record["best"]["values"] == {"training.learning_rate": 5e-3}
    assert record["best"]["value"] > 0.9
    assert len(record["trials"]) == 5
    kept = [path.parent.name for path in (tmp_path / "s").glob("*/model")]
    assert kept == [f"trial-{record['best']['trial']:03}"]
    assert not list((tmp_path / "s").glob("*/checkpoints"))
    assert json.loads((tmp_path / "s" / "search.json").read_text()) == record
    more = search(recipe, over, 6, tmp_path / "s")
    assert more["trials"][:5] == record["trials"], "an ended search goes on where it stood"
    with pytest.raises(InputError, match="holds a search over another recipe, other data or other keys"):
        search(recipe, parse_ranges(["training.learning_rate=1e-7,6e-3"]), 1, tmp_path / "s")


def test_keys_of_tables_below_training_are_searched_too(recipe, tmp_path):
    over = parse_ranges(["training.augment.typos=0..0.3", "training.augment.copies=1..2"])
    record = search(recipe, over, 2, tmp_path / "s", {"training.epochs": 1})
    assert {key for trial in record["trials"] for key in trial["values"]} == set(over)
    told = [json.loads(file.read_text()) for file in sorted((tmp_path / "s").glob("*/recipe.json"))]
    values = [trial["values"]["training.augment.typos"] for trial in record["trials"]]
    assert [entry["training"]["augment"]["typos"] for entry in told] == values


def test_a_trial_that_diverges_is_a_bad_one_and_not_the_end(recipe, tmp_path):
    over, wild = parse_ranges(["training.head_rate=1.0,1e38"]), {"training.epochs": 1}
    record = search(recipe, over, 4, tmp_path / "s", wild)
    assert {trial["state"] for trial in record["trials"]} == {"complete", "pruned"}
    assert record["best"]["values"] == {"training.head_rate": 1.0}
    with pytest.raises(TrainingError, match="none of 2 trials could be trained to its end"):
        search(recipe, parse_ranges(["training.head_rate=1e38,2e38"]), 2, tmp_path / "t", wild)


def test_a_search_over_other_rows_is_not_gone_on_with(recipe, tmp_path):
    over, short = parse_ranges(["training.dropout=0.0,0.1"]), {"training.epochs": 1}
    here = shutil.copytree(recipe.parent, tmp_path / "data")
    search(here / "recipe.toml", over, 1, tmp_path / "s", short)
    write_rows(here / "train.jsonl", headlines(150, seed=7))
    with pytest.raises(InputError, match=r"train\.jsonl: cannot be made"):
        search(here / "recipe.toml", over, 2, here / "train.jsonl", short)
    with pytest.raises(InputError, match="other data"):
        search(here / "recipe.toml", over, 2, tmp_path / "s", short)


KILLED = """
import os, sys
from pathlib import Path
from headwater.training import search as module
def die(*_, **__):
    os.kill(os.getpid(), 9)
real, calls = module.fit, []
def fit(*given, **options):
    calls.append(1)
    return real(*given, **options) if len(calls) < 2 else die()
module.fit = fit
module.search(Path(sys.argv[1]), module.parse_ranges(["training.learning_rate=1e-3..9e-3:log"]), 3, Path(sys.argv[2]))
"""


def test_a_trial_that_was_killed_is_tried_again(recipe, tmp_path):
    killed = run_python(KILLED, str(recipe), str(tmp_path / "s"))
    assert killed.returncode == -9, killed.stderr
    record = search(recipe, parse_ranges(["training.learning_rate=1e-3..9e-3:log"]), 3, tmp_path / "s")
    assert [trial["trial"] for trial in record["trials"]] == [0, 2, 3]  # 1 died; 2 is its values again
    import optuna

    study = optuna.load_study(study_name="search", storage=f"sqlite:///{tmp_path / 's' / 'study.db'}")
    assert study.trials[1].params == study.trials[2].params


def test_the_verb_prints_the_command_that_takes_the_best(recipe, tmp_path):
    words = ["search", str(recipe), "--over", "training.dropout=0.0,0.1", "--trials", "2", "--set", "training.epochs=1"]
    done = CliRunner().invoke(app, [*words, "--output", str(tmp_path / "s")])
    assert done.exit_code == 0, done.output
    assert f"headwater train {recipe} --set training.dropout=0." in done.stdout
    words[3:4] = ["training.casing=true", "--over", 'training.freeze=["embeddings"]', "--over", "training.warmup=1e-05"]
    done = CliRunner().invoke(app, [*words, "--output", str(tmp_path / "t")])
    _, said, found, *changes = shlex.split(done.stdout.splitlines()[-1])
    assert (said, found, changes[::2]) == ("train", str(recipe), ["--set"] * 3)
    wanted = {"training.casing": True, "training.freeze": ["embeddings"], "training.warmup": 1e-5}
    assert parse_changes(changes[1::2]) == wanted
    words[3:8] = ["training.dropout=0.0,0.1"]
    both = CliRunner().invoke(app, [*words[:6], "--set", "training.dropout=0.2"])
    assert (both.exit_code, "not searched over" in both.stderr) == (1, True)
