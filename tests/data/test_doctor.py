"""The data doctor: each check on rows that are wrong in a known way, and on the faults of public sets that are on record."""

import doctest
import itertools
import json
import random
import time
from collections import Counter

import pytest
from typer.testing import CliRunner

import headwater.data.doctor.duplicates as duplicates
from headwater.cli.main import app
from headwater.data.doctor import CHECKS, Finding, diagnose, refused
from headwater.data.example import Example
from headwater.data.readers import read_file
from headwater.errors import DataError, RecipeError
from headwater.recipe import load_recipe
from headwater.spans import Span
from headwater.training.fit import fit
from tests.tiny_encoder import write_rows

WORDS = "card bank transfer refund account balance limit fee branch cheque pin app loan rate deposit cash".split()
OTHERS = (
    "goal match referee league striker pitch coach season penalty header keeper derby final cup squad score".split()
)


def rows(*said: tuple[str, str]) -> list[Example]:
    return [Example(text, targets={"label": label}, where=f"f:{line}") for line, (text, label) in enumerate(said, 1)]


def drawn(words: list[str], label: str, count: int, seed: int) -> list[Example]:
    draw = random.Random(seed)
    texts = (" ".join(draw.choices(words, k=9)) for _ in range(count))
    return [Example(text, targets={"label": label}, where=f"{label}:{line}") for line, text in enumerate(texts, 1)]


def only(found: list[Finding]) -> Finding:
    assert len(found) == 1, found
    return found[0]


def test_the_examples_run():
    assert doctest.testmod(duplicates) == (0, 1)


def test_a_clean_set_has_no_findings():
    clean = drawn(WORDS, "a", 40, 1) + drawn(OTHERS, "b", 40, 2)
    assert diagnose({"train": clean}) == []


def test_copies_differ_by_case_and_space_at_most():
    held = rows(("Where is my card?", "a"), (" where is  MY card?", "a"), ("Where is my card", "a"))
    found = only(diagnose({"train": held}, ["duplicates"]))
    assert (found.split, found.rows, found.of) == ("train", 1, 3)
    assert [case.where for case in found.cases] == ["f:2"]


def test_a_pair_is_a_copy_where_both_halves_are():
    pairs = [Example("a", second, {"label": "x"}) for second in ("b", "b", "c")]
    assert only(diagnose({"train": pairs}, ["duplicates"])).rows == 1


def test_a_leak_is_counted_in_the_later_split_and_says_under_how_many_other_labels():
    train = rows(("one", "a"), ("two", "a"), ("three", "b"))
    test = rows(("two", "a"), ("Three", "c"), ("four", "b"), ("two", "a"))
    found = only(diagnose({"train": train, "test": test}, ["leaks"]))
    assert (found.split, found.rows, found.of) == ("test", 3, 4)
    assert found.said == "stand in train too, 1 of them under another label there"
    assert [case.note for case in found.cases] == ["as f:2", "as f:2", "as f:3"]


def test_one_text_under_two_labels():
    found = only(diagnose({"train": rows(("one", "a"), ("one", "b"), ("two", "a"), ("two", "a"))}, ["conflicts"]))
    assert (found.rows, found.said) == (2, "1 texts stand under different labels")
    assert [case.note for case in found.cases] == ["label: a", "label: b"]


def test_a_text_without_the_label_contradicts_nothing():
    held = [Example("one", targets={"tone": "a"}), Example("one", targets={"names": (Span(0, 3, "X"),)})]
    assert diagnose({"train": held}, ["conflicts"]) == []


def test_near_copies_are_those_that_share_four_fifths_of_their_pieces():
    draw = random.Random(7)
    texts = []
    for _ in range(60):
        words = draw.choices(WORDS + OTHERS, k=12)
        texts.append(" ".join(words))
        words[draw.randrange(12)] = "zebra"
        texts.append(" ".join(words))

    def share(a: str, b: str) -> float:
        one, other = ({text[i : i + 4] for i in range(len(text) - 3)} for text in (a, b))
        return len(one & other) / len(one | other)

    wanted = {(i, j) for i, j in itertools.combinations(range(len(texts)), 2) if share(texts[i], texts[j]) >= 0.8}
    assert len(wanted) > 20
    assert set(duplicates.near(texts)) == wanted


def test_near_copies_within_a_split_and_between_two():
    near = "I would like to know where my new bank card is now"
    train = rows((near, "a"), (near + "!", "a"), ("something else entirely, said once", "b"))
    test = rows((near.replace("is now", "is soon"), "a"))
    by_check = {
        found.check: found for found in diagnose({"train": train, "test": test}, ["near_duplicates", "near_leaks"])
    }
    assert (by_check["near_duplicates"].split, by_check["near_duplicates"].rows) == ("train", 1)
    assert (by_check["near_leaks"].split, by_check["near_leaks"].rows) == ("test", 1)
    assert by_check["near_leaks"].cases[0].note.startswith("nearly f:")


def test_two_emoji_are_not_nearly_one():
    held = rows(("\U0001f44d", "a"), ("\U0001f44e", "b"), (":)", "a"), (":(", "b"))
    assert diagnose({"train": held}, ["near_duplicates", "duplicates", "conflicts"]) == []


