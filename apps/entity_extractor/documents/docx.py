"""DOCX -> a Document: body, notes, headers and footers, with every word that Word shows.

python-docx opens the package; its own `text` leaves out insertions under review, content controls and text boxes, which
people see and which may hold the very names that are looked for. So the words are taken from the elements themselves.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from entity_extractor.documents.given import Given
from entity_extractor.documents.limits import Limits
from entity_extractor.documents.writing import of_paragraphs
from entity_extractor.mentions import Document
from headwater.errors import DataError

__all__ = ["read_docx"]

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
UNSEEN = frozenset(
    (
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",  # the same again, for old programs
        f"{WORD}del",
        f"{WORD}moveFrom",
    )
)
SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}
MEMBERS = 10_000
# Parts that are shown beside the body, in the order in which they are read.
BESIDE = ("footnotes", "endnotes", "header", "footer")


def read_docx(given: Given, limits: Limits) -> Document:
    """Read a DOCX. Raises DataError for one that is broken, without text, or a bomb."""
    limits.check("bytes", given.size(), limits.size)
    try:
        with given.stream() as stream:
            _check_size(stream, limits)
            stream.seek(0)
            parts, notes = _parts(stream)
        texts = [words for part in parts for words in _paragraphs(part)]
    except DataError:
        raise
    except ModuleNotFoundError as fault:
        raise DataError(
            "expected python-docx to read DOCX, and it is not installed: pip install 'headwater[documents]'"
        ) from fault
    except Exception as fault:
        raise DataError(
            f"expected DOCX, got what cannot be read as it ({type(fault).__name__}): save it anew from Word"
        ) from fault
    return of_paragraphs(given.name, "docx", texts, limits, notes)


def _check_size(stream: Any, limits: Limits) -> None:
    """A member is never read beyond the size that the archive names for it, so that the names' sum is what may come."""
    with zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        limits.check("files in a DOCX", len(members), MEMBERS)
        limits.check("bytes when unpacked", sum(member.file_size for member in members), limits.unpacked)
        if any(member.flag_bits & 1 for member in members):
            raise DataError("expected a DOCX that opens without a password: save it without one")


def _parts(stream: Any) -> tuple[list[Any], list[str]]:
    """The root elements of the body and of what is shown beside it, and a note where there are comments."""
    import docx  # the extra documents
    from docx.oxml.parser import parse_xml

    main = docx.Document(stream).part
    roots = [main.element]
    for kind in BESIDE:
        for relation in main.rels.values():
            if not relation.is_external and relation.reltype.endswith(f"/{kind}"):
                part = relation.target_part
                roots.append(part.element if hasattr(part, "element") else parse_xml(part.blob))
    if any(root.getroottree().docinfo.internalDTD is not None for root in roots):
        raise DataError("expected DOCX as Word writes it, got one that defines XML entities: save it anew from Word")
    commented = any(relation.reltype.endswith("/comments") for relation in main.rels.values())
    return roots, ["its comments were not read"] if commented else []


def _paragraphs(root: Any) -> Iterator[str]:
    """Paragraphs in reading order; a row of a table is one, its cells divided by bars, as on pages of the web."""
    from lxml import etree

    reading = _Reading()
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if element.tag in UNSEEN:
            if event == "start":
                walk.skip_subtree()
        elif isinstance(element.tag, str) and element.tag.startswith(WORD):
            name = element.tag.removeprefix(WORD)
            if event == "start":
                reading.start(name, element)
            else:
                yield from reading.end(name)


@dataclass
class _Reading:
    """Paragraphs that are open, since a text box stands inside one, and rows that are, with what their cells hold."""

    written: list[list[str]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)

    def start(self, name: str, element: Any) -> None:
        if name == "p":
            self.written.append([])
        elif name == "tr":
            self.rows.append([])
        elif self.written and name == "t":
            self.written[-1].append(element.text or "")
        elif self.written and name in SIGNS and element.getparent().tag == f"{WORD}r":
            self.written[-1].append(SIGNS[name])

    def end(self, name: str) -> Iterator[str]:
        if name == "p":
            words = "".join(self.written.pop()).strip()
            if self.rows:
                words = " ".join(words.split())
        elif name == "tr":
            words = " | ".join(self.rows.pop())
        else:
            return
        if words and self.rows:
            self.rows[-1].append(words)
        elif words:
            yield words
