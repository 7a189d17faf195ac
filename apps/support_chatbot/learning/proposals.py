"""The file of proposals, written for a person to decide in."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from headwater.errors import DataError, InputError
from headwater.files import write_whole

__all__ = [
    "ACCEPTED",
    "PROPOSED",
    "REJECTED",
    "STATUSES",
    "Draft",
    "Line",
    "New",
    "Proposals",
    "ProposalsError",
    "digest",
    "write_proposals",
]

PROPOSED, ACCEPTED, REJECTED = STATUSES = ("proposed", "accepted", "rejected")
HEADER = """\
# What the bot can learn from transcripts and from questions it could not answer. It learns nothing by itself.
#
# Set each `status` to accepted or rejected, and change any label, title, example or text as you like; an example more is
# one more line. Rather reject than delete: what is deleted is proposed again. Then run
#
#     support-chatbot learn --apply --out THIS_FILE
#
# It writes the accepted examples as training data beside this file (name it in a recipe's `[data] train`) and the accepted
# answers as drafts into the bot's folder, where nothing is overwritten. Another `learn` into this file adds what is new,
# and keeps every decision and every edit. Comments are not kept: use `note`.
#
# known: intents that the bot has. `examples` are questions it was not sure of, that agents answered as that intent's.
# new:   questions that no intent covers, by meaning. Accept only what has one answer.
# evidence: in how many conversations, with what end, how far agents agree (0 to 1), and where to look.
# `made` tells what was proposed from what you have edited: leave it.
"""


@dataclass(frozen=True)
class Line:
    """An example proposed for an intent that the bot has. `made` is empty for one that a person added."""

    text: str
    status: str = PROPOSED
    made: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """A better answer to an intent that the bot has."""

    intent: str
    text: str
    status: str = PROPOSED
    made: str = ""
    note: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class New:
    """An intent that the bot does not have. `answer` may be empty: then only the examples are learnt."""

    label: str
    title: str
    examples: tuple[str, ...]
    answer: str = ""
    status: str = PROPOSED
    made: str = ""
    note: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposals:
    """`examples` by intent; `drafts` by intent; `new` in their order."""

    examples: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    drafts: Mapping[str, Draft] = field(default_factory=dict)
    new: tuple[New, ...] = ()


class ProposalsError(DataError):
    """A file of proposals that cannot be used. `faults` holds every one, as "FILE:LINE: what"."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def digest(entry: Line | Draft | New) -> str:
    """What a person can edit of an entry, in 8 hexadecimal digits: it differs from `made` once they have."""
    if isinstance(entry, New):
        said: tuple[str, ...] = ("new", entry.label, entry.title, entry.answer, entry.note, *entry.examples)
    elif isinstance(entry, Draft):
        said = ("draft", entry.intent, entry.text, entry.note)
    else:
        said = ("line", entry.text)
    return hashlib.sha256("\0".join(part.strip() for part in said).encode()).hexdigest()[:8]


def write_proposals(proposals: Proposals, file: Path) -> None:
    """Write the file whole or not at all. Raises InputError where it cannot be."""
    text = (
        HEADER + "\n" + yaml.dump(_content(proposals), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=116)
    )
    try:
        write_whole(file, [text.encode()])
    except OSError as fault:
        raise InputError(f"{file}: cannot be written ({fault.strerror}): name another file") from fault


class _Dumper(yaml.SafeDumper):
    """Long texts as blocks, that a person can edit."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _block)


def _content(proposals: Proposals) -> dict[str, Any]:
    known = []
    for intent in sorted({*proposals.examples, *proposals.drafts}):
        lines = [_plain(line, "text", "status") for line in proposals.examples.get(intent, ())]
        entry: dict[str, Any] = {"intent": intent} | ({"examples": lines} if lines else {})
        if intent in proposals.drafts:
            entry["answer"] = _plain(proposals.drafts[intent], "status", "text", "note")
        known.append(entry)
    new = [_plain(entry, "status", "label", "title", "examples", "answer", "note") for entry in proposals.new]
    return {"known": known, "new": new}


def _plain(entry: Line | Draft | New, *names: str) -> dict[str, Any]:
    values = {name: getattr(entry, name) for name in (*names, "evidence", "made")}
    shown = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    shown["evidence"] = {name: list(v) if isinstance(v, tuple) else v for name, v in entry.evidence.items()}
    return {name: value for name, value in shown.items() if value or name in ("status", "text", "answer")}
