import json
from pathlib import Path

import pytest

from headwater.errors import RecipeError
from headwater.recipe import METRICS, Share, Source, load_recipe, parse_recipe

RECIPES = sorted(Path(__file__).parents[1].glob("models/*/recipe.toml"))
PLAIN = {"name": "a", "task": "classification", "encoder": "x", "data": {"train": ["a.csv"], "test": ["b.csv"]}}


def changed(*keys: object, without: str = "") -> dict:
    """PLAIN with dotted keys set: changed("data.seed", 7)."""
    content = {**PLAIN, "data": dict(PLAIN["data"])}
    for key, value in zip(keys[::2], keys[1::2], strict=True):
        *parents, last = str(key).split(".")
        place = content
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    if without:
        place = content
        *parents, last = without.split(".")
        for parent in parents:
            place = place[parent]
        del place[last]
    return content


def faults(content: dict, folder: Path = Path()) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        parse_recipe(content, folder=folder)
    return caught.value.faults


def test_there_are_recipes_that_ship():
    assert {path.parent.name for path in RECIPES} >= {"entities", "financial-news", "support-intent"}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.parent.name)
def test_every_recipe_that_ships_can_be_followed(path):
    recipe = load_recipe(path)
    assert recipe.name == path.parent.name
    assert recipe.folder == path.parent
    assert recipe.accept, "a shipped model has floors"
    assert parse_recipe(recipe.values(), folder=path.parent) == recipe  # as a bundle holds it


@pytest.mark.parametrize(
    ("task", "name", "kind"),
    [("classification", "label", "single"), ("multi-label", "labels", "multi"), ("pair", "label", "pair"),
     ("tagging", "entities", "token"), ("embedding", "embedding", "embedding")],
)  # fmt: skip
def test_a_task_implies_its_head(task, name, kind):
    (head,) = parse_recipe(changed("task", task)).heads
    assert (head.name, head.kind) == (name, kind)


def test_a_column_may_be_named():
    recipe = parse_recipe(changed("heads", [{"name": "tone", "kind": "single", "column": "mood"}]))
    assert recipe.heads[0].target == "mood"


def test_splits_may_be_shares_sources_or_parts_of_another():
    data = {
        "validation": ["v.csv", {"source": "w.csv", "keep": ["x"]}],
        "calibration": {"share": 0.5, "of": "validation"},
    }
    recipe = parse_recipe(changed("data.validation", data["validation"], "data.calibration", data["calibration"]))
    assert recipe.data.validation == ["v.csv", Source("w.csv", keep=["x"])]
    assert recipe.data.calibration == Share(0.5, "validation")
    assert parse_recipe(PLAIN).data.validation == 0.1


