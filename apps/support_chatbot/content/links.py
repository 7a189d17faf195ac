"""Links in Markdown: where they stand, what they lead to, and whether it is there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from support_chatbot.content.finding import Fault

__all__ = ["Link", "anchor", "anchors", "dead", "links_of", "target", "tokens"]

OUTER = ("http", "https")
REACHED = ("mailto", "tel")


@dataclass(frozen=True)
class Link:
    """An address in a text. `line` counts from 1 within it, and is the first of the paragraph."""

    href: str
    line: int


def tokens(text: str) -> Iterator[tuple[Token, int]]:
    """Every token of the Markdown, inner ones too, with the line (from 1) its block begins on."""
    line = 1
    for block in _reader().parse(text):
        line = block.map[0] + 1 if block.map else line
        yield block, line
        for inner in block.children or ():
            yield inner, line


def links_of(text: str) -> list[Link]:
    """The addresses of links and pictures, in order."""
    found = ((token.attrGet("href") or token.attrGet("src"), line) for token, line in tokens(text))
    return [Link(unquote(str(href)), line) for href, line in found if href is not None]


def anchor(heading: str) -> str:
    """The name by which a link reaches a heading, as GitHub makes it.

    >>> anchor("How long it takes, and what it costs")
    'how-long-it-takes-and-what-it-costs'
    """
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower()))


def anchors(text: str) -> set[str]:
    """The anchors of a text; a heading that comes again gets -1, -2 ..."""
    names: dict[str, int] = {}
    found = set()
    blocks = list(_reader().parse(text))
    for opening, inside in pairwise(blocks):
        if opening.type == "heading_open":
            name = anchor(
                "".join(part.content for part in inside.children or () if part.type in ("text", "code_inline"))
            )
            found.add(f"{name}-{names[name]}" if name in names else name)
            names[name] = names.get(name, 0) + 1
    return found


def target(href: str, file: str, root: Path) -> str | None:
    """The file that a relative link in `file` leads to, relative to `root`: from the file's own folder, or the root.

    None where neither is there, or where it would lead out of the folder.
    """
    path = href.partition("#")[0] or file
    for base in (PurePosixPath(file).parent, PurePosixPath()):
        found = (root / base / path).resolve() if href.partition("#")[0] else (root / file).resolve()
        if found.is_relative_to(root.resolve()) and found.is_file():
            return found.relative_to(root.resolve()).as_posix()
    return None


def dead(href: str, file: str, root: Path) -> Fault | None:
    """Why the link cannot work, or None. An address on the web is looked at for its form alone."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return Fault.of("link_no_address", href=href)
    if parts.scheme in OUTER:
        formed = parts.hostname and "." in parts.hostname and not parts.username and not re.search(r"\s", href)
        return None if formed else Fault.of("link_web", href=href)
    if parts.scheme in REACHED:
        return None if parts.path else Fault.of("link_nobody", scheme=parts.scheme)
    if parts.scheme or parts.netloc or href.startswith("/"):
        return Fault.of("link_outside", href=href)
    found = target(href, file, root)
    if found is None:
        return Fault.of("link_dead", href=href)
    name = href.partition("#")[2]
    if name and found.endswith(".md") and name not in anchors((root / found).read_text(encoding="utf-8-sig")):
        return Fault.of("link_heading", file=found, name=name)
    return None


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark")
