"""Fill the slots of an answer, so that what a customer wrote is shown and never obeyed.

{amount}              the value; it must be known
{amount|the amount}   the value, or the words after the bar
{{ and }}             braces
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from headwater.errors import InputError

__all__ = ["MOST_CHARACTERS", "Use", "escape", "fill", "literal", "slots_of", "stray_braces"]

MOST_CHARACTERS = 200  # of a value; a slot is a name or a number, not a letter
PIECE = re.compile(r"(\{\{|\}\})|\{([a-z][a-z0-9_]*)(?:\|([^{}]*))?\}|([{}])")
JOINER = "\u2060"  # as wide as nothing; no line breaks there
TURNING = re.compile(
    "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)  # what changes the direction of the text after it
# Punctuation that means something to a reader of Markdown, HTML, formulas ($) or Streamlit's :red[...]. A point or a
# hyphen between two letters or digits means nothing (20.50, 2026-11-22), and commas and the like nowhere do.
PUNCTUATION = re.compile(r"""[!"#$&()*+:<=>@\[\\\]^_`{|}~]|(?<![^\W_])[.\-]|[.\-](?![^\W_])""")
# Readers make links of bare addresses and pictures of :smile: after they have undone the escapes.
LIVELY = re.compile(r"(://|@|(?<=www)(?=\.)|:(?=[^\W\d]|[+\-]))", re.IGNORECASE)
# What makes a sentence of a document more than its words: marks, tags, links, formulas, and what begins a line's block.
MARKS = re.compile(r"[\\`*_\[\]<~$]|&(?=#?\w+;)|^[ \t]*(?:[#>+=-]|\d{1,9}(?=[.)]))", re.MULTILINE)


@dataclass(frozen=True)
class Use:
    """A slot in a template. `fallback` is None where there are no words for when it is not known; lines from 1."""

    name: str
    fallback: str | None
    line: int


def fill(template: str, slots: Mapping[str, str]) -> str:
    """The template with its slots filled: Markdown in which the values are plain text, escaped.

    A value that is blank counts as not known. Raises InputError naming the slot that has neither value nor words,
    and where a brace stands alone.

    >>> fill("{name|Your card} costs {{{amount}}}.", {"amount": "*5*"})
    'Your card costs {\\\\*5\\\\*}.'
    """
    return "".join(_pieces(template, slots))


def slots_of(template: str) -> list[Use]:
    """Every slot of the template, in order."""
    found = (match for match in PIECE.finditer(template) if match[2])
    return [Use(match[2], match[3], template.count("\n", 0, match.start()) + 1) for match in found]


def stray_braces(template: str) -> list[int]:
    """The lines of braces that belong to no slot and are not doubled."""
    return [template.count("\n", 0, match.start()) + 1 for match in PIECE.finditer(template) if match[4]]


def escape(value: str) -> str:
    """Markdown that shows `value` and does nothing else: one line, at most MOST_CHARACTERS characters of it.

    What cannot be seen (control characters, turns of direction) is left out. Bare addresses are broken by a joiner of
    no width, for many readers make links of them whatever is escaped.

    >>> escape("20.50 <b>"), escape("*5*")
    ('20.50 \\\\<b\\\\>', '\\\\*5\\\\*')
    """
    plain = shown(value)
    return PUNCTUATION.sub(lambda match: "\\" + match[0], LIVELY.sub(lambda match: match[0] + JOINER, plain))


def literal(text: str) -> str:
    r"""Markdown that shows the plain text of a document as it stands, of any length; addresses may become links.

    >>> literal("Save *2%* of $5 <b>"), literal("Payments > Cards"), literal("1. Tap")
    ('Save \\*2%\\* of \\$5 \\<b>', 'Payments > Cards', '1\\. Tap')
    """
    return MARKS.sub(
        lambda match: match[0] + "\\" if match[0][-1].isdigit() else f"{match[0][:-1]}\\{match[0][-1]}", text
    )


def shown(value: str) -> str:
    """The value as it is to be read: one line, nothing hidden, not too long."""
    seen = "".join(mark for mark in TURNING.sub("", value) if mark.isspace() or unicodedata.category(mark) != "Cc")
    line = " ".join(seen.split())
    return line if len(line) <= MOST_CHARACTERS else line[: MOST_CHARACTERS - 1].rstrip() + "…"


def _pieces(template: str, slots: Mapping[str, str]) -> Iterator[str]:
    at = 0
    for match in PIECE.finditer(template):
        yield template[at : match.start()]
        at = match.end()
        doubled, name, fallback, stray = match.groups()
        if doubled:
            yield doubled[0]
        elif stray:
            line = template.count("\n", 0, match.start()) + 1
            raise InputError(
                f"expected a slot as {{name}} on line {line} of the answer, got {stray!r}; double it to show it"
            )
        elif shown(slots.get(name, "")):
            yield escape(slots[name])
        elif fallback is not None:
            yield fallback
        else:
            raise InputError(
                f"expected a value for the slot {name!r}, got none; write {{{name}|words for when it is not known}}"
            )
    yield template[at:]
