import csv
import io
import json

import pytest

from entity_extractor.mentions import Mention
from entity_extractor.relations.relating import Relation
from entity_extractor.relations.triples import Edge, edges, rows, to_csv, to_dot, to_jsonl, to_ntriples, write_triples
from headwater.errors import InputError

ANN, ACME, FIRM = Mention(0, 3, "PER", "Ann"), Mention(14, 18, "ORG", "Acme"), Mention(40, 48, "ORG", "Acme AG")
NAMES = {ANN: "Ann", ACME: "Acme AG", FIRM: "Acme AG"}
SAID = [Relation(ANN, ACME, "Work_For", 0.8), Relation(ANN, FIRM, "Work_For", 0.9), Relation(ACME, FIRM, "Owns", 0.9)]


def test_edges_join_what_is_one_entity_and_leave_loops_out():
    assert edges(rows(SAID, NAMES.__getitem__)) == [Edge("Ann", "Work_For", "Acme AG", 2, 0.9)]


def test_csv_and_jsonl_hold_a_row_a_relation_with_its_places():
    said = rows(SAID, NAMES.__getitem__, "a.pdf")
    table = list(csv.DictReader(io.StringIO(to_csv(said).decode("utf-8-sig"))))
    lines = [json.loads(line) for line in to_jsonl(said).splitlines()]
    assert [(row["head"], row["relation"], row["tail"], row["tail_start"]) for row in table][:2] == [
        ("Ann", "Work_For", "Acme AG", "14"),
        ("Ann", "Work_For", "Acme AG", "40"),
    ]
    assert [{key: str(value) for key, value in line.items()} for line in lines] == table


def test_no_cell_of_the_csv_is_a_formula():
    said = rows(SAID[:1], {ANN: "=1+1", ACME: "Acme"}.__getitem__, "@a.txt")
    (row,) = csv.DictReader(io.StringIO(to_csv(said).decode("utf-8-sig")))
    assert (row["document"], row["head"], row["tail"]) == ("'@a.txt", "'=1+1", "Acme")


def test_ntriples_escape_names():
    made = to_ntriples([Edge('O"Neil\n& Co', "Based_In", "São Paulo", 1, 0.9)]).decode()
    assert made.splitlines() == [
        "<urn:headwater:O%22Neil%0A%26%20Co> <urn:headwater:Based_In> <urn:headwater:S%C3%A3o%20Paulo> .",
        '<urn:headwater:O%22Neil%0A%26%20Co> <http://www.w3.org/2000/01/rdf-schema#label> "O\\"Neil\\n& Co" .',
        '<urn:headwater:S%C3%A3o%20Paulo> <http://www.w3.org/2000/01/rdf-schema#label> "São Paulo" .',
    ]
    assert to_ntriples([]) == b""


def test_a_graph_counts_and_quotes():
    made = to_dot([Edge('a"\\N', "Work_For", "b", 2, 0.9)], {"b": "#123456"})
    assert '"a\\"\\\\N" -> "b" [label="work for ×2"];' in made
    assert '"b" [color="#123456"];' in made and made.count("{") == made.count("}")


def test_the_ending_says_what_is_written(tmp_path):
    said = rows(SAID, NAMES.__getitem__)
    for ending, first in (
        (".csv", b"document"),
        (".jsonl", b'{"document"'),
        (".nt", b"<urn:headwater:Ann>"),
        (".ttl", b"<urn:headwater:Ann>"),
    ):
        write_triples(tmp_path / f"all{ending}", said)
        assert (tmp_path / f"all{ending}").read_bytes().removeprefix(b"\xef\xbb\xbf").startswith(first)
    with pytest.raises(InputError, match="expected one of .csv, .jsonl, .nt, .ttl, got .xml"):
        write_triples(tmp_path / "all.xml", said)