# What is written -> what is said of it: the key first, then what would be right.
SAID = [
    (changed("training.learnin_rate", 1.0), "training.learnin_rate: unknown key; did you mean learning_rate?"),
    (changed("zzz", 1), "zzz: unknown key; known here: name, task, encoder,"),
    (changed("folder", "x"), "folder: unknown key"),
    (changed("data.train", [{"source": "a", "kep": ["x"]}]), "data.train.0.kep: unknown key; did you mean keep?"),
    (changed(without="name"), "name: missing"),
    (changed(without="data.test"), "data.test: missing"),
    (changed("name", "A b"), "name: expected a name of lower-case letters"),
    (changed("name", 3), "name: expected a text, got 3"),
    (changed("encoder", ""), "encoder: expected a text that is not empty"),
    (changed("task", "clasification"), "task: expected 'classification', 'multi-label'"),
    (changed("training", 3), "training: expected a table, got 3"),
    (changed("training.epochs", "3"), "training.epochs: expected a whole number, got '3'"),
    (changed("training.epochs", 2.5), "training.epochs: expected a whole number, got 2.5"),
    (changed("training.epochs", 0), "training.epochs: expected at least 1, got 0"),
    (changed("training.casing", "yes"), "training.casing: expected true or false, got 'yes'"),
    (changed("training.learning_rate", 5), "training.learning_rate: expected less than 1, got 5"),
    (changed("training.learning_rate", float("nan")), "training.learning_rate: expected"),
    (changed("training.weight_decay", float("inf")), "training.weight_decay: expected a finite number"),
    (changed("training.stride", -5), "training.stride: expected at least 0, got -5"),
    (changed("training.stride", 3.7), "training.stride: expected a whole number"),
    (changed("training.stride", 124), "training.stride: expected below max_length - 4 = 124, got 124"),
    (
        changed("training.metric", "label.acuracy"),
        "training.metric: expected a metric of accuracy, macro_f1, ece, got 'acuracy'",
    ),
    (
        changed("training.metric", "tone.accuracy"),
        "training.metric: expected HEAD.METRIC with one of the heads ['label']",
    ),
    (changed("accept", {"accuracy": 93}), "accept.accuracy: expected at most 1, got 93"),
    (
        changed("accept", {"oos_recall": 0.8}),
        "accept.oos_recall: expected a metric of accuracy, macro_f1, got 'oos_recall'",
    ),
    (changed("accept", {"ece": 0.1}), "accept.ece: expected a metric of accuracy, macro_f1"),
    (changed("export.variants", []), "export.variants: expected a list with something in it"),
    (changed("data.seed", -1), "data.seed: expected at least 0, got -1"),
    (changed("training.seed", 2**32), "training.seed: expected at most 1e+09, got 4294967296"),
    (
        changed("task", "multi-label", "training.label_smoothing", 0.1),
        "training.label_smoothing: expected 0 where no head chooses one label",
    ),
    (
        changed("heads", [{"name": "loss", "kind": "single"}]),
        "heads.loss.name: expected a name without a dot, and none",
    ),
    (changed("heads", [{"name": "a.b", "kind": "single"}]), "heads.a.b.name: expected a name without a dot"),
    (changed("export.variants", ["fp16"]), "export.variants.0: expected 'int8' or 'fp32', got 'fp16'"),
    (changed("data.train", "a.csv"), "data.train: expected a list, got 'a.csv'"),
    (changed("data.train", []), "data.train: expected a list with something in it"),
    (changed("data.train", [1]), "data.train.0: expected a source such as"),
    (changed("data.train", [{"source": "a", "per_label": 0}]), "data.train.0.per_label: expected at least 1, got 0"),
    (
        changed("data.train", [{"source": "a", "lacks": ["MISC"]}]),
        "data.train.lacks: expected types of a token head, got ['MISC']",
    ),
    (changed("data.validation", 2.0), "data.validation: expected a share such as 0.1, a list of sources, or a table"),
    (
        changed("data.validation", "v.csv"),
        "data.validation: expected a share such as 0.1, a list of sources, or a table",
    ),
    (changed("data.validation", []), "data.validation: expected a share such as 0.1, a list of sources, or a table"),
    (
        changed("data.validation", {"share": 0.5, "of": "tset"}),
        "data.validation.of: expected 'train' or 'validation', got 'tset'",
    ),
    (changed("data.validation", {"share": 0.5, "of": "validation"}), "data.validation.of: expected another split"),
    (changed("data.validation", {"share": 0.5, "off": "train"}), "data.validation.off: unknown key; did you mean of?"),
    (
        changed("data.validation", 0.6, "data.calibration", {"share": 0.5}),
        "data: expected validation and calibration to leave rows",
    ),
    (changed("data.map", "no-such.toml"), "data.map: expected a file beside the recipe, found none at no-such.toml"),
    (changed("task", "mixed"), 'heads: task "mixed" expected at least one [[heads]] table'),
    (
        changed("heads", [{"name": "a", "kind": "token"}]),
        "heads.a.kind: expected 'single' in a task \"classification\"",
    ),
    (changed("heads", [{"name": "a", "kind": "single"}] * 2), "heads: expected different names"),
    (
        changed("heads", [{"name": "a", "kind": "single", "labels": ["x", "x"]}]),
        "heads.a.labels: expected different labels",
    ),
    (
        changed("heads", [{"name": "a", "kind": "single", "labels": ["x"], "out_of_scope": "y"}]),
        "heads.a.out_of_scope: expected one of its labels, got 'y'",
    ),
    (
        changed("task", "tagging", "heads", [{"name": "a", "kind": "token", "out_of_scope": "O"}]),
        "heads.a.out_of_scope: expected on a single or pair head",
    ),
    (
        changed("task", "tagging", "data.train", [{"source": "a", "lacks": ["X"]}], "training.label_smoothing", 0.1),
        "training.label_smoothing: expected 0 where a source lacks labels",
    ),
    (changed("training.adapter", "dora"), "training.adapter: expected"),
    (changed("training.adapter_rank", 0), "training.adapter_rank: expected at least 1, got 0"),
    (
        changed("training.adapter", "lora", "training.freeze", ["embeddings"]),
        "training.freeze: expected [] with adapter \"lora\", which freezes the whole encoder; got ['embeddings']",
    ),
    (
        changed("training.adapter", "adalora", "training.layer_decay", 0.9),
        'training.layer_decay: expected 1.0 with adapter "adalora"',
    ),
    (
        changed("training.adapter", "lora", "training.unfreeze", 2.0),
        'training.unfreeze: expected 0.0 with adapter "lora"',
    ),
    (changed("training.ema", 1.0), "training.ema: expected less than 1, got 1"),
    (
        changed("training.adapter", "adalora", "training.ema", 0.99),
        'training.ema: expected 0 with adapter "adalora", since ranks that it took away would live on',
    ),
    (changed("training.tracking", "neptune"), "training.tracking: expected"),
    (changed("training.augment.typo", 0.1), "training.augment.typo: unknown key; did you mean typos?"),
    (changed("training.augment.typos", 1.5), "training.augment.typos: expected at most 1, got 1.5"),
    (changed("training.augment.copies", 0), "training.augment.copies: expected at least 1, got 0"),
    (changed("training.augment", True), "training.augment: expected a table, got True"),
    (changed("training.augment.entities", 0.5), "training.augment.entities: expected a token head, whose spans"),
    (
        changed("training.augment.paraphrases", "no.tsv"),
        "training.augment.paraphrases: expected a file beside the recipe, found none at no.tsv",
    ),
    (changed("training.distil.weight", 0.5), "training.distil.teacher: missing, and a recipe needs it"),
    (
        changed("training.distil.teacher", "no/where"),
        "training.distil.teacher: expected a bundle, a run of headwater train, or a checkpoint (a folder with",
    ),
    (changed("pretraining.epochs", 1), "pretraining.texts: missing, and a recipe needs it"),
    (changed("pretraining.texts", []), "pretraining.texts: expected a list with something in it"),
    (changed("pretraining.texts", ["no.txt"]), "pretraining.texts: expected a file beside the recipe, found none at"),
    (
        changed("pretraining.texts", ["banking77:train"], "pretraining.mask", 1.0),
        "pretraining.mask: expected less than 1, got 1",
    ),
    (
        changed("pretraining.texts", ["banking77:train"], "pretraining.masks", 0.1),
        "pretraining.masks: unknown key; did you mean mask?",
    ),
]


