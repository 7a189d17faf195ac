import csv
import doctest
import io
import json

import pytest

from entity_extractor import downloads, listing
from entity_extractor.extraction import Extractor
from entity_extractor.finding import Finder, Setup
from entity_extractor.mentions import Document, Mention, Stretch
from headwater.companies.table import Companies

TEXT = "Deutsche Bank paid EUR 3m.\n\n=Deutsche Bank= again."
FOUND = [
    Mention(0, 13, "ORG", "Deutsche Bank", 0.9),
    Mention(19, 25, "MONEY", "EUR 3m", value="EUR 3000000"),
    Mention(28, 42, "ORG", "=Deutsche Bank", 0.8),
]
NAMES = {"ORG": "firm", "MONEY": "amount"}
DOCUMENT = Document("a.pdf", TEXT, "pdf", (Stretch(0, 26, 1), Stretch(28, 51, 2)))


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor(Finder(Setup()), companies=Companies.open())


def test_entities_say_their_pages_values_and_companies(extractor: Extractor) -> None:
    found = extractor.finished(DOCUMENT, FOUND[:2])
    firm, amount = listing.entity_rows(found, NAMES, extractor.companies)
    assert (firm["name"], firm["type"], firm["pages"], firm["link"]) == ("Deutsche Bank", "firm", "1", "Deutsche Bank")
    assert (amount["type"], amount["value"]) == ("amount", "EUR 3000000")
    assert listing.linked_name("Q1", extractor.companies) == "Q1"


def test_mentions_say_their_page_and_entity(extractor: Extractor) -> None:
    rows = listing.mention_rows(extractor.finished(DOCUMENT, FOUND), NAMES, 10)
    assert [row["page"] for row in rows] == [1, 1, 2]
    assert rows[0]["entity"] == "Deutsche Bank"
    assert len(listing.mention_rows(extractor.finished(DOCUMENT, FOUND), NAMES, 2)) == 2


@pytest.mark.parametrize("form", downloads.CHOICES)
def test_each_choice_is_a_file(extractor: Extractor, form: str) -> None:
    assert downloads.file_of(form, extractor.finished(DOCUMENT, FOUND), extractor, NAMES)


def test_files_hold_what_was_found(extractor: Extractor) -> None:
    found = extractor.finished(DOCUMENT, FOUND)
    line = json.loads(downloads.file_of("jsonl", found, extractor, NAMES))
    assert line["text"] == TEXT
    rows = list(csv.DictReader(io.StringIO(downloads.file_of("entities", found, extractor, NAMES).decode("utf-8-sig"))))
    assert len(rows) == len(found.entities)
    assert not any(row["name"].startswith("=") for row in rows)  # a spreadsheet would run it


@pytest.mark.parametrize("module", [downloads, listing])
def test_examples_hold(module) -> None:
    assert doctest.testmod(module).failed == 0
