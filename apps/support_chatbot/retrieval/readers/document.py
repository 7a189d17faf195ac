"""What every reader makes of a file: plain text, in sections that have titles and a place to link to."""

from dataclasses import dataclass, field
from typing import Any

from headwater.documents.html import ITEM
from headwater.documents.lines import plain_line

__all__ = ["ITEM", "Document", "Section", "Writer", "plain_line"]


@dataclass(frozen=True)
class Section:
    """A stretch under one heading. `blocks` are paragraphs, list items and rows as (start, end) in the document's text.

    `titles` lead from the document's title to the heading; `anchor` is the link's part after "#", "" for the top;
    `questions` are ways to ask for just this section.
    """

    titles: tuple[str, ...]
    anchor: str
    blocks: tuple[tuple[int, int], ...]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A file as it was read. Offsets count characters of `text`, the plain words that the reader took from the file.

    `questions` are ways to ask for what the whole document answers, `tags` words that it may be found by, `link` an
    address of its own (""), and `notes` what the reader left out and why.
    """

    title: str
    text: str
    sections: tuple[Section, ...]
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    link: str = ""
    notes: tuple[str, ...] = ()


@dataclass
class Writer:
    """Gathers text block by block, and sections as headings come: `heading`, `block`, then `finish()`."""

    title: str
    text: list[str] = field(default_factory=list)
    length: int = 0
    path: list[tuple[int, str]] = field(default_factory=list)
    done: list[Section] = field(default_factory=list)
    anchor: str = ""
    questions: tuple[str, ...] = ()
    blocks: list[tuple[int, int]] = field(default_factory=list)

    def heading(self, level: int, title: str, anchor: str, questions: tuple[str, ...] = ()) -> None:
        """Begin a section under the headings of lower level that stand open."""
        self._close()
        self.path = [(depth, name) for depth, name in self.path if depth < level]
        if title and title != self.title:  # the document's own heading says its title again
            self.path.append((level, title))
        self.anchor, self.questions = anchor, questions

    def block(self, text: str) -> None:
        """Add a paragraph; one that is empty is none."""
        text = text.strip()
        if not text:
            return
        self.blocks.append((self.length, self.length + len(text)))
        self.text.append(text)
        self.length += len(text) + 1

    def finish(self, **more: Any) -> Document:
        """All that was written, as a Document; `more` are its other fields."""
        self._close()
        return Document(self.title, "\n".join(self.text), tuple(self.done), **more)

    def _close(self) -> None:
        if self.blocks:
            titles = (self.title, *(name for _, name in self.path))
            self.done.append(Section(titles, self.anchor, tuple(self.blocks), self.questions))
        self.blocks, self.questions = [], ()
