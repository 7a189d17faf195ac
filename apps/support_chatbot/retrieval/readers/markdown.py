"""Markdown -> Document: front matter, sections by heading, and the words without their marks."""

import re
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from headwater.errors import DataError
from support_chatbot.retrieval.readers.document import ITEM, Document, Writer, plain_line

__all__ = ["anchor_of", "front_matter", "read_markdown"]

FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def read_markdown(text: str, name: str) -> Document:
    """Read Markdown; `name` is the title where neither front matter nor a heading gives one.

    Front matter may hold title, questions, tags and url. Raises DataError for front matter that is no YAML mapping.
    """
    front, body = front_matter(text)
    tokens = PARSER.parse(body)
    title = plain_line(str(front.get("title") or _first_heading(tokens) or name))
    writer = Writer(title)
    seen: dict[str, int] = {}
    for kind, level, words in _blocks(tokens):
        if kind == "heading":
            writer.heading(level, words, anchor_of(words, seen) if level > 1 else "")
        else:
            writer.block(words)
    link = str(front.get("url") or "")
    return writer.finish(
        questions=_list(front, "questions"),
        tags=_list(front, "tags"),
        link=link if link.startswith(("https://", "http://")) else "",
    )


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The mapping between the two lines of dashes at the top, and what follows it.

    >>> front_matter("---\\ntitle: Fees\\n---\\nNone.")
    ({'title': 'Fees'}, 'None.')
    """
    found = FRONT.match(text)
    if not found:
        return {}, text
    try:
        values = yaml.safe_load(found[1]) or {}
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f", line {mark.line + 2}" if mark else ""
        raise DataError(f"front matter{where}: expected YAML (`title: ...`), got what cannot be read") from fault
    if not isinstance(values, dict):
        raise DataError(f"front matter: expected keys with values, got a {type(values).__name__}")
    return values, text[found.end() :]


def _list(front: dict[str, Any], key: str) -> tuple[str, ...]:
    values = front.get(key) or []
    if isinstance(values, str):
        values = [values]
    if not isinstance(values, list):
        raise DataError(f"front matter, {key}: expected a list of texts, got a {type(values).__name__}")
    return tuple(plain_line(str(value)) for value in values if value is not None)


def _first_heading(tokens: list[Token]) -> str:
    return next((words for kind, level, words in _blocks(tokens) if kind == "heading" and level == 1), "")


def _blocks(tokens: list[Token]) -> list[tuple[str, int, str]]:
    """(heading or block, level, words), in reading order; raw HTML is left out."""
    found: list[tuple[str, int, str]] = []
    row: list[str] | None = None
    mark = ""
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type in ("list_item_open", "list_item_close"):
            mark = ITEM if token.type == "list_item_open" else ""
        if token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row:
            found.append(("block", 0, " | ".join(row)))
            row = None
        elif token.type in ("fence", "code_block"):
            found.append(("block", 0, token.content))
        elif token.type == "inline":
            words = _words(token)
            if row is not None:
                row.append(words)
            elif before is not None and before.type == "heading_open":
                found.append(("heading", int(before.tag[1]), words))
            else:
                found.append(("block", 0, f"{mark}{words}" if words else ""))
                mark = ""
    return found


def _words(token: Token) -> str:
    """The text of an inline token: links without targets, pictures by their description."""
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline", "image"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return plain_line("".join(parts))


def anchor_of(heading: str, seen: dict[str, int] | None = None) -> str:
    """The anchor that GitHub gives a heading; the second one of a name gets "-1".

    >>> anchor_of("When it comes: 5 days?")
    'when-it-comes-5-days'
    """
    anchor = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
    if seen is None:
        return anchor
    count = seen.get(anchor, 0)
    seen[anchor] = count + 1
    return f"{anchor}-{count}" if count else anchor