def test_near_copies_of_a_template_and_of_many_copies_are_counted_in_time():
    template = "Your order number {} has been shipped to your address today and will arrive tomorrow"
    train = rows(*((template.format(i), "a") for i in range(2000)))
    many = [rows((said, "a")) * 20_000 for said in ("thanks for all", "thanks for all!")]
    begun = time.process_time()
    found = only(diagnose({"train": train}, ["near_duplicates"]))
    assert (found.rows, found.of) == (1999, 2000)
    found = only(diagnose({"train": many[0] + many[1]}, ["near_duplicates"]))
    assert found.rows == 20_000
    assert time.process_time() - begun < 8  # pair by pair it would be minutes


def brute(splits: dict[str, list[Example]]) -> dict[tuple[str, str], int]:
    """Rows that have a near copy before them: in their own split, and in each earlier one."""
    every = [(name, row) for name, held in splits.items() for row in held]
    texts = list({row.text: 0 for _, row in every})
    alike = {frozenset(pair) for pair in duplicates.near(texts)}
    place = {text: number for number, text in enumerate(texts)}
    found = {
        (name, last, b)
        for (a, (name, twin)), (b, (last, row)) in itertools.combinations(enumerate(every), 2)
        if frozenset((place[twin.text], place[row.text])) in alike
    }
    return dict(Counter((name, last) for name, last, _ in found))


@pytest.mark.parametrize("seed", range(5))
def test_near_copies_are_those_that_every_pair_of_rows_gives(seed):
    draw = random.Random(seed)
    said = [
        "my card is lost in town",
        "my card is lost in town!",
        "my card is lost in a town",
        "a loan for my new house",
    ]
    splits = {name: rows(*((draw.choice(said), "a") for _ in range(6))) for name in ("train", "validation", "test")}
    found = diagnose(splits, ["near_duplicates", "near_leaks"])
    counts = dict.fromkeys(itertools.combinations_with_replacement(splits, 2), 0) | brute(splits)
    within = {entry.split: entry.rows for entry in found if entry.check == "near_duplicates"}
    assert within == {name: counts[name, name] for name in splits if counts[name, name]}
    between = sorted((entry.said, entry.split, entry.rows) for entry in found if entry.check == "near_leaks")
    assert between == sorted(
        (f"nearly stand in {one} too", other, count) for (one, other), count in counts.items() if one != other and count
    )


@pytest.mark.parametrize("text", ["the very same text", "", "?!"])
def test_a_set_of_nothing_but_copies_is_looked_at_too(text):
    train, test = rows(*((text, label) for label in "ab" * 50)), rows(*((text, "b") for _ in range(60)))
    found = {entry.check: entry.rows for entry in diagnose({"train": train, "test": test})}
    assert (found["leaks"], found["conflicts"]) == (60, 100)


def test_a_set_of_labels_has_no_order():
    one, other = (Example("abc def", targets={"labels": labels}) for labels in (("x", "y"), ("y", "x")))
    assert diagnose({"train": [one, other]}, ["conflicts"]) == []
    assert only(diagnose({"train": [one], "test": [other]}, ["leaks"])).said == "stand in train too"
    assert only(diagnose({"train": [one, other]}, ["imbalance"])).share == 1  # two rare labels in each of two rows


def test_empty_long_and_rare():
    held = rows(("  \u200b ", "a"), *((f"a text of {i}", "a") for i in range(30)), ("one " * 300, "b"))
    found = {entry.check: entry for entry in diagnose({"train": held}, ["empty", "long", "imbalance"])}
    assert (found["long"].rows, found["long"].said) == (1, "have more than 256 words (the longest 300)")
    assert found["imbalance"].said == "label: 1 of 2 labels occur fewer than 10 times; a 31 times"
    assert found["imbalance"].cases[0].note == "1 times"
    assert diagnose({"train": rows((" ", "a"))}, ["empty"])[0].rows == 1


def test_spans_that_are_not_where_they_say(tmp_path):
    entities = [
        {"start": 1, "end": 5, "type": "X", "value": "Acme"},
        {"start": 0, "end": 3, "type": "X", "value": "Zed"},
    ]
    write_rows(tmp_path / "a.jsonl", [{"text": "Acme rose", "entities": entities}, {"text": "b", "entities": []}])
    found = only(diagnose({"a": read_file(tmp_path / "a.jsonl")}, ["spans"]))
    assert (found.rows, found.of) == (1, 2)
    assert found.said.startswith("have 2 spans whose offsets")
    assert found.cases[0].note == "'Acme' is not at 1 to 5; 'Zed' is not at 0 to 3"


def test_labels_that_were_swapped_are_found():
    held = drawn(WORDS, "bank", 150, 3) + drawn(OTHERS, "sport", 150, 4)
    swapped = [*range(6), *range(150, 156)]
    for place in swapped:
        other = "sport" if place < 150 else "bank"
        held[place] = Example(held[place].text, targets={"label": other}, where=f"swapped:{place}")
    found = only(diagnose({"train": held}, ["suspects"]))
    assert found.rows == len(swapped)
    assert all(case.where.startswith("swapped") for case in found.cases)
    assert "more likely" in found.cases[0].note


