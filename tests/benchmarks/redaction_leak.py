"""What redaction leaves standing, and what it takes in vain, with 95 % Wilson intervals.

    python tests/benchmarks/redaction_leak.py [--json] [--leaks] [--mail FOLDER]      (half a minute)

redaction_documents.jsonl holds letters, complaints, e-mails, forms and chats of some thirty countries, with the offsets of every
personal piece. They were written for this by a language model, which wrote the rules too; the people are invented, the
numbers are test numbers. The rules for birth dates, documents and addresses were changed after looking at the leaks of
the part `before`; the part `after` was written when they stood, and is their fairer measure. A piece leaks whole where none of it was taken, in part where a word of it of three letters or
digits still stands. Pieces of one document are not independent, so that the intervals are a little too narrow.

Mail: the From, To and Cc lines of e-mails of HEADWATER_DATA (the set that its README calls e-mails) or of a folder of .eml
files; names and addresses of those lines are the truth. Nothing of them is written anywhere but the counts.
"""

import argparse
import email
import json
import os
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from email import policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from typing import Any

from entity_extractor.mentions import Annotated, Mention
from entity_extractor.redaction.key import new_key
from entity_extractor.redaction.occurrences import Place
from entity_extractor.redaction.pieces import names_of, united
from entity_extractor.redaction.redact import KINDS, redact
from headwater.intervals import wilson
from headwater.personal import find_personal
from headwater.serving import load
from headwater.spans import Span

__all__ = ["ROWS", "Row", "left", "measure", "messages", "read_rows", "taken_in_vain"]

ROWS = Path(__file__).with_name("redaction_documents.jsonl")
BUNDLE = Path(__file__).parents[2] / "models" / "entities" / "bundle"
PART = re.compile(r"[^\W_]{3,}|[\u4e00-\u9fff]+")
WORD = re.compile(r"[^\W_]+")
NEUTRAL = "organisation"  # neither personal nor harmless
MAILS = 300
Edges = list[tuple[int, int]]
Way = Callable[[Annotated, str], Edges]


@dataclass(frozen=True)
class Row:
    """A document and its personal pieces, each with its kind."""

    id: str
    country: str
    text: str
    pieces: tuple[Span, ...]
    part: str = ""


def read_rows() -> list[Row]:
    """The documents that were written for this."""
    rows = []
    for line in ROWS.read_text(encoding="utf-8").splitlines():
        content = json.loads(line)
        marked = [Span(piece["start"], piece["end"], piece["kind"], text=piece["text"]) for piece in content["pieces"]]
        rows.append(Row(content["id"], content["country"], content["text"], tuple(marked), content["part"]))
    return rows


def left(row: Row, taken: Edges) -> Iterator[tuple[Span, str]]:
    """Each piece that still stands, with "whole" or "part"."""
    for piece in row.pieces:
        near = [(start, end) for start, end in taken if start < piece.end and piece.start < end]
        if not near:
            yield piece, "whole"
        else:
            words = PART.finditer(row.text, piece.start, piece.end)
            if any(all(word.end() <= start or end <= word.start() for start, end in near) for word in words):
                yield piece, "part"


def taken_in_vain(row: Row, taken: Edges) -> tuple[list[str], int]:
    """Harmless words that were taken, and how many harmless words there are."""
    vain, harmless = [], 0
    for word in WORD.finditer(row.text):
        if not any(piece.start < word.end() and word.start() < piece.end for piece in row.pieces):
            harmless += 1
            vain += [word[0]] if any(start < word.end() and word.start() < end for start, end in taken) else []
    return vain, harmless


def found_alone(annotated: Annotated, country: str) -> Edges:
    """The names that the model found, and headwater.personal: nothing is looked for again."""
    places = [place for place, _ in names_of(annotated, KINDS)]
    values = [Place(span.start, span.end, span.label, "") for span in find_personal(annotated.text, country)]
    return [(place.start, place.end) for place in united([*places, *values], annotated.text)]


def redacted(annotated: Annotated, country: str) -> Edges:
    """What `redact` takes; of each document by itself, under a new key."""
    found = redact(annotated, new_key(secret="00" * 32), region=country)
    return [(one.original_start, one.original_start + len(one.original)) for one in found.replacements]


WAYS: dict[str, Way] = {"found once, headwater.personal": found_alone, "redact": redacted}


def annotated(rows: Sequence[Row]) -> list[Annotated]:
    """The documents with the mentions that the shipped bundle finds."""
    found = load(BUNDLE).predict([row.text for row in rows])
    return [
        Annotated(row.id, row.text, tuple(Mention(s.start, s.end, s.label, s.text, s.probability) for s in spans))
        for row, spans in zip(rows, found, strict=True)
    ]


