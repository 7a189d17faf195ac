import re

import pytest

from entity_extractor.finding import DEFAULT, load_setup, parse_setup
from headwater.errors import InputError
from headwater.values import KINDS

FAULTY = """[[model]]
name = "entities"
rank = "high"
role = "retypes"
[[model]]
name = "entities"
colour = 1
[[dictionary]]
name = "clients"
file = "none.csv"
case = "upper"
[[pattern]]
name = "open"
regex = "(a"
[[pattern]]
name = "empty"
type = "X"
regex = "a*"
seconds = 0
[[value]]
kinds = ["money", "monye"]
[[value]]
kinds = ["date"]
types = { money = "M" }
order = "YMD"
[minimum]
PER = 60
[thing]
"""


def test_the_default_reads_and_finds_every_kind_of_value():
    setup = load_setup()
    assert [rule.name for rule in setup.models] == ["entities"]
    assert sorted(kind for rule in setup.values for kind in rule.kinds) == list(KINDS)
    assert setup.minimum == {}


def test_what_the_default_shows_in_comments_can_be_uncommented(tmp_path):
    (tmp_path / "clients.csv").write_text("name\nAcme\n")
    (tmp_path / "people.csv").write_text("id,name\nq:1,Ann\n")
    text = re.sub(r"(?m)^# (?=\[|\w+ = )", "", DEFAULT.read_text(encoding="utf-8"))
    setup = parse_setup(text, folder=tmp_path)
    assert [rule.name for rule in (*setup.dictionaries, *setup.patterns)] == ["clients", "contract"]
    assert setup.minimum == {"PER": 0.6}
    assert setup.base == tmp_path / "people.csv"


def test_all_faults_are_told_at_once_with_their_lines():
    with pytest.raises(InputError) as caught:
        parse_setup(FAULTY, "mine.toml")
    told = str(caught.value)
    assert told.startswith("mine.toml: 16 faults in the set-up:")
    for part in (
        "thing: no such table; there are minimum, knowledge, [[model]]",
        "minimum: expected a table of types and probabilities from 0 to 1, got {'PER': 60}",
        "line 3: model: rank: expected a whole number from 0 to 1000, got 'high'",
        "line 4: model: role: expected one of claims, fills, got 'retypes'",
        "line 2: model: name: expected one model of each name, got 'entities' more than once",
        "line 6: model: name: expected one model",
        "line 7: model: colour: no such key; there are name, rank, role",
        "line 10: dictionary: file: expected a file at",
        "line 11: dictionary: case: expected one of any, capital, exact, got 'upper'",
        "line 14: pattern: regex: expected a regular expression: missing )",
        "line 12: pattern: type: is missing",
        "line 18: pattern: regex: expected a pattern of something",
        "line 19: pattern: seconds: expected seconds, 0.001 to 60, got 0",
        "line 21: value: kinds: expected a list of card, date",
        "line 24: value: types: expected kinds of this table, got money",
        "line 25: value: order: expected one of DMY, MDY, got 'YMD'",
    ):
        assert part in told, part


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected at least one of"),
        ("a = ", "expected TOML"),
        ("model = 3", r"model: expected \[\[model\]\] tables"),
        ('[[value]]\nkinds = ["date"]\ntypes = { money = "M" }', "line 3: value: types: expected kinds of this table, got money"),
    ],
)  # fmt: skip
def test_other_faults(text, message):
    with pytest.raises(InputError, match=message):
        parse_setup(text)


def test_a_missing_file_says_what_to_copy(tmp_path):
    with pytest.raises(InputError, match=r"begin with a copy of .*finding\.toml"):
        load_setup(tmp_path / "none.toml")
