"""Relations as triples: CSV, JSONL, N-Triples (W3C 2014; as it stands it is Turtle too), and a graph in DOT of which every edge is counted."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from entity_extractor.formats.whole_file import writing
from entity_extractor.mentions import Mention
from entity_extractor.relations.relating import Relation
from headwater.errors import InputError
from headwater.spreadsheet import cell

__all__ = [
    "ENDINGS",
    "Edge",
    "Row",
    "edges",
    "rows",
    "to_csv",
    "to_dot",
    "to_jsonl",
    "to_ntriples",
    "triples_as",
    "write_triples",
]

FIELDS = ("document", "head", "head_type", "relation", "tail", "tail_type", "probability", "head_start", "tail_start")
ENDINGS = (".csv", ".jsonl", ".nt", ".ttl")
NAMESPACE = "urn:headwater:"
BACKSLASHED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Edge:
    """One relation between two entities, however often it was said; `probability` is the surest saying's."""

    head: str
    label: str
    tail: str
    count: int
    probability: float


def rows(relations: Iterable[Relation], name: Callable[[Mention], str], document: str = "") -> list[Row]:
    """A row for each relation that was said; `name` gives the entity of a mention."""
    return [
        {
            "document": document,
            "head": name(one.head),
            "head_type": one.head.label,
            "relation": one.label,
            "tail": name(one.tail),
            "tail_type": one.tail.label,
            "probability": round(one.probability, 4),
            "head_start": one.head.start,
            "tail_start": one.tail.start,
        }
        for one in relations
    ]


def edges(said: Iterable[Row]) -> list[Edge]:
    """Relations between entities, most often said first; one of an entity with itself is none."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for row in said:
        if row["head"] != row["tail"]:
            found.setdefault((row["head"], row["relation"], row["tail"]), []).append(row["probability"])
    made = [Edge(*key, len(sure), max(sure)) for key, sure in found.items()]
    return sorted(made, key=lambda edge: (-edge.count, -edge.probability, edge.head, edge.label, edge.tail))


def write_triples(file: Path, said: Sequence[Row]) -> None:
    """Write rows by the file's ending, one of ENDINGS. Raises InputError for another."""
    with writing(file) as stream:
        stream.write(triples_as(file.suffix.lower(), said, str(file)))


def triples_as(ending: str, said: Sequence[Row], name: str = "triples") -> bytes:
    """The content of a file with one of ENDINGS. Raises InputError for another."""
    if ending not in ENDINGS:
        raise InputError(f"{name}: expected one of {', '.join(ENDINGS)}, got {ending or 'no ending'}")
    if ending == ".csv":
        return to_csv(said)
    return to_jsonl(said) if ending == ".jsonl" else to_ntriples(edges(said))


def to_csv(said: Sequence[Row]) -> bytes:
    """A line a row, with a byte order mark, by which spreadsheets know UTF-8; no cell is a formula."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: cell(value) for name, value in row.items()} for row in said)
    return stream.getvalue().encode("utf-8-sig")


def to_jsonl(said: Sequence[Row]) -> bytes:
    """A line a row."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in said).encode()


def to_ntriples(found: Sequence[Edge]) -> bytes:
    """One triple an edge, and a label for each entity, in the namespace urn:headwater:."""
    lines = {
        f'{_iri(node)} <http://www.w3.org/2000/01/rdf-schema#label> "{_literal(node)}" .'
        for edge in found
        for node in (edge.head, edge.tail)
    }
    triples = [f"{_iri(edge.head)} {_iri(edge.label)} {_iri(edge.tail)} ." for edge in found]
    return ("\n".join([*triples, *sorted(lines)]) + "\n").encode() if found else b""


def to_dot(found: Sequence[Edge], colours: Mapping[str, str], words: Mapping[str, str] = {}) -> str:
    """A graph for Graphviz. `colours` maps an entity to the colour of its line, `words` a relation to its word."""
    nodes = dict.fromkeys(node for edge in found for node in (edge.head, edge.tail))
    lines = [f'{_quoted(node)} [color="{colours.get(node, "#6b7280")}"];' for node in nodes]
    for edge in found:
        word = words.get(edge.label, edge.label.replace("_", " ").lower())
        label = f"{word} ×{edge.count}" if edge.count > 1 else word
        lines.append(f"{_quoted(edge.head)} -> {_quoted(edge.tail)} [label={_quoted(label)}];")
    style = (
        'rankdir=LR; node [shape=box, style=rounded, fontname="sans-serif"]; edge [fontname="sans-serif", fontsize=11];'
    )
    return f"digraph {{ bgcolor=transparent; {style}\n" + "\n".join(lines) + "\n}"


def _iri(name: str) -> str:
    return f"<{NAMESPACE}{quote(name.encode('utf-8', 'replace'), safe='')}>"


def _literal(text: str) -> str:
    return "".join(BACKSLASHED.get(sign, sign) for sign in text)


def _quoted(text: str) -> str:
    """A name as DOT has it: in quotes, with backslashes doubled, for it would read \\n and \\N as signs of its own."""
    bare = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{bare}"'
