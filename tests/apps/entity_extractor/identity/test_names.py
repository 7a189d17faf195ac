import doctest
import importlib

import pytest

from entity_extractor.identity.declared import declared
from entity_extractor.identity.names import gender_before, is_acronym, read_firm, read_person


@pytest.mark.parametrize("module", ["identity.entities", "identity.names", "finding.paragraphs"])
def test_examples(module):
    done = doctest.testmod(importlib.import_module(f"entity_extractor.{module}"))
    assert done.attempted and not done.failed


@pytest.mark.parametrize(
    ("name", "base", "forms"),
    [
        ("Deutsche Bank AG", "deutschebank", {"ag"}),
        ("Foo GmbH & Co. KG", "foo", {"gmbh", "co", "kg"}),
        ("Toyota Motor Co., Ltd.", "toyotamotor", {"co", "ltd"}),
        ("Volkswagen Group", "volkswagen", set()),
        ("The Limited", "limited", set()),
        ("Holdings", "holdings", set()),
        ("S.A.", "sa", set()),
        ("北京", "北京", set()),
        ("&", "&", set()),
        ("Barnes and Noble, Inc.", "barnesnoble", {"inc"}),
    ],
)
def test_firms(name, base, forms):
    read = read_firm(name)
    assert (read.base, set(read.forms)) == (base, forms)


@pytest.mark.parametrize(
    ("name", "given", "surname", "gender"),
    [
        ("Angela Merkel", ("angela",), "merkel", ""),
        ("Ms Merkel's", (), "merkel", "f"),
        ("Dr. J. F. Kennedy Jr.", ("j", "f"), "kennedy", ""),
        ("Merkel, Angela", ("angela",), "merkel", ""),
        ("Smith, Jr.", (), "smith", ""),
        ("Charles de Gaulle", ("charles",), "de gaulle", ""),
        ("von der Leyen", (), "von der leyen", ""),
        ("Sir Keir Starmer", ("keir",), "starmer", "m"),
        ("M. Night", ("m",), "night", ""),
        ("Madonna", (), "madonna", ""),
        ("!", (), "!", ""),
    ],
)
def test_people(name, given, surname, gender):
    read = read_person(name)
    assert (read.given, read.surname, read.gender) == (given, surname, gender)


@pytest.mark.parametrize(("name", "is_one"), [("DB", True), ("U.S.", True), ("BoE", True), ("Shell", False), ("A", False), ("ABCDEFG", False), ("G7", False)])  # fmt: skip
def test_acronyms(name, is_one):
    assert is_acronym(name) is is_one


@pytest.mark.parametrize(
    ("text", "gender"),
    [("Ms ", "f"), ("to Mrs. ", "f"), ("Mr\n", "m"), ("ms ", ""), ("Items ", ""), ("M. ", ""), ("Dr ", ""), ("", "")],
)
def test_titles_before_a_name(text, gender):
    assert gender_before(f"{text}Merkel", len(text)) == gender


@pytest.mark.parametrize(
    ("after", "short"),
    [
        (" (DB) said", "DB"),
        (' ("DB")', "DB"),
        (" (the “Company”)", "Company"),
        (" (together with its subsidiaries, the “Group”)", "Group"),
        (" (formerly “Acme”)", "Acme"),
        (" (Frankfurt)", ""),
        (" (2024)", ""),
        (" (see NYSE: DB)", ""),
        (", (DB)", ""),
        ("", ""),
    ],
)
def test_short_names_that_are_declared(after, short):
    assert declared(f"Acme{after}", 4) == short
