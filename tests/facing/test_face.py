"""The candidate on the old cases: paired with the live one, refused for what it loses, and never by a case it did not see."""

import json
import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import headwater
from headwater.bundle import Bundle
from headwater.comparison import paired_difference
from headwater.data.example import Example
from headwater.errors import DataError, InputError
from headwater.facing.cases import Cases, Gathered, gather, keep, kept
from headwater.facing.face import face
from headwater.facing.record import existing_store, face_cases, kept_report
from headwater.spans import Span
from headwater.store import open_store
from headwater.store.corrections import Correction, record
from headwater.versions.shelf import install, model_folder, promote
from tests.tiny import HEADS, VOCABULARY, tiny_bundle

TEXTS = [" ".join(words) for words in product(VOCABULARY[4:], repeat=2)]


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Bundle, Bundle]:
    """Two versions of `news`: the one that ships, and a candidate of other weights."""
    monkeypatch.setenv("HEADWATER_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path / "home"))
    heads = ("sentiment", "topics", "entities")
    made = [tiny_bundle(tmp_path / str(seed) / "news", *heads, seed=seed) for seed in (1, 2)]
    shutil.copytree(made[0].folder, tmp_path / "models" / "news" / "bundle")
    return made[0], made[1]


def said(bundle: Bundle, head: str = "sentiment") -> list:
    found = headwater.load(bundle.folder, head).predict(TEXTS)
    return [item.label for item in found] if head == "sentiment" else [tuple(items) for items in found]


def cases(rights: dict[str, str], source: str = "file.csv") -> Gathered:
    rows = tuple(Example(text, None, {"sentiment": right}, where=text) for text, right in rights.items())
    return Gathered((Cases(source, HEADS["sentiment"], rows),), ())


def correct(text: str, right: str, **changes: str) -> None:
    with open_store() as store:
        given = Correction(text, right, None, "ann", "news", "1", "d" * 64, "sentiment", "single")
        record(store, replace(given, **changes))


def test_the_numbers_are_those_of_a_count_by_hand(pair: tuple[Bundle, Bundle]) -> None:
    old, new = said(pair[0]), said(pair[1])
    rights = dict(zip(TEXTS, [a if i % 3 else b for i, (a, b) in enumerate(zip(old, new, strict=True))], strict=True))
    (found,) = face(*pair, cases(rights)).faced
    was = [a == right for a, right in zip(old, rights.values(), strict=True)]
    now = [b == right for b, right in zip(new, rights.values(), strict=True)]
    assert (found.rows, found.metric) == (len(TEXTS), "accuracy")
    assert found.live == pytest.approx(sum(was) / len(TEXTS))
    assert found.candidate == pytest.approx(sum(now) / len(TEXTS))
    wrong = [text for text, a, b in zip(TEXTS, was, now, strict=True) if a and not b]
    assert [change.where for change in found.newly_wrong] == wrong
    assert len(wrong) > 5
    assert found.newly_right == sum(b and not a for a, b in zip(was, now, strict=True)) > 5
    assert (found.difference, found.low) == paired_difference(np.array(was, int), np.array(now, int))
    assert found.low < found.difference < found.high
    assert not found.passed


def test_where_nothing_is_lost_few_cases_are_enough_and_a_loss_must_be_outweighed(pair: tuple[Bundle, Bundle]) -> None:
    old, new = said(pair[0]), said(pair[1])
    gained = {text: b for text, a, b in zip(TEXTS, old, new, strict=True) if a != b}
    lost = {text: a for text, a, b in zip(TEXTS, old, new, strict=True) if a != b}
    few = dict(list(gained.items())[:3])
    assert face(*pair, cases(few)).passed
    one = few | dict(list(lost.items())[5:6])
    refused = face(*pair, cases(one))
    assert "(1 newly wrong, 3 newly right, of 4)" in refused.reasons[0]
    assert face(*pair, cases(gained | dict(list(lost.items())[:2]))).passed, "many gains prove it"
    assert not face(*pair, cases(one, "corrections")).passed
    assert face(*pair, cases(one, "corrections"), regressions=1).passed
    with pytest.raises(InputError, match="margin above 0"):
        face(*pair, cases(few), margin=0)


def test_spans_and_sets_of_labels_are_compared_whole(pair: tuple[Bundle, Bundle]) -> None:
    spans = said(pair[0], "entities")
    topics = [tuple(sorted(item.label for item in items)) for items in said(pair[0], "topics")]
    rows = [
        Example(text, None, {"entities": tuple(Span(s.start, s.end, s.label) for s in a), "topics": b}, where=text)
        for text, a, b in zip(TEXTS, spans, topics, strict=True)
    ]
    gathered = Gathered(tuple(Cases("set", HEADS[head], tuple(rows)) for head in ("entities", "topics")), ())
    same = face(pair[0], pair[0], gathered)
    assert same.passed
    assert [(part.live, part.candidate, part.metric) for part in same.faced] == [
        (1.0, 1.0, "span_f1"), (1.0, 1.0, "macro_f1"),
    ]  # fmt: skip
    other = face(*pair, gathered)
    assert not other.passed
    assert all(part.candidate < 1 and part.newly_wrong and part.low < part.difference < 0 for part in other.faced)
    assert all(set(change) == {"where", "right", "live", "candidate"}
               for part in other.record()["faced"] for change in part["newly_wrong"]), "no text is kept"  # fmt: skip
    json.dumps(other.record(texts=True))


def test_heads_and_labels_that_vanish_refuse_it(pair: tuple[Bundle, Bundle], tmp_path: Path) -> None:
    less = tiny_bundle(tmp_path / "less" / "news", "sentiment", "topics", seed=1)
    found = face(pair[0], less, cases(dict(zip(TEXTS, said(pair[0]), strict=True))))
    assert found.vanished == ("head entities (token)",)
    assert found.reasons == ("head entities (token) is gone",)
    head = replace(pair[0].manifest.heads[0], labels=("negative", "neutral", "positive", "mixed"))
    manifest = replace(pair[0].manifest, heads=(head, *pair[0].manifest.heads[1:]))
    assert (
        "label mixed of head sentiment"
        in face(replace(pair[0], manifest=manifest), pair[1], cases({"oil": "neutral"})).vanished
    )


def test_without_any_case_nothing_is_proved_but_the_first_version_has_nothing_to_lose(
    pair: tuple[Bundle, Bundle],
) -> None:
    assert "no case to face" in face(*pair, Gathered((), ())).reasons[0]
    first = face(None, pair[1], cases({TEXTS[0]: "negative"}))
    assert first.passed
    assert first.faced[0].live is None


def test_corrections_are_the_last_of_each_text_and_of_this_model_alone(pair: tuple[Bundle, Bundle]) -> None:
    assert existing_store(None) is None
    assert gather(pair, None).skipped[0] == ("corrections", "there is no store on this machine yet")
    correct(TEXTS[0], "negative")
    correct(TEXTS[0], "positive")
    correct(TEXTS[1], "neutral")
    correct(TEXTS[2], "neutral", bundle="other")
    correct(TEXTS[3], "neutral", head="tone")
    with open_store() as store:
        (part,) = gather(pair, store).cases
    assert {row.text: row.targets["sentiment"] for row in part.rows} == {TEXTS[0]: "positive", TEXTS[1]: "neutral"}


def test_files_stand_by_once_kept(pair: tuple[Bundle, Bundle], tmp_path: Path) -> None:
    file = tmp_path / "hard.csv"
    file.write_text("text,label,topics\noil rose,positive,energy\ngold fell,negative,metals\n")
    given = gather(pair, None, [str(file)])
    assert [(part.source, part.head.name, len(part.rows)) for part in given.cases] == [("hard.csv", "sentiment", 2),
                                                                                       ("hard.csv", "topics", 2)]  # fmt: skip
    assert given.cases[1].rows[0].targets["topics"] == ("energy",)
    keep("news", str(file), pair[1].manifest.heads)
    keep("news", str(file), pair[1].manifest.heads)
    assert gather(pair, None).digest == given.digest
    assert kept("news") == [str(model_folder("news") / "cases" / "hard.csv")]
    file.write_text("text,label\noil rose,negative\n")
    with pytest.raises(InputError, match="another file of this name"):
        keep("news", str(file), pair[1].manifest.heads)
    (tmp_path / "none.csv").write_text("text,mood\noil,good\n")
    with pytest.raises(DataError, match="expected a label for one of"):
        gather(pair, None, [str(tmp_path / "none.csv")])
    with pytest.raises(DataError, match="expected a label for one of"):
        keep("news", str(tmp_path / "none.csv"), pair[1].manifest.heads)
    assert len(kept("news")) == 1, "it would stop every later candidate"
    with pytest.raises(DataError, match="expected a file, found none"):
        keep("news", str(tmp_path / "nope.csv"), pair[1].manifest.heads)


def test_the_recipes_test_sets_are_read_where_they_are_and_mapped_as_it_says(
    pair: tuple[Bundle, Bundle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = {
        "name": "news", "task": "classification", "encoder": "minilm-l6", "heads": [{"name": "sentiment", "kind": "single"}],
        "data": {"train": ["a:train"], "validation": 0.1, "calibration": 0.1, "test": ["own:test", "far:test"], "map": "labels.toml"},
    }  # fmt: skip
    (tmp_path / "models" / "news" / "labels.toml").write_text('[own]\nbad = "negative"\nodd = false\n')
    (tmp_path / "sets" / "own").mkdir(parents=True)
    rows = [{"text": "oil fell", "label": "bad"}, {"text": "?", "label": "odd"}]
    (tmp_path / "sets" / "own" / "test.jsonl").write_text("\n".join(map(json.dumps, rows)))
    monkeypatch.setenv("HEADWATER_DATA", str(tmp_path / "sets"))
    made = replace(pair[0], manifest=replace(pair[0].manifest, recipe=recipe))
    found = gather([made, pair[1]], None)
    (part,) = found.cases
    assert part.source == "own:test"
    assert [(row.text, row.targets) for row in part.rows] == [("oil fell", {"sentiment": "negative"})]
    assert found.skipped[1][0] == "far:test"
    assert "HEADWATER_DATA" in found.skipped[1][1], "nothing is fetched"
    monkeypatch.delenv("HEADWATER_DATA")
    assert [source for source, _ in gather([made, pair[1]], None).skipped] == ["corrections", "own:test", "far:test"]


def test_what_versions_before_were_tested_on_is_faced_still(
    pair: tuple[Bundle, Bundle], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(bundle: Bundle, **changes: object) -> Bundle:
        recipe = {"name": "news", "task": "classification", "encoder": "minilm-l6", "heads": [{"name": "sentiment", "kind": "single"}]}  # fmt: skip
        return replace(bundle, manifest=replace(bundle.manifest, recipe={**recipe, **changes}))

    def data(test: str) -> dict:
        return {"train": ["a:train"], "validation": 0.1, "calibration": 0.1, "test": [test]}

    (tmp_path / "sets" / "own").mkdir(parents=True)
    (tmp_path / "sets" / "own" / "test.jsonl").write_text('{"text": "oil fell", "label": "negative"}')
    monkeypatch.setenv("HEADWATER_DATA", str(tmp_path / "sets"))
    taught = made(pair[0], data=data("test-corrected.jsonl"), start="/a/folder/that/is/gone")
    found = gather([taught, pair[1]], None, before=[made(pair[0], data=data("own:test"))])
    assert [(part.source, len(part.rows)) for part in found.cases] == [("own:test", 1)]
    assert "--keep" in dict(found.skipped)["test-corrected.jsonl"]


def test_a_report_holds_until_the_live_one_or_a_case_is_another(
    pair: tuple[Bundle, Bundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = install(pair[1].folder)
    correct(TEXTS[0], said(pair[1])[0])
    made: list[int] = []
    real = face
    monkeypatch.setattr("headwater.facing.record.face", lambda *given: (made.append(1), real(*given))[1])

    def again() -> tuple[int, dict]:
        with open_store() as store:
            found = face_cases(version, store, [], again=False)
        return len(made), found

    first, report = again()
    assert (first, report["passed"]) == (1, True)
    assert again()[0] == 1, "it still holds"
    assert kept_report(version)["cases"] == report["cases"]
    correct(TEXTS[1], said(pair[1])[1])
    assert again()[0] == 2
    promote("news", version.version, "shipped")
    assert again()[0] == 3