def measure(rows: Sequence[Row], documents: Sequence[Annotated], way: Way) -> dict[str, Any]:
    """Shares by kind of piece, and of harmless words."""
    pieces: Counter[str] = Counter()
    leaks: dict[str, Counter[str]] = defaultdict(Counter)
    vain, harmless = 0, 0
    for row, document in zip(rows, documents, strict=True):
        taken = way(document, row.country)
        pieces.update(piece.label for piece in row.pieces)
        for piece, how in left(row, taken):
            leaks[piece.label][how] += 1
        wrong, of = taken_in_vain(row, taken)
        vain, harmless = vain + len(wrong), harmless + of
    pieces.pop(NEUTRAL, None)
    kinds = {kind: _shares(leaks[kind], count) for kind, count in sorted(pieces.items())}
    every = sum((leaks[kind] for kind in pieces), Counter())
    return {
        "all": _shares(every, pieces.total()),
        "kinds": kinds,
        "harmless words taken": {"words": harmless, "taken": vain, "share": asdict(wilson(vain, max(1, harmless)))},
    }


def _shares(leaks: Counter[str], pieces: int) -> dict[str, Any]:
    whole, part = leaks["whole"], leaks["part"]
    shares = {"whole": asdict(wilson(whole, pieces)), "whole or in part": asdict(wilson(whole + part, pieces))}
    return {"pieces": pieces, "left whole": whole, "left in part": part, **shares}


def mail_set() -> Path | None:
    """The folder of the data whose README calls it e-mails; None where there is none."""
    data = Path(os.environ.get("HEADWATER_DATA", "/nowhere"))
    readme = data / "README.md"
    text = readme.read_text(encoding="utf-8") if readme.is_file() else ""
    named = re.search(r"^\| *([\w-]+) *\|[^|\n]*\be-?mails?\b", text, re.IGNORECASE | re.MULTILINE)
    return data / named[1] if named and (data / named[1]).is_dir() else None


def messages(folder: Path) -> Iterator[EmailMessage]:
    """E-mails of a folder: .eml files, and rows of JSONL whose text begins with header lines."""
    import gzip

    for file in sorted(folder.rglob("*.eml")):
        yield email.message_from_bytes(file.read_bytes(), policy=policy.default)
    for file in sorted([*folder.rglob("*.jsonl"), *folder.rglob("*.jsonl.gz")]):
        opened = gzip.open if file.suffix == ".gz" else open
        with opened(file, "rt", encoding="utf-8") as lines:
            for line in lines:
                content = json.loads(line)
                text = content.get("message") or content.get("raw") or content.get("text") or ""
                if re.match(r"[A-Za-z-]+: ", text):
                    yield email.message_from_string(text, policy=policy.default)


def mail_rows(found: Iterable[EmailMessage]) -> list[Row]:
    """The header lines of each e-mail and its first 2,000 characters, with the names and addresses of the lines."""
    rows: list[Row] = []
    for message in found:
        lines = [(name, str(message[name])) for name in ("From", "To", "Cc", "Subject") if message[name]]
        head = "".join(f"{name}: {' '.join(value.split())}\n" for name, value in lines)
        body = message.get_body(("plain",))
        pieces: set[Span] = set()
        for name, address in getaddresses([value for line, value in lines if line != "Subject"]):
            for kind, value in (("person", name), ("email", address)):
                place = head.find(value) if len(value) > 2 else -1
                if place >= 0 and ("@" in value) == (kind == "email"):
                    pieces.add(Span(place, place + len(value), kind, text=value))
        if pieces:
            text = f"{head}\n{body.get_content()[:2000] if body else ''}"
            rows.append(Row(str(len(rows)), "US", text, tuple(sorted(pieces))))
        if len(rows) == MAILS:
            break
    return rows


def mail(folder: Path | None) -> dict[str, Any] | str:
    """The same on header lines of e-mails; what else of them was taken is not known to be harmless, and left out."""
    folder = folder or mail_set()
    rows = mail_rows(messages(folder)) if folder else []
    if not rows:
        return "not measured: no set of e-mails in HEADWATER_DATA"
    documents = annotated(rows)
    found = {name: measure(rows, documents, way) for name, way in WAYS.items()}
    return {name: {"all": one["all"], "kinds": one["kinds"]} for name, one in found.items()} | {"mails": len(rows)}


def show_leaks(rows: Sequence[Row], documents: Sequence[Annotated]) -> None:
    for row, document in zip(rows, documents, strict=True):
        taken = redacted(document, row.country)
        for piece, how in left(row, taken):
            sys.stdout.write(f"{row.id}  {piece.label:8} {how:5} {piece.text!r}\n")
        if vain := taken_in_vain(row, taken)[0]:
            sys.stdout.write(f"{row.id}  in vain  {vain}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--leaks", action="store_true", help="every piece that is left, and every word taken in vain")
    parser.add_argument("--mail", type=Path, help="a folder of .eml files, or of JSONL rows that are e-mails")
    options = parser.parse_args()
    rows = read_rows()
    documents = annotated(rows)
    if options.leaks:
        show_leaks(rows, documents)
        return
    content: dict[str, Any] = {"documents": len(rows), "countries": len({row.country for row in rows})}
    for part in ("before", "after"):
        chosen = [pair for pair in zip(rows, documents, strict=True) if pair[0].part == part]
        one, other = zip(*chosen, strict=True)
        content[part] = {"documents": len(one)} | {name: measure(one, other, way) for name, way in WAYS.items()}
    content["mail"] = mail(options.mail)
    sys.stdout.write(json.dumps(content, indent=2) + "\n" if options.json else "".join(f"{k}: {v}\n" for k, v in content.items()))  # fmt: skip


if __name__ == "__main__":
    main()
