"""Values that the words beside them tell, and the numbers that look alike and are none."""

import time

import pytest

from entity_extractor.redaction.told import find_told, postcodes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Born 3 May 1990 in Oslo", [("birth", "3 May 1990")]),
        ("DOB: 07/22/1958", [("birth", "07/22/1958")]),
        ("Your date of birth?\nuser: 03/11/1990", [("birth", "03/11/1990")]),
        ("geb. am 9.11.1949", [("birth", "9.11.1949")]),
        ("出生日期1968年5月20日", [("birth", "1968年5月20日")]),
        ("Passport number: A04512398", [("document", "A04512398")]),
        ("passport, number BK238841, and two photographs", [("document", "BK238841")]),
        ("NHS number 943 476 5919; they went", [("document", "943 476 5919")]),
        ("confirm the CPF?\nclient: 529.982.247-25", [("document", "529.982.247-25")]),
        ("Flat 3, 77 Canning Street, L8 7NN", [("address", "Flat 3, 77 Canning Street"), ("address", "L8 7NN")]),
        ("Lindenstraße 12", [("address", "Lindenstraße 12")]),
        ("8 rue des Lilas", [("address", "8 rue des Lilas")]),
        ("via Garibaldi 18, Ferrara", [("address", "via Garibaldi 18")]),
        ("calle de la Reina 12", [("address", "calle de la Reina 12")]),
        ("NHS number 943\u00a0476\u20095919", [("document", "943\u00a0476\u20095919")]),
        ("Asheville, NC 28803", [("address", "NC 28803")]),
    ],
)
def test_told(text, found):
    assert [(span.label, span.text) for span in find_told(text)] == found


@pytest.mark.parametrize(
    "text",
    ["The meeting is on 3 May 1990", "order 4471-882 of 12 March 2024", "12 new streets", "I have 3 valid tickets", ""],
)
def test_not_told(text):
    assert list(find_told(text)) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("80331 Oslo", "80331"), ("Oslo 600020", "600020"), ("852 30 Oslo", "852 30"), ("1060 Oslo", "1060")],
)
def test_postcodes_stand_beside_places(text, code):
    start = text.index("Oslo")
    assert [span.text for span in postcodes(text, [(start, start + 4)])] == [code]


@pytest.mark.parametrize("text", ["1999 Oslo", "Oslo 2024", "12 Oslo", "Oslo, 3000 people", "A-80331x Oslo"])
def test_years_and_amounts_are_no_postcodes(text):
    start = text.index("Oslo")
    assert list(postcodes(text, [(start, start + 4)])) == []


@pytest.mark.parametrize("piece", ["EUR ", "A-", "via ABC ", "via de ", "a-", "A'b ", "12 rue A "])
def test_long_rubbish_takes_no_time(piece):
    """A pattern that can part words in two ways would take longer than anyone lives for 2,000 of them."""
    before = time.process_time()
    list(find_told(f"Payments via {piece * 2000} are accepted."))
    assert time.process_time() - before < 2
