"""Chinese names from characters: read, trained, exported, proved, served. The encoder is small and random: the path is tested, no quality."""

import random
from pathlib import Path
from typing import Any

import pytest

import headwater
from headwater.data.catalogue import named_rows
from headwater.data.readers import read_file
from headwater.data.sources import read_source
from headwater.export.package import export_bundle, from_trained, labelled_rows
from headwater.recipe import Source, parse_recipe
from headwater.spans import from_bio, to_bio
from headwater.text import words
from headwater.training.fit import fit
from headwater.training.runner import load_trained
from tests.tiny_encoder import tiny_encoder, write_rows

PEOPLE, FIRMS = ("张伟", "李娜", "王芳", "刘洋", "陈静"), ("华龙银行", "东海证券", "天元科技", "ABC集团")
FRAMES = ("{0}现任{1}董事长。", "{1}任命{0}为行长，", "据{1}公告，{0}已辞职", "{0}曾在{1}工作5年。")


def sentences(count: int, seed: int) -> list[dict[str, Any]]:
    """Rows as Chinese sets have them: a token a character, with its tag."""
    draw, rows = random.Random(seed), []
    for _ in range(count):
        text, tags = "", []
        for frame in draw.choices(FRAMES, k=draw.randint(1, 3)):
            person, firm = draw.choice(PEOPLE), draw.choice(FIRMS)
            one = frame.format(person, firm)
            text, marks = text + one, ["O"] * len(one)
            for name, label in ((person, "NAME"), (firm, "ORG")):
                at = one.index(name)
                marks[at : at + len(name)] = [f"B-{label}", *[f"I-{label}"] * (len(name) - 1)]
            tags += marks
        rows.append({"tokens": list(text), "ner_tags": tags})
    return rows


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("chinese")
    tiny_encoder(folder / "encoder", signs="".join((*PEOPLE, *FIRMS, *FRAMES)))
    for name, count in (("train", 300), ("test", 120)):
        write_rows(folder / f"{name}.jsonl", sentences(count, len(name)))
    split = {name: [{"source": f"{name}.jsonl", "joiner": ""}] for name in ("train", "test")}
    recipe = parse_recipe(
        {
            "name": "entities-zh",
            "task": "tagging",
            "encoder": str(folder / "encoder"),
            "data": {**split, "validation": 0.1, "calibration": 0.2},
            "training": {"epochs": 5, "learning_rate": 5e-3, "batch_size": 16, "max_length": 64, "stride": 16},
            "accept": {"span_f1": 0.95},
        },
        folder=folder,
    )
    run = fit(recipe, folder / "run")
    made, _ = export_bundle(
        from_trained(load_trained(run.folder / "model")), folder / "bundle",
        name=recipe.name, task=recipe.task, rows=labelled_rows(run.corpus), recipe=recipe, sources=run.corpus.sources,
    )  # fmt: skip
    return made.folder


def test_names_have_exact_places_and_no_spaces_are_needed(bundle):
    text = "据ABC集团公告，李娜已辞职。陈静现任东海证券董事长。"
    found = headwater.load(bundle).predict([text])[0]
    assert [(span.text, span.label) for span in found] == [
        ("ABC集团", "ORG"),
        ("李娜", "NAME"),
        ("陈静", "NAME"),
        ("东海证券", "ORG"),
    ]
    assert all(text[span.start : span.end] == span.text for span in found)


def test_a_text_of_many_windows_is_read_whole(bundle):
    one = "刘洋现任天元科技董事长。"
    found = headwater.load(bundle).predict([one * 40])[0]
    assert [(span.start, span.end) for span in found] == [
        (at * len(one) + a, at * len(one) + b) for at in range(40) for a, b in ((0, 2), (4, 8))
    ]


def test_characters_are_words_and_letters_are_not(tmp_path):
    file = write_rows(
        tmp_path / "rows.jsonl", [{"tokens": list("在ABC集团"), "ner_tags": ["O", "B-ORG", *["I-ORG"] * 4]}]
    )
    (row,) = read_file(file, joiner="")
    assert (row.text, [(span.start, span.end) for span in row.targets["spans"]]) == ("在ABC集团", [(1, 6)])
    assert from_bio(words(row.text), to_bio(words(row.text), row.targets["spans"])) == list(row.targets["spans"])


@pytest.mark.data
@pytest.mark.parametrize(
    ("source", "rows", "types"),
    [("cluener2020:train", 10_748, 10), ("weibo_ner:train", 1_350, 8), ("resume_ner:train", 3_821, 8)],
)
def test_the_public_sets_are_read_with_their_places(source, rows, types):
    read, name, _ = read_source(Source(source, joiner=""), Path())
    spaced = named_rows(source)[0]
    assert (len(read), name) == (rows, source.partition(":")[0])
    assert len({span.label for row in read for span in row.targets["spans"]}) == types
    assert not any(" " in row.text for row in read[:200]) and all(" " in row.text for row in spaced[:20])
    whole = sum(
        from_bio(words(row.text), to_bio(words(row.text), row.targets["spans"])) == list(row.targets["spans"])
        for row in read
    )
    assert whole / rows > 0.99  # names that end inside of a Latin word are a little larger by our words
