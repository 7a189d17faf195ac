"""A change of the set-up in force: kept whole or refused, its lists beside it, and said again as TOML without loss."""

from dataclasses import replace
from pathlib import Path

import pytest

from entity_extractor.finding import DEFAULT, load_setup, own, parse_setup
from entity_extractor.finding.editing import (  # fmt: skip
    kinds_on,
    pattern_of,
    ranked,
    sources,
    with_dictionary,
    with_pattern,
    with_values,
    without,
)
from entity_extractor.finding.setup import DictionaryRule, PatternRule
from entity_extractor.finding.wording import text_of
from headwater.errors import DataError, InputError

WHOLE = r"""
minimum = { PER = 0.6 }
[[model]]
name = "entities"
types = { MISC = "" }
[[pattern]]
name = 'a "b" \'
type = "X"
regex = '\bx\d+ "é"'
role = "fills"
[[value]]
kinds = ["money", "date"]
types = { money = "AMOUNT" }
order = "MDY"
"""


class Silent:
    """A model that finds nothing."""

    def predict(self, texts):
        return [() for _ in texts]


MODELS = {"entities": Silent()}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEADWATER_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("text", [DEFAULT.read_text(encoding="utf-8"), WHOLE])
def test_a_set_up_said_again_is_the_same(text: str) -> None:
    setup = parse_setup(text)
    assert parse_setup(text_of(setup)) == setup


def test_a_change_is_in_force_at_once_and_reset_takes_it_back() -> None:
    before = own.stamp()
    assert own.standing() == DEFAULT
    own.change(lambda setup: with_pattern(setup, PatternRule("ticket", "TICKET", r"T-\d+")), MODELS)
    assert own.standing() == own.folder() / "finding.toml"
    assert [rule.name for rule in own.read()[1].patterns] == ["ticket"]
    assert own.stamp() != before
    own.reset()
    assert own.standing() == DEFAULT and own.read()[1] == load_setup()


def test_what_is_wrong_is_told_by_the_loader_and_nothing_changes() -> None:
    own.change(lambda setup: with_pattern(setup, PatternRule("ticket", "TICKET", r"T-\d+")), MODELS)
    standing = own.standing().read_bytes()
    with pytest.raises(InputError, match=r"line 2: pattern: regex: expected a regular expression"):
        own.save("[[pattern]]\nregex='('\nname='a'\ntype='A'", MODELS)
    bad = own.kept_file("bad.csv", b"name,type\nAcme,\n")
    with pytest.raises(InputError, match=r"line 2: type: is missing"):
        own.change(lambda setup: with_dictionary(setup, DictionaryRule("bad", bad)), MODELS)
    base = own.kept_file("base.csv", b"id,name\n,Acme\n")
    with pytest.raises(DataError, match="expected an id and a name"):
        own.change(lambda setup: replace(setup, knowledge=base), MODELS)
    with pytest.raises(InputError, match="knowledge: file: expected a file at"):
        own.change(lambda setup: replace(setup, knowledge="none.csv"), MODELS)
    assert own.standing().read_bytes() == standing


def test_a_list_is_kept_by_its_content_and_goes_a_day_after_it_is_named_no_more(monkeypatch) -> None:
    first = own.kept_file("my clients!.csv", b"name,type\nAcme,CLIENT\n")
    assert first.startswith("my-clients-") and own.kept_file("my clients!.csv", b"name,type\nAcme,CLIENT\n") == first
    own.change(lambda setup: with_dictionary(setup, DictionaryRule("clients", first)), MODELS)
    second = own.kept_file("my clients!.csv", b"name,type\nBcme,CLIENT\n")
    own.change(lambda setup: with_dictionary(setup, DictionaryRule("clients", second)), MODELS)
    assert (own.folder() / first).is_file(), "who read the set-up before still finds it"
    monkeypatch.setattr(own, "LEFT", -1)
    own.change(lambda setup: setup, MODELS)
    assert not (own.folder() / first).exists() and (own.folder() / second).is_file()


def test_a_list_edited_by_hand_changes_the_stamp() -> None:
    file = own.kept_file("a.csv", b"name,type\nAcme,CLIENT\n")
    before = own.stamp()
    (own.folder() / file).write_bytes(b"name,type\nAcme,CLIENT\nBcme,CLIENT\n")
    assert own.stamp() != before


def test_kinds_of_values_go_off_and_on_with_their_ranks() -> None:
    setup = load_setup()
    some = with_values(setup, ["iban", "date"], "MDY", ",")
    assert kinds_on(some) == ["date", "iban"]
    assert {(rule.kinds, rule.rank, rule.order, rule.decimal) for rule in some.values} == {(("iban",), 40, "MDY", ","), (("date",), 20, "MDY", ",")}  # fmt: skip
    assert kinds_on(with_values(some, kinds_on(setup), "DMY", "auto")) == kinds_on(setup)
    assert kinds_on(with_values(setup, [], "DMY", "auto")) == []


def test_ranks_of_single_kinds_part_them_and_equal_ones_join_them_again() -> None:
    setup = load_setup()
    rows = sources(setup)
    assert rows[0].rank == 40 and rows[-1].name == "entities"
    moved = ranked(setup, [replace(one, rank=50) for one in rows if one.name == "money"])
    assert {rule.rank: rule.kinds for rule in moved.values}[50] == ("money",)
    assert "money" not in {rule.rank: rule.kinds for rule in moved.values}[20]
    back = ranked(moved, rows)
    assert {rule.rank: set(rule.kinds) for rule in back.values} == {rule.rank: set(rule.kinds) for rule in setup.values}


def test_a_rule_of_the_same_name_takes_the_place_and_the_rank() -> None:
    setup = with_pattern(load_setup(), replace(pattern_of("a", "X", "x+"), rank=3, role="fills"))
    again = with_pattern(setup, pattern_of("a", "Y", "y+"))
    assert [(rule.type, rule.rank, rule.role) for rule in again.patterns] == [("Y", 3, "fills")]
    assert without(again, "pattern", "a").patterns == ()
    with pytest.raises(InputError, match="type: is missing"):
        pattern_of("a", " ", "x+")
