"""Read one file of front matter and Markdown, and trust nothing in it.

The YAML is read as text, lists and tables alone: `title: No` stays the word "No", a tag makes no object, and an
alias, which can blow a small file up to gigabytes, is refused.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from support_chatbot.content.finding import Fault
from support_chatbot.plain_yaml import PlainLoader

__all__ = ["MOST_BYTES", "Page", "Unreadable", "check_keys", "read_page"]

MOST_BYTES = 64 * 1024  # a page of help is 3 KB
FENCE = "---"
NESTED = re.compile(r"(?:[\[{]\s*){3}|(?:-\s+){3}")  # deep nesting costs a parser minutes, and no key needs it


@dataclass(frozen=True)
class Page:
    """A file in its two halves. `lines` says where each key stands, `line` where the text begins."""

    meta: Mapping[str, Any]
    text: str
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)


class Unreadable(Exception):
    """A page that cannot be read: the line and the fault of a Finding."""

    def __init__(self, line: int, fault: Fault) -> None:
        super().__init__(str(fault))
        self.line, self.fault = line, fault


def read_page(file: Path) -> Page:
    """The page in `file`: UTF-8, at most MOST_BYTES. Raises Unreadable with the line."""
    lines = _text(file).split("\n")
    if lines[0].rstrip() != FENCE:
        raise Unreadable(1, Fault.of("no_front_matter", got=lines[0][:40]))
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        raise Unreadable(1, Fault.of("front_matter_open"))
    meta, where = _front_matter("\n".join(lines[1:end]))
    first = next((number for number, line in enumerate(lines[end + 1 :], end + 1) if line.strip()), end)
    return Page(meta, "\n".join(lines[first:]).rstrip() if first > end else "", first + 1, where)


def check_keys(page: Page, needed: tuple[str, ...], optional: tuple[str, ...]) -> list[tuple[int, Fault]]:
    """Keys that are missing, unknown or of the wrong kind, with their lines. Keys ending in `[]` hold lists of text."""
    kinds = {key.removesuffix("[]"): key.endswith("[]") for key in needed + optional}
    faults = [(1, Fault.of("key_missing", key=key)) for key in needed if key not in page.meta]
    for key, value in page.meta.items():
        line = page.lines.get(key, 1)
        if key not in kinds:
            near = get_close_matches(key, kinds, 1)
            code, more = ("key_unknown_near", {"near": near[0]}) if near else ("key_unknown", {})
            faults.append((line, Fault.of(code, known=", ".join(kinds), key=str(key), **more)))
        elif kinds[key] and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            faults.append((line, Fault.of("key_list", key=key, got=repr(value))))
        elif not kinds[key] and not (isinstance(value, str) and value.strip()):
            faults.append((line, Fault.of("key_words", key=key, got=repr(value))))
    return faults


def _text(file: Path) -> str:
    try:
        with file.open("rb") as source:
            raw = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(1, Fault.of("unreadable", why=str(error.strerror))) from error
    if len(raw) > MOST_BYTES:
        raise Unreadable(1, Fault.of("too_large", most=MOST_BYTES))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unreadable(line, Fault.of("no_utf8", byte=f"0x{raw[error.start]:02x}")) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _front_matter(text: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The table, and the line of each key. The text begins on line 2 of its file."""
    if found := NESTED.search(text):
        raise Unreadable(text.count("\n", 0, found.start()) + 2, Fault.of("nested"))
    loader = PlainLoader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise Unreadable(2, Fault.of("no_keys"))
        lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 2
            if str(key.value) in lines:
                raise Unreadable(line, Fault.of("key_twice", key=str(key.value)))
            lines[str(key.value)] = line
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 2
        raise Unreadable(line, Fault.of("no_yaml_quotes", why=str(error.problem))) from error
    except yaml.YAMLError as error:
        raise Unreadable(2, Fault.of("no_yaml", why=str(error))) from error
    except RecursionError as error:
        raise Unreadable(2, Fault.of("nested")) from error
    finally:
        loader.dispose()
