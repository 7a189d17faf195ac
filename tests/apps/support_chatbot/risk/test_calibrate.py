"""The verb on a tiny bundle: what it reads, what it writes, and a help centre that stands in for the real one."""

import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from headwater.bundle import Head
from headwater.errors import DataError, InputError
from headwater.serving import load
from support_chatbot.commands import calibrate as room
from support_chatbot.risk.curve import check_bundle, read_risk
from support_chatbot.risk.measure import find_scores, measure, ten_thousandths
from tests import tiny as tiny_module

TEXTS = ["oil rose", "gold fell in London", "Acme shares", "Bank profit beats", "oil misses", "in Acme", "gold gold"]


@pytest.fixture
def bundle(tmp_path, tiny, monkeypatch):
    head = Head("intent", "single", ("balance", "card", "oos"), "intent", "oos")
    monkeypatch.setitem(tiny_module.HEADS, "intent", head)
    tiny(tmp_path / "bundle", "intent", seed=3)
    return tmp_path / "bundle"


@pytest.fixture
def rows(tmp_path, bundle):
    """Labelled by the bundle itself, but the first, which is given another label, and the last, which has a foreign one."""
    labels = [prediction.label for prediction in load(bundle).predict(TEXTS)]
    labels[0] = next(label for label in ("balance", "card") if label != labels[0])
    content = [{"text": text, "label": label} for text, label in zip(TEXTS, labels, strict=True)]
    content[-1]["label"] = "weather"
    (tmp_path / "shop.jsonl").write_text("".join(json.dumps(row) + "\n" for row in content))
    (tmp_path / "map.toml").write_text('[shop]\nweather = "oos"\n')
    return tmp_path / "shop.jsonl", labels[:-1]


def run(*words):
    app = typer.Typer()
    app.command()(room.calibrate)
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


def test_files_in_risks_out(bundle, rows, tmp_path):
    file, labels = rows
    out = tmp_path / "risk.json"
    said = run(file, "--map", tmp_path / "map.toml", "--bundle", bundle, "--out", out, "--json")
    assert said.exit_code == 0
    content = json.loads(said.stdout)
    assert (content["rows"], content["dial"][0], content["file"]) == (7, {"risk": 0.01, "proved": False}, str(out))
    curve = read_risk(out)
    opened = load(bundle)
    check_bundle(curve, opened.bundle.digest, opened.model.variant)
    assert curve.sets[0].source == "shop.jsonl"
    assert curve.sets[0].out_of_scope == curve.outside.sum() == labels.count("oos") + 1
    foreign = opened.predict(TEXTS[-1:])[0].label == "oos"
    assert curve.right.sum() == 5 + foreign
    assert (np.diff(curve.top) <= 0).all()
    assert sorted(curve.length.tolist()) == sorted(map(len, TEXTS))
    assert not any(text in out.read_text() for text in TEXTS)


def test_what_it_says_to_people(bundle, rows, tmp_path, monkeypatch):
    monkeypatch.setenv("HEADWATER_SUPPORT", str(tmp_path))
    said = run(rows[0], "--map", tmp_path / "map.toml", "--bundle", bundle)
    assert len(read_risk(tmp_path / "risk.json")) == len(TEXTS)
    assert "not proved" in said.stdout
    assert "The least risk that these rows prove" in said.stdout


def test_pairs_are_those_that_the_zones_see(bundle):
    opened = load(bundle)
    curve = measure(opened, TEXTS, ["card"] * len(TEXTS))
    tops = sorted((prediction.top for prediction in opened.predict(TEXTS)), key=lambda top: -top[0][1])
    for row, top in enumerate(tops):
        two = [entry for entry in top if entry[0] != "oos"][:2]
        assert curve.pair[row] == ten_thousandths([sum(share for _, share in two)])[0]
        assert curve.among[row]  # there are but two in scope
        assert curve.top_outside[row] == (top[0][0] == "oos")


def test_a_label_that_the_head_lacks_is_named(bundle, rows):
    with pytest.raises(InputError, match="'weather' among them: name it in --map"):
        run(rows[0], "--bundle", bundle, "--out", rows[0].with_name("risk.json"))
    assert not rows[0].with_name("risk.json").exists()


def test_a_map_that_leaves_nothing(rows):
    with pytest.raises(DataError, match="the map left none of 7"):
        room.labelled_questions([str(rows[0])], {"shop": {"*": False}}, "oos")


def test_a_head_of_another_kind_is_refused(tmp_path, tiny):
    tiny(tmp_path / "b", "topics")
    with pytest.raises(InputError, match="each with one of head topics's 2 labels"):
        measure(load(tmp_path / "b"), ["oil"], ["energy"])


def test_find_scores_by_hand():
    cosines = {"a": 0.71239, "b": -0.2, "c": 0.9}
    found = find_scores(cosines.__getitem__, ["a", "b"], ["c"], "northmere")
    assert (found.uncovered.tolist(), found.covered.tolist()) == ([7123, -2000], [9000])
    with pytest.raises(InputError, match="out-of-scope rows"):
        find_scores(cosines.__getitem__, [], ["c"])


def test_a_help_centre_is_asked_what_it_covers_and_what_it_does_not(bundle, rows, tmp_path, monkeypatch):
    embedder, updated = object(), []

    class Index:
        def update(self, sources):
            updated.append([path.name for path in sources])

        def search(self, text):
            return [text]

    def quotes_for(question, hits, given):
        assert (hits, given) == ([question], embedder)
        return () if question == "gold gold" else (SimpleNamespace(score=0.25), SimpleNamespace(score=0.5))

    content, retrieval = ModuleType("support_chatbot.content"), ModuleType("support_chatbot.retrieval")
    article = SimpleNamespace(questions=("How do I order a card?", "May I have two?"))
    content.open_folder = lambda path: SimpleNamespace(articles=(article,))
    retrieval.open_index = lambda folder, given: Index()
    retrieval.quotes_for = quotes_for
    monkeypatch.setitem(sys.modules, "support_chatbot.content", content)
    monkeypatch.setitem(sys.modules, "support_chatbot.retrieval", retrieval)
    monkeypatch.setattr(room, "bundle_folder", lambda name: name)
    monkeypatch.setattr(
        room, "load", lambda name, *rest, **more: embedder if name == "sentences" else load(name, *rest, **more)
    )
    out = tmp_path / "risk.json"
    run(rows[0], "--map", tmp_path / "map.toml", "--bundle", bundle, "--help-centre", tmp_path / "bank", "--out", out)
    find = read_risk(out).find
    assert (find.covered.tolist(), find.help_centre, updated) == ([5000, 5000], "bank", [["help"]])
    assert 0 in find.uncovered.tolist()  # "gold gold", which is out of scope by the map
    assert len(find.uncovered) == read_risk(out).outside.sum()