def test_adapters_and_averages_go_together_where_they_can():
    recipe = parse_recipe(changed("training.adapter", "lora", "training.ema", 0.99, "training.r_drop", 1.0))
    assert (recipe.training.adapter, recipe.training.adapter_rank, recipe.training.ema) == ("lora", 8, 0.99)
    assert parse_recipe(changed("training.layer_decay", 0.9, "training.unfreeze", 2.0)).training.adapter == "none"


@pytest.mark.parametrize(("content", "said"), SAID, ids=[said[:60] for _, said in SAID])
def test_one_fault_is_one_sentence_with_its_key(content, said):
    (fault,) = faults(content)
    assert fault.startswith(said)
    assert len(fault) < 600
    assert "\n" not in fault


def test_all_faults_are_told_at_once_whatever_their_kind():
    content = changed(
        "name", "A b", "colour", 1, "training.epochs", "3", "training.bar", 1, "data.validation", 2.0, "training.stride", 500,
        "accept", {"acuracy": 0.9}, "export.variants", ["fp8"], without="encoder",
    )  # fmt: skip
    keys = {fault.partition(":")[0] for fault in faults(content)}
    assert keys == {
        "name", "colour", "training.epochs", "training.bar", "data.validation", "export.variants.0", "encoder",
        "training.stride", "accept.acuracy",
    }  # fmt: skip


def test_a_fault_is_not_the_cause_of_another():
    """A head that is wrong by itself is not named again where floors and metrics look for it."""
    content = changed(
        "heads", [{"name": "tone", "kind": "sngle"}], "accept", {"tone.accuracy": 0.9}, "training.stride", 500
    )
    assert {fault.partition(":")[0] for fault in faults(content)} == {"heads.0.kind", "training.stride"}


def test_the_faults_of_strategies_are_told_at_once_too():
    content = changed(
        "training.augment", {"typos": 2.0, "entities": 0.5, "paraphrases": "no.tsv"}, "training.stride", 500,
        "training.distil", {"teacher": "nowhere", "texts": ["no.jsonl"], "weight": -1.0}, "pretraining.epochs", 2,
    )  # fmt: skip
    keys = {fault.partition(":")[0] for fault in faults(content)}
    assert keys == {
        "training.augment.typos", "training.augment.entities", "training.augment.paraphrases", "training.stride",
        "training.distil.teacher", "training.distil.texts", "training.distil.weight", "pretraining.texts",
    }  # fmt: skip


