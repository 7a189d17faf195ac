import json

import pytest

from entity_extractor.linking.base import KnowledgeBase
from entity_extractor.linking.linking import PIECE, link
from entity_extractor.mentions import Mention
from headwater.companies.table import Companies
from headwater.errors import DataError

ROWS = """id,name,aliases,type,hints
Q567,Angela Merkel,Merkel?;Dr. Angela Merkel,PER,chancellor;Germany
Q9,Una Merkel,Merkel?,PER,film;actress
F1,Nordfjord AS,Nordfjord,ORG,
L1,Nordfjord,,LOC,
J1,Jordan,,LOC,Amman
J2,Michael Jordan,Jordan,PER,
W,Widget,,,
"""


@pytest.fixture
def base(tmp_path) -> KnowledgeBase:
    (tmp_path / "base.csv").write_text(ROWS, encoding="utf-8")
    return KnowledgeBase.open(tmp_path / "base.csv")


@pytest.fixture(scope="module")
def companies() -> Companies:
    return Companies.open()


def mentions(text: str, *names: tuple[str, str]) -> list[Mention]:
    """Each name at its next place."""
    out, at = [], 0
    for name, label in names:
        at = text.index(name, at)
        out.append(Mention(at, at + len(name), label, name))
        at += len(name)
    return out


@pytest.mark.parametrize(
    ("text", "names", "links"),
    [
        ("Angela Merkel spoke.", [("Angela Merkel", "PER")], ["Q567"]),
        ("ANGELA MERKEL spoke.", [("ANGELA MERKEL", "PER")], ["Q567"]),
        ("Merkel spoke.", [("Merkel", "PER")], [""]),  # two bear the name and nothing decides
        ("Merkel, the chancellor, spoke.", [("Merkel", "PER")], ["Q567"]),
        ("The film has Merkel in it.", [("Merkel", "PER")], ["Q9"]),
        ("The film is about Merkel, the chancellor.", [("Merkel", "PER")], [""]),  # one for each
        ("Una Merkel sang. Merkel bowed.", [("Una Merkel", "PER"), ("Merkel", "PER")], ["Q9", "Q9"]),
        ("Ms Merkel of Germany", [("Ms Merkel", "PER")], ["Q567"]),
        ("Paul Merkel of Germany", [("Paul Merkel", "PER")], [""]),  # a longer name is another's
        ("Nordfjord rose.", [("Nordfjord", "ORG")], ["F1"]),  # the type tells the firm from the place
        ("In Nordfjord it rained.", [("Nordfjord", "LOC")], ["L1"]),
        ("Nordfjord's profit", [("Nordfjord's", "ORG")], ["F1"]),
        ("Nordfjord ASA rose.", [("Nordfjord ASA", "ORG")], ["F1"]),
        ("Jordan scored.", [("Jordan", "PER")], ["J2"]),
        ("Jordan borders Syria.", [("Jordan", "LOC")], ["J1"]),
        ("The Widget is round.", [("Widget", "MISC")], ["W"]),  # a row without a type may be any
        ("Nobody known.", [("Nobody", "PER")], [""]),
    ],
)
def test_what_a_name_means_or_nothing(base, text, names, links):
    assert [one.link for one in link(text, mentions(text, *names), base)] == links


def test_companies_come_from_the_table_and_the_own_base_goes_first(tmp_path, companies):
    text = "Siemens rises as Delta Air Lines falls; apple orchards bloom in Siemens Street."
    named = mentions(text, ("Siemens", "ORG"), ("Delta Air Lines", "ORG"), ("apple", "MISC"), ("Siemens Street", "LOC"))
    assert [one.link for one in link(text, named, None, companies)] == ["company:siemens", "company:delta", "", ""]
    (tmp_path / "own.jsonl").write_text(json.dumps({"id": "client-7", "name": "Siemens", "aliases": [], "type": "ORG"}))
    own = KnowledgeBase.open(tmp_path / "own.jsonl")
    assert [one.link for one in link(text, named, own, companies)] == ["client-7", "company:delta", "", ""]


def test_a_long_text_is_linked_to_its_end(companies):
    text = ("Nothing of note happened on this day. " * (PIECE // 15)) + "Siemens rises."
    (found,) = link(text, mentions(text, ("Siemens", "ORG")), None, companies)
    assert found.link == "company:siemens" and text[found.start : found.end] == "Siemens"


def test_every_fault_of_a_base_is_named_by_its_line(tmp_path):
    (tmp_path / "base.csv").write_text("id,name,aliases\na,Ann,\na,Bob,\n,Cy,\nd,?,\n")
    with pytest.raises(DataError) as caught:
        KnowledgeBase.open(tmp_path / "base.csv")
    for part in (
        "3 faults",
        "line 3: the id 'a' stands twice",
        "line 4: expected an id and a name",
        "line 5: expected names",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"), [("b.csv", "who,what\n"), ("b.jsonl", "{"), ("b.jsonl", "[1]"), ("none.csv", None)]
)
def test_what_is_no_base_is_refused(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=name):
        KnowledgeBase.open(tmp_path / name)


def test_a_comma_without_quotes_is_named(tmp_path):
    (tmp_path / "base.csv").write_text("id,name,aliases\nQ1,Smith, John,J. Smith\nQ2,John Major,\n")
    with pytest.raises(DataError, match="1 faults.*\n.*line 2: expected 3 columns, got more: a text with a comma"):
        KnowledgeBase.open(tmp_path / "base.csv")
