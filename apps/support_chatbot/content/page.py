"""Read one file of front matter and Markdown, and trust nothing in it.

The YAML is read as text, lists and tables alone: `title: No` stays the word "No", a tag makes no object, and an
alias, which can blow a small file up to gigabytes, is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

__all__ = ["MOST_BYTES", "Finding", "Page", "Unreadable", "check_keys", "read_page"]

MOST_BYTES = 64 * 1024  # a page of help is 3 KB
FENCE = "---"
ADVICE = "begin it with a line ---, keys such as 'title: ...', and another line ---"


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong at a place. `severity` is "error" or "warning"; `file` is relative to the folder; lines from 1."""

    file: str
    line: int
    severity: str
    words: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.words}"


@dataclass(frozen=True)
class Page:
    """A file in its two halves. `lines` says where each key stands, `line` where the text begins."""

    meta: Mapping[str, Any]
    text: str
    line: int
    lines: Mapping[str, int] = field(default_factory=dict)


class Unreadable(Exception):
    """A page that cannot be read: the line and the words of a Finding."""

    def __init__(self, line: int, words: str) -> None:
        super().__init__(words)
        self.line, self.words = line, words


class _Loader(yaml.BaseLoader):
    """YAML in strings, lists and tables, without aliases."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not read; write the value out", problem_mark=mark)
        return super().compose_node(parent, index)


def read_page(file: Path) -> Page:
    """The page in `file`: UTF-8, at most MOST_BYTES. Raises Unreadable with the line."""
    lines = _text(file).split("\n")
    if lines[0].rstrip() != FENCE:
        raise Unreadable(1, f"expected front matter, got {lines[0][:40]!r}; {ADVICE}")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        raise Unreadable(1, "the front matter does not end; close it with a line ---")
    meta, where = _front_matter("\n".join(lines[1:end]))
    first = next((number for number, line in enumerate(lines[end + 1 :], end + 1) if line.strip()), end)
    return Page(meta, "\n".join(lines[first:]).rstrip() if first > end else "", first + 1, where)


def check_keys(page: Page, needed: tuple[str, ...], optional: tuple[str, ...]) -> list[tuple[int, str]]:
    """Keys that are missing, unknown or of the wrong kind, with their lines. Keys ending in `[]` hold lists of text."""
    kinds = {key.removesuffix("[]"): key.endswith("[]") for key in needed + optional}
    faults = [(1, f"expected the key {key!r} in the front matter") for key in needed if key not in page.meta]
    for key, value in page.meta.items():
        line = page.lines.get(key, 1)
        if key not in kinds:
            near = get_close_matches(key, kinds, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            faults.append((line, f"expected one of the keys {', '.join(kinds)}, got {key!r}{hint}"))
        elif kinds[key] and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            faults.append((line, f"{key}: expected a list, as [one, two], got {value!r}"))
        elif not kinds[key] and not (isinstance(value, str) and value.strip()):
            faults.append((line, f"{key}: expected words, got {value!r}"))
    return faults


def _text(file: Path) -> str:
    try:
        with file.open("rb") as source:
            raw = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise Unreadable(1, f"it cannot be read: {error.strerror}") from error
    if len(raw) > MOST_BYTES:
        raise Unreadable(1, f"expected at most {MOST_BYTES:,} bytes, got more; split it into several files")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unreadable(line, f"expected UTF-8, got the byte 0x{raw[error.start]:02x}; save it as UTF-8") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _front_matter(text: str) -> tuple[dict[str, Any], dict[str, int]]:
    """The table, and the line of each key. The text begins on line 2 of its file."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.MappingNode):
            raise Unreadable(2, "expected keys and values in the front matter, as 'title: When your card arrives'")
        lines: dict[str, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 2
            if str(key.value) in lines:
                raise Unreadable(line, f"the key {key.value!r} stands there twice; keep one")
            lines[str(key.value)] = line
        return loader.construct_document(node), lines
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 2
        raise Unreadable(
            line, f"the front matter is no YAML: {error.problem}; put words with : or # in quotes"
        ) from error
    except yaml.YAMLError as error:
        raise Unreadable(2, f"the front matter is no YAML: {error}") from error
    except RecursionError as error:
        raise Unreadable(2, "the front matter is nested too deeply; it needs no more than a list in a table") from error
    finally:
        loader.dispose()