def test_a_teacher_has_a_head_of_the_same_name_and_kind(tmp_path):
    heads = [{"name": "tone", "kind": "single"}, {"name": "names", "kind": "token"}]
    mixed = changed("task", "mixed", "heads", heads, "training.distil.teacher", "teacher")
    (tmp_path / "teacher").mkdir()
    note = tmp_path / "teacher" / "bundle.json"
    theirs = [{"name": "tone", "kind": "multi"}, {"name": "other", "kind": "token"}]
    note.write_text(json.dumps({"heads": theirs}))
    (fault,) = faults(mixed, tmp_path)
    assert fault == (
        "training.distil.teacher: expected a head of the same name and kind as one of 'names (token), tone (single)', "
        "got 'other (token), tone (multi)'"
    )
    for good in (theirs[1:], [*theirs, {"name": "names", "kind": "token"}], "damaged"):  # one head, whatever its name
        note.write_text(json.dumps({"heads": good}))
        assert parse_recipe(mixed, folder=tmp_path).training.distil.weight == 0.5


def test_strategies_come_back_from_the_values_that_a_bundle_holds(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "news.txt").write_text("one\n")
    content = changed(
        "training.augment", {"typos": 0.1, "copies": 2}, "training.distil", {"teacher": ".", "texts": ["news.txt"]},
        "pretraining", {"texts": ["news.txt", "banking77:train"], "epochs": 3},
    )  # fmt: skip
    recipe = parse_recipe(content, folder=tmp_path)
    assert (recipe.training.augment.copies, recipe.training.distil.temperature) == (2, 2.0)
    assert parse_recipe(json.loads(json.dumps(recipe.values())), folder=tmp_path) == recipe


def test_a_recipe_of_before_there_were_strategies_is_read():
    old = parse_recipe(PLAIN).values()
    del old["pretraining"], old["training"]["augment"], old["training"]["distil"]
    assert parse_recipe(old) == parse_recipe(PLAIN)


def test_the_message_counts_and_lists_the_faults():
    with pytest.raises(RecipeError) as caught:
        parse_recipe(changed("zzz", 1, "name", 3), where="models/a/recipe.toml")
    assert str(caught.value).startswith("models/a/recipe.toml: 2 faults in the recipe:\n  - ")
    assert len(str(caught.value).splitlines()) == 3


def test_a_long_value_is_not_printed_whole():
    (fault,) = faults(changed("encoder", ["x" * 5000]))
    assert len(fault) < 200


def test_metrics_are_named_for_every_kind_of_head():
    assert set(METRICS) == {"single", "multi", "pair", "token", "embedding"}
    floors = {"in_scope_accuracy": 0.9, "oos_recall": 0.8}
    head = {"name": "intent", "kind": "single", "out_of_scope": "oos"}
    assert parse_recipe(changed("heads", [head], "accept", floors)).accept == floors


TOML = 'name = "a"\ntask = "classification"\nencoder = "x"\n[data]\ntrain = ["a.csv"]\ntest = ["b.csv"]\n'


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "recipe.toml"
    path.write_text(TOML)
    return path


def test_a_recipe_may_begin_as_an_editor_of_windows_begins_it(file):
    plain = load_recipe(file)
    file.write_text(TOML, encoding="utf-8-sig")
    assert load_recipe(file) == plain


def test_dotted_changes_are_set_over_the_file(file):
    recipe = load_recipe(file, {"training.epochs": 9, "data.validation": 0.3, "encoder": "y", "accept.accuracy": 0.5})
    assert (recipe.training.epochs, recipe.data.validation, recipe.encoder) == (9, 0.3, "y")
    assert recipe.accept == {"accuracy": 0.5}
    assert load_recipe(file).training.epochs != 9
    assert load_recipe(file, {"training.augment.typos": 0.1}).training.augment.typos == 0.1


@pytest.mark.parametrize("changes", [{"name.first": 1}, {"data.train.0": "x"}, {"encoder.a.b": 1}])
def test_a_change_below_a_value_is_a_fault_of_that_key(file, changes):
    (key,) = changes
    with pytest.raises(RecipeError, match=f"{key}: expected .* to be a table"):
        load_recipe(file, changes)


def test_a_change_is_checked_as_the_file_is(file):
    with pytest.raises(RecipeError, match="training.epoch: unknown key; did you mean epochs"):
        load_recipe(file, {"training.epoch": 9})


def test_a_label_map_stands_beside_the_recipe(file):
    file.write_text(TOML + 'map = "labels.toml"\n')
    with pytest.raises(RecipeError, match=r"data\.map: .*labels\.toml"):
        load_recipe(file)
    (file.parent / "labels.toml").write_text("")
    assert load_recipe(file).data.map == "labels.toml"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"name = ", "expected TOML"), (b"name = '\xff'", "expected TOML"), (None, "expected a readable file")],
)
def test_a_file_that_is_no_toml(tmp_path, content, said):
    path = tmp_path / "recipe.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecipeError, match=said):
        load_recipe(path)
    with pytest.raises(RecipeError, match="readable file"):
        load_recipe(tmp_path)
