"""Which company a name means: precision and recall of links on company_names.jsonl, with 95 % bootstrap intervals over sentences.

    python tests/benchmarks/company_linking.py [--json] [--half tune|test] [--errors]      (half a minute)

The sentences were written for this by a language model, which wrote the table and the rules too; their events are invented.
Every name that is a company's, or looks like one of the table's, is marked with the company that it means, null where it
means none of the table: some 150 are such ("Delta variant", "Apple orchards", "Siemens Gamesa"). They are halved by a
digest; the rules and the points wanted were chosen on `tune`, and `test` was looked at for the figures only.

`given names`: the marked names are given, whatever they mean, and each is linked or not. `by the model`: the spans that
financial-news finds, and the names that it missed; a link is right where it touches a marked name of that company.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from headwater.companies.linking import Found, link
from headwater.companies.table import Companies
from headwater.companies.words import Text, scan
from headwater.intervals import Interval, Sums, bootstrap
from headwater.serving import load
from headwater.spans import Span

__all__ = ["ROWS", "Row", "measure", "read_rows"]

ROWS = Path(__file__).with_name("company_names.jsonl")
BUNDLE = Path(__file__).parents[2] / "models" / "financial-news" / "bundle"


@dataclass(frozen=True)
class Row:
    """A sentence and its marked names; `label` of a span is the company's id, "" where none of the table is meant."""

    text: str
    names: tuple[Span, ...]

    @property
    def half(self) -> str:
        return "tune" if int(sha256(self.text.encode()).hexdigest(), 16) % 2 else "test"


def read_rows(half: str | None = None) -> list[Row]:
    """The marked sentences, of one half or all."""
    rows = []
    for line in ROWS.read_text(encoding="utf-8").splitlines():
        content = json.loads(line)
        marked = [Span(m["start"], m["end"], m["company"] or "") for m in content["mentions"]]
        rows.append(Row(content["text"], tuple(marked)))
    return [row for row in rows if half in (None, row.half)]


def given(companies: Companies, row: Row) -> list[Found]:
    """Links of the marked names."""
    return [found for found in companies.link(row.text, row.names).mentions if found]


def everywhere(companies: Companies, row: Row) -> list[Found]:
    """The simplest way: every name of the table, written as it is there, is the company; of two, the first."""
    text, names = Text(row.text), companies.names
    return [
        Found(text.edges[first][0], text.edges[last - 1][1], names.known[key][0])
        for first, last in scan(text.keys, names.starts)
        if names.known[key := tuple(text.keys[first:last])]
        and row.text[text.edges[first][0] : text.edges[last - 1][1]] in names.spellings[key]
    ]


def modelled(companies: Companies, spans: dict[str, Sequence[Span]], row: Row) -> list[Found]:
    """Links of the model's spans, and the names that it missed."""
    found = companies.link(row.text, spans[row.text])
    return [*(link for link in found.mentions if link), *found.missed]


def counts(row: Row, links: Sequence[Found]) -> tuple[int, int, int, int]:
    """Links that are right, links, names of the table that were found, and names of the table."""
    marked = [name for name in row.names if name.label]
    right = [found for found in links if any(_same(found, name) for name in marked)]
    hit = [name for name in marked if any(_same(found, name) for found in links)]
    return len(right), len(links), len(hit), len(marked)


def _same(found: Found, name: Span) -> bool:
    return found.company == name.label and found.start < name.end and name.start < found.end


def share(over: str, under: str, sums: Sums) -> np.ndarray:
    return sums[over] / np.where(sums[under], sums[under], np.nan)


def figures(rows: Sequence[Row], links: Sequence[Sequence[Found]]) -> dict[str, Interval]:
    """Precision and recall of links, and F1."""
    names = ("right", "links", "hit", "marked")
    table = np.asarray([counts(row, found) for row, found in zip(rows, links, strict=True)], dtype=float)
    columns = {name: table[:, i] for i, name in enumerate(names)}
    return bootstrap(
        columns,
        {
            "precision": partial(share, "right", "links"),
            "recall": partial(share, "hit", "marked"),
            "f1": lambda sums: (sums["right"] + sums["hit"]) / np.maximum(1, sums["links"] + sums["marked"]),
        },
    )


def found_by_model(rows: Sequence[Row]) -> dict[str, Sequence[Span]]:
    """Text -> the spans of the companies head."""
    texts = [row.text for row in rows]
    return dict(zip(texts, load(BUNDLE, "companies").predict(texts), strict=True))


def measure(half: str | None = "test") -> dict[str, dict[str, Interval]]:
    """Every way on one half."""
    rows, companies = read_rows(half), Companies.open()
    spans = found_by_model(rows)
    ways = {
        "every name of the table": partial(everywhere, companies),
        "given names": partial(given, companies),
        "by the model": partial(modelled, companies, spans),
    }
    return {name: figures(rows, [way(row) for row in rows]) for name, way in ways.items()}


def tried(model: bool, numbers: Sequence[int], spans: dict[str, Sequence[Span]]) -> dict[int, dict[str, Interval]]:
    """The tuning half by the points that a name of many meanings needs: in a mention, or where the `model` saw none."""
    companies, rows, out = Companies.open(), read_rows("tune"), {}
    for number in numbers:
        names = replace(companies.names, **{"alone" if model else "wanted": number})
        linked = [link(names, row.text, spans[row.text] if model else row.names) for row in rows]
        links = [[*filter(None, found.mentions), *(found.missed if model else ())] for found in linked]
        out[number] = figures(rows, links)
    return out


def strangers() -> dict[str, int]:
    """Links in the corpus that the model was trained on: its firms are invented, so nearly every link is false."""
    lines = (BUNDLE.parent / "corpus" / "news_train.jsonl").read_text(encoding="utf-8").splitlines()
    companies, links = Companies.open(), 0
    for row in map(json.loads, lines):
        spans = [Span(entity["start"], entity["end"], "") for entity in row["entities"]]
        found = companies.link(row["text"], spans)
        links += sum(link is not None for link in found.mentions) + len(found.missed)
    return {"sentences": len(lines), "links": links}


def show_errors(half: str) -> None:
    companies = Companies.open()
    for row in read_rows(half):
        for name, found in zip(row.names, companies.link(row.text, row.names).mentions, strict=True):
            got = found.company if found else None
            if (got or "") != name.label:
                sys.stdout.write(
                    f"{row.text[name.start : name.end]!r} is {name.label or None}, got {got}: {row.text}\n"
                )


def shown(figures: Mapping[Any, Mapping[str, Interval]]) -> dict[Any, dict[str, dict[str, float]]]:
    return {way: {name: asdict(value) for name, value in found.items()} for way, found in figures.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--half", choices=["tune", "test"], default="test")
    parser.add_argument("--errors", action="store_true", help="names of the half that are linked wrongly")
    options = parser.parse_args()
    if options.errors:
        show_errors(options.half)
        return
    rows = read_rows(options.half)
    content = {
        "half": options.half,
        "sentences": len(rows),
        "names": sum(len(row.names) for row in rows),
        "of none": sum(not name.label for row in rows for name in row.names),
        "ways": shown(measure(options.half)),
        "corpus of invented firms": strangers(),
        "points wanted, tune": shown(tried(False, range(6), {})),
        "points alone, tune": shown(tried(True, range(1, 8), found_by_model(read_rows("tune")))),
    }
    sys.stdout.write(json.dumps(content, indent=2) + "\n" if options.json else "".join(f"{k}: {v}\n" for k, v in content.items()))  # fmt: skip


if __name__ == "__main__":
    main()
