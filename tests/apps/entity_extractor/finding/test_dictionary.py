import json
import time

import pytest

from entity_extractor.finding.dictionary import Dictionary, Entry, read_dictionary
from entity_extractor.finding.setup import DictionaryRule
from headwater.errors import DataError

CASES = [
    ("Deutsche Bank", "capital", "At Deutsche Bank.", ["Deutsche Bank"]),
    ("Deutsche Bank", "capital", "DEUTSCHE BANK", ["DEUTSCHE BANK"]),
    ("Deutsche Bank", "capital", "a deutsche bank", []),
    ("Deutsche Bank", "any", "a deutsche bank", ["deutsche bank"]),
    ("Deutsche Bank", "exact", "DEUTSCHE BANK", []),
    ("Deutsche Bank", "exact", "Deutsche\n  Bank", ["Deutsche\n  Bank"]),
    ("Deutsche Bank", "capital", "Deutsche. Bank", []),
    ("Deutsche Bank", "capital", "Deutsche Banken", []),
    ("Bank", "capital", "Deutsche Banken, Eurobank", []),
    ("Shell", "capital", "Shell-backed and Shell's", ["Shell", "Shell"]),
    ("eBay", "capital", "ebay, EBAY", ["ebay", "EBAY"]),
    ("Nestlé", "capital", "Nestle", ["Nestle"]),
    ("Nestlé", "exact", "Nestle", []),
    ("McDonald's", "exact", "McDonald’s", ["McDonald’s"]),
    ("AT&T", "capital", "AT&T and AT & T", ["AT&T", "AT & T"]),
    ("U.S.", "capital", "the U.S. and US", ["U.S."]),
    ("北京", "any", "我在北京工作", ["北京"]),
    ("Art", "capital", "Start Artemis art Art", ["Art"]),
]


@pytest.mark.parametrize(("name", "case", "text", "expected"), CASES)
def test_whole_words_by_case(name, case, text, expected):
    found = Dictionary([Entry(name, "X", case=case)]).find(text)
    assert [text[hit.start : hit.end] for hit in found] == expected


def test_the_longest_at_each_place_and_those_inside_it():
    names = Dictionary([Entry(name, "X") for name in ("Bank", "Bank of New York", "Bank of New", "New York City")])
    text = "The Bank of New York City"
    assert [text[hit.start : hit.end] for hit in names.find(text)] == ["Bank of New York", "New York City"]


def test_a_longer_name_whose_case_does_not_fit_hides_no_shorter_one():
    names = Dictionary([Entry("Apple", "ORG"), Entry("Apple Pie", "FOOD", case="exact")])
    assert [(hit.type, hit.end) for hit in names.find("Apple pie")] == [("ORG", 5)]


def test_a_name_with_two_ids_has_none_and_is_told():
    names = Dictionary([Entry("Merkel", "PER", "1", line=2), Entry("Merkel", "PER", "2", line=5)], "people.csv")
    assert [(hit.type, hit.id) for hit in names.find("Merkel")] == [("PER", "")]
    assert names.notes == (
        "people.csv: 1 names stand with two types or ids, such as 'Merkel' in lines 2 and 5: the first type counts, and no id",
    )


def test_names_that_differ_by_case_alone_are_kept_apart_by_exact():
    names = Dictionary([Entry("IT", "DEPT", "a", "exact"), Entry("It", "FILM", "b", "exact")])
    assert [(hit.type, hit.id) for hit in names.find("IT saw It, not it")] == [("DEPT", "a"), ("FILM", "b")]
    assert names.notes == ()


def test_csv_and_jsonl_hold_the_same(tmp_path):
    (tmp_path / "a.csv").write_text(
        "\ufeffname,type,id,aliases,case\nDeutsche Bank AG,BANK,db,Deutsche Bank; DB ,exact\nAcme,,,,\n",
        encoding="utf-8",
    )
    rows = [
        {"name": "Deutsche Bank AG", "type": "BANK", "id": "db", "aliases": ["Deutsche Bank", "DB"], "case": "exact"},
        {"name": "Acme"},
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    text = "DB, Deutsche Bank, Deutsche Bank AG, acme, Acme and db"
    found = [
        [
            (text[hit.start : hit.end], hit.type, hit.id)
            for hit in read_dictionary(rule, tmp_path / rule.file).find(text)
        ]
        for rule in (DictionaryRule("x", "a.csv", type="ORG"), DictionaryRule("x", "a.jsonl", type="ORG"))
    ]
    assert found[0] == found[1]
    assert found[0] == [("DB", "BANK", "db"), ("Deutsche Bank", "BANK", "db"), ("Deutsche Bank AG", "BANK", "db"), ("Acme", "ORG", "")]  # fmt: skip


def test_every_faulty_row_is_told_with_its_line(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"name": ""}\n{"name": "A", "aliases": "B"}\nnonsense\n{"name": "A", "case": "up", "typ": 1}\n[1]\n'
    )
    with pytest.raises(DataError) as caught:
        read_dictionary(DictionaryRule("x", "a.jsonl"), path)
    told = str(caught.value)
    for part in ("line 1: name: is missing", "line 1: type: is missing", "line 2: aliases: expected a list", "line 3: expected a JSON object",
                 "line 4: case: expected one of any, capital, exact, got 'up'", "line 4: typ: no such key", "line 5: expected a JSON object"):  # fmt: skip
        assert part in told, part


def test_a_csv_without_names_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("title,type\nA,B\n")
    with pytest.raises(DataError, match="line 1: expected the columns name, type"):
        read_dictionary(DictionaryRule("x", "a.csv"), tmp_path / "a.csv")


def test_a_name_with_a_comma_that_is_not_quoted_is_told(tmp_path):
    (tmp_path / "a.csv").write_text("name,type\nAcme, Inc.,ORG\n")
    with pytest.raises(DataError, match=r"line 2: expected no more cells than line 1 has, got \['ORG'\] too"):
        read_dictionary(DictionaryRule("x", "a.csv"), tmp_path / "a.csv")


def test_a_hundred_thousand_names_load_in_seconds_and_slow_nothing(tmp_path):
    """Names that all begin alike, the worst for a look-up by the first word."""
    path = tmp_path / "many.csv"
    path.write_text("name,type\n" + "".join(f"Bank of Place {n} Limited,ORG\n" for n in range(100_000)))
    before = time.process_time()
    many = read_dictionary(DictionaryRule("x", "many.csv"), path)
    assert len(many) == 100_000
    assert time.process_time() - before < 20  # 2 s on two idle cores
    text = "The Bank of Place 77777 Limited met the Bank of Nowhere in the place. " * 3_000
    few = Dictionary([Entry("Bank of Place 77777 Limited", "ORG")])
    times = []
    for names in (few, many):
        before = time.process_time()
        assert sum(1 for _ in names.find(text)) == 3_000
        times.append(time.process_time() - before)
    assert times[1] < 4 * times[0] + 0.5, times


def test_a_text_of_one_name_again_and_again_takes_time_by_its_length():
    names = Dictionary([Entry("a " * 30, "X", case="any")])
    before = time.process_time()
    assert sum(1 for _ in names.find("a " * 20_000)) == 20_000 - 29
    assert time.process_time() - before < 20
