import pytest

import headwater
from entity_extractor.extraction import open_extractor
from entity_extractor.mentions import Document, Mention
from headwater.companies.table import Companies
from headwater.errors import InputError

TEXT = "Angela Merkel met Deutsche Bank (DB) in Frankfurt on 3 May 2024.\n\nDB said that profit rose 3.1% to EUR 3m. Merkel left."


@pytest.fixture(scope="module")
def shipped():
    return {"entities": headwater.load("models/entities/bundle")}


def test_a_document_becomes_entities_with_links_and_values(shipped):
    found = open_extractor(models=shipped, companies=Companies.open()).extract(Document("a.txt", TEXT))
    entities = {entity.name: entity for entity in found.entities}
    assert {name: (entity.label, entity.count) for name, entity in entities.items()} == {
        "Angela Merkel": ("PER", 2),
        "Deutsche Bank": ("ORG", 3),
        "Frankfurt": ("LOC", 1),
        "3 May 2024": ("DATE", 1),
        "3.1%": ("PERCENTAGE", 1),
        "EUR 3m": ("MONEY", 1),
    }
    assert (entities["Deutsche Bank"].link, entities["EUR 3m"].value) == ("company:deutsche-bank", "EUR 3000000")
    assert all(TEXT[one.start : one.end] == one.text for one in found.mentions)
    assert found.annotated.mentions == found.mentions and found.names[found.mentions[0]] == "Angela Merkel"


def test_corrected_mentions_go_the_same_way(shipped, tmp_path):
    (tmp_path / "own.csv").write_text("id,name\nQ1,Frankfurt\n")
    extractor = open_extractor(models=shipped, knowledge=tmp_path / "own.csv")
    (one,) = extractor.finished(Document("a", TEXT), [Mention(40, 49, "LOC", "Frankfurt")]).entities
    assert (one.name, one.link) == ("Frankfurt", "Q1")


def test_relations_are_between_names_of_the_document(shipped, tmp_path, tiny):
    tiny(tmp_path / "relations", "relation", seed=2)
    extractor = open_extractor(models=shipped, relations=str(tmp_path / "relations"), sure=0.0)
    found = extractor.extract(Document("a", TEXT))
    assert {one.head for one in found.relations} <= set(found.mentions)


def test_a_bundle_that_is_no_relation_model_is_refused(shipped, tmp_path, tiny):
    tiny(tmp_path / "other", "entities")
    with pytest.raises(InputError, match="one classification head, got Tagger"):
        open_extractor(models=shipped, relations=str(tmp_path / "other"))