def test_spans_and_sets_have_no_one_label_to_doubt():
    held = [Example(f"text {i}", targets={"labels": ("a", "b")[: i % 3]}) for i in range(30)]
    assert diagnose({"train": held}, ["suspects"]) == []


def test_personal_data_is_counted_by_kind_and_masked_where_it_is_shown():
    said = "mail ann@example.org or pay to DE89 3704 0044 0532 0130 00"
    found = only(diagnose({"train": rows((said, "a"), ("order 4111 1111 1111 1112", "a"))}, ["personal"]))
    assert (found.rows, found.said) == (1, "hold personal data: 1 email, 1 iban")
    assert found.cases[0].text == "mail [email] or pay to [iban]"


def test_splits_of_other_texts_or_of_other_labels():
    train = drawn(WORDS, "a", 80, 5) + drawn(WORDS, "b", 80, 6)
    like = drawn(WORDS, "a", 40, 7) + drawn(WORDS, "b", 40, 8)
    assert diagnose({"train": train, "test": like}, ["drift"]) == []
    unlike = drawn(OTHERS, "a", 70, 9) + drawn(OTHERS, "b", 30, 10)
    texts, labels = diagnose({"train": train, "test": unlike}, ["drift"])
    assert "tells its texts from those of train" in texts.said
    assert (labels.rows, labels.said) == (20, "20 % of its rows would need another label for the shares of train")


def test_what_is_allowed_is_a_share_of_the_split():
    found = [Finding("leaks", "test", 2, 100, "x"), Finding("leaks", "validation", 1, 10, "x")]
    assert [entry.split for entry in refused(found, {"leaks": 0.05})] == ["validation"]
    assert refused(found, {"conflicts": 0.0}) == []
    assert len(refused(found, {"leaks": 0.0})) == 2


def test_a_check_by_another_name_is_an_error():
    with pytest.raises(DataError, match="expected checks out of empty, .*; got 'leak'"):
        diagnose({"train": rows(("a", "b"))}, ["leak"])


RECIPE = """
name = "a"
task = "classification"
encoder = "nowhere"
[data]
train = ["train.jsonl"]
test = ["test.jsonl"]
validation = 0.2
calibration = 0.2
[doctor]
leaks = 0.0
"""


@pytest.fixture
def folder(tmp_path):
    kept = [{"text": f"{word} {i}", "label": word} for word in ("up", "down") for i in range(30)]
    write_rows(tmp_path / "train.jsonl", kept)
    write_rows(
        tmp_path / "test.jsonl", [*({"text": f"{w} again {i}", "label": w} for w in ("up", "down") for i in range(4))]
    )
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def test_the_verb_reads_files_and_gives_json(folder):
    write_rows(folder / "test.jsonl", [{"text": "up 3", "label": "up"}])
    files = [str(folder / "train.jsonl"), str(folder / "test.jsonl")]
    done = CliRunner().invoke(app, ["doctor", *files, "--check", "leaks", "--json"])
    assert done.exit_code == 0, done.output
    content = json.loads(done.stdout)
    assert content["splits"] == {files[0]: 60, files[1]: 1}
    (finding,) = content["findings"]
    assert (finding["check"], finding["rows"], finding["fatal"]) == ("leaks", 1, False)
    shown = CliRunner().invoke(app, ["doctor", *files])
    assert "stand in" in shown.stdout and "leaks" in shown.stdout


def test_a_recipe_makes_a_finding_fatal(folder):
    verb = ["doctor", str(folder / "recipe.toml"), "--check", "leaks"]
    clean = CliRunner().invoke(app, verb)
    assert (clean.exit_code, "nothing was found" in clean.stdout) == (0, True)
    write_rows(folder / "test.jsonl", [{"text": f"up {i}", "label": "up"} for i in range(30)])
    done = CliRunner().invoke(app, verb)
    assert done.exit_code == 1
    assert "more than the recipe allows: leaks" in done.stdout
    with pytest.raises(DataError, match=r"a: the data is not fit to learn from.*\n  - leaks: \d+ of 30 rows of test"):
        fit(load_recipe(folder / "recipe.toml"), folder / "run")
    assert not (folder / "run").exists()


def test_the_verb_refuses_what_it_cannot_read_as_splits(folder):
    twice = CliRunner().invoke(app, ["doctor", *[str(folder / "train.jsonl")] * 2])
    assert (twice.exit_code, "expected each source once" in twice.stderr) == (1, True)
    mixed = CliRunner().invoke(app, ["doctor", str(folder / "recipe.toml"), str(folder / "train.jsonl")])
    assert (mixed.exit_code, "expected one recipe" in mixed.stderr) == (1, True)


def test_the_table_names_checks(folder):
    (folder / "recipe.toml").write_text(RECIPE.replace("leaks", "leek"), encoding="utf-8")
    with pytest.raises(RecipeError, match=f"doctor: expected checks out of {', '.join(CHECKS)}; got leek"):
        load_recipe(folder / "recipe.toml")
