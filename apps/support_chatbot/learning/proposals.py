"""The file of proposals: written for a person to decide in, read back with every fault named by its line."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from headwater.errors import DataError, InputError

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
    "read_proposals",
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
EVIDENCE = (
    "questions", "conversations", "alike", "resolved", "known", "agreement", "score", "cohesion", "cosine", "understood",
    "probability", "seen",
)  # fmt: skip
LISTS, WORDS = ("seen",), ("understood",)


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
    temporary = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, file)
    except OSError as fault:
        raise InputError(f"{file}: cannot be written ({fault.strerror}): name another file") from fault
    finally:
        temporary.unlink(missing_ok=True)


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


def read_proposals(file: Path) -> Proposals:
    """The file as it was left. Raises ProposalsError with every fault, InputError where there is no file."""
    if not file.is_file():
        raise InputError(
            f"{file}: expected a file of proposals, found none; run `support-chatbot learn TRANSCRIPTS` first"
        )
    reader = _Reader(file)
    content = reader.table(reader.root(), ("known", "new"), "at the top")
    examples: dict[str, tuple[Line, ...]] = {}
    drafts: dict[str, Draft] = {}
    for node in reader.items(content.get("known")):
        entry = reader.table(node, ("intent", "examples", "answer"), "of a known intent", ("intent",))
        intent = reader.word(entry.get("intent"))
        if intent in examples or intent in drafts:
            reader.fault(node, f"{intent!r} stands there twice: put them together")
        if entry.get("examples") is not None:
            examples[intent] = tuple(_line(reader, item) for item in reader.items(entry["examples"]))
        if entry.get("answer") is not None:
            drafts[intent] = _draft(reader, intent, entry["answer"])
    new = tuple(_new(reader, node) for node in reader.items(content.get("new")))
    if reader.faults:
        raise ProposalsError(reader.faults)
    return Proposals(examples, drafts, new)


def _line(reader: "_Reader", node: yaml.Node) -> Line:
    if isinstance(node, yaml.ScalarNode):  # a line that a person added
        return Line(reader.word(node), ACCEPTED)
    entry = reader.table(node, ("text", "status", "evidence", "made"), "of an example", ("text",))
    status = reader.status(entry.get("status"))
    return Line(reader.word(entry.get("text")), status, reader.word(entry.get("made"), ""), reader.evidence(entry))


def _draft(reader: "_Reader", intent: str, node: yaml.Node) -> Draft:
    entry = reader.table(node, ("status", "text", "note", "evidence", "made"), "of an answer", ("text",))
    text, note, made = (reader.word(entry.get(name), "") for name in ("text", "note", "made"))
    draft = Draft(intent, text, reader.status(entry.get("status")), made, note, reader.evidence(entry))
    if draft.status == ACCEPTED and not text:
        reader.fault(node, "the answer is accepted and has no text: write one, or reject it")
    return draft


def _new(reader: "_Reader", node: yaml.Node) -> New:
    keys = ("status", "label", "title", "examples", "answer", "note", "evidence", "made")
    entry = reader.table(node, keys, "of a new intent", ("label",))
    label, title, answer, note, made = (
        reader.word(entry.get(name), "") for name in ("label", "title", "answer", "note", "made")
    )
    texts = tuple(reader.word(item) for item in reader.items(entry.get("examples")))
    found = New(label, title, texts, answer, reader.status(entry.get("status")), made, note, reader.evidence(entry))
    if found.status == ACCEPTED and not texts:
        reader.fault(node, f"{label!r} is accepted and has no examples: write some, or reject it")
    return replace(found, title=title or label.replace("_", " "))


class _Loader(yaml.BaseLoader):
    """YAML in strings, lists and tables: "no" stays a word. An alias can blow a small file up, and is refused."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not read; write the value out", problem_mark=mark)
        return super().compose_node(parent, index)


class _Reader:
    """Nodes of one file -> values, with the faults that were found on the way."""

    def __init__(self, file: Path) -> None:
        self.file, self.faults = file, list[str]()

    def root(self) -> yaml.Node | None:
        """The whole. Raises ProposalsError where it is no YAML at all."""
        try:
            return yaml.compose(self.file.read_text(encoding="utf-8-sig"), Loader=_Loader)
        except UnicodeDecodeError as error:
            raise ProposalsError([f"{self.file}: expected UTF-8 ({error.reason}): save it as UTF-8"]) from error
        except yaml.YAMLError as error:
            mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
            line = mark.line + 1 if mark else 1
            words = f"it is no YAML: {problem or error}; put a text with : or # in quotes"
            raise ProposalsError([f"{self.file}:{line}: {words}"]) from error
        except RecursionError as error:
            raise ProposalsError([f"{self.file}: it is nested too deeply"]) from error

    def fault(self, node: yaml.Node | None, words: str) -> None:
        line = node.start_mark.line + 1 if node is not None else 1
        self.faults.append(f"{self.file}:{line}: {words}")

    def table(
        self, node: yaml.Node | None, keys: tuple[str, ...], where: str, needed: tuple[str, ...] = ()
    ) -> dict[str, yaml.Node]:
        if node is None or _blank(node):
            return {}
        if not isinstance(node, yaml.MappingNode):
            self.fault(node, f"expected keys and values {where}, as `{keys[0]}: ...`")
            return {}
        found = {str(key.value): value for key, value in node.value}
        for key, _ in node.value:
            if key.value not in keys:
                self.fault(key, f"expected one of the keys {', '.join(keys)} {where}, got {key.value!r}")
        for name in needed:
            if name not in found:
                self.fault(node, f"expected the key {name!r} {where}")
        return found

    def items(self, node: yaml.Node | None) -> Iterator[yaml.Node]:
        if node is None or _blank(node):
            return
        if isinstance(node, yaml.SequenceNode):
            yield from node.value
        else:
            self.fault(node, "expected a list, each line of it beginning with -")

    def word(self, node: yaml.Node | None, default: str | None = None) -> str:
        if isinstance(node, yaml.ScalarNode) and (str(node.value).strip() or default is not None):
            return str(node.value).strip()
        if node is not None:
            self.fault(node, "expected words, got none")
        return default or ""

    def status(self, node: yaml.Node | None) -> str:
        status = self.word(node, PROPOSED).lower()
        if status not in STATUSES:
            self.fault(node, f"expected a status of {', '.join(STATUSES)}, got {status!r}")
        return status

    def evidence(self, entry: Mapping[str, yaml.Node]) -> dict[str, Any]:
        """Evidence as it was written; what a person has broken of it is a fault like any other."""
        found: dict[str, Any] = {}
        for name, node in self.table(entry.get("evidence"), EVIDENCE, "of the evidence").items():
            if name in LISTS:
                found[name] = tuple(self.word(item) for item in self.items(node))
            elif name in WORDS:
                found[name] = self.word(node)
            elif name in EVIDENCE:
                found[name] = self._number(node)
        return found

    def _number(self, node: yaml.Node) -> float | int:
        word = self.word(node)
        try:
            return float(word) if "." in word else int(word)
        except ValueError:
            self.fault(node, f"expected a number, got {word!r}")
            return 0


def _blank(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not str(node.value).strip()
