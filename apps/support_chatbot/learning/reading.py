"""Read a file of proposals as a person left it; every fault is named by its line."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from headwater.errors import InputError
from support_chatbot.learning.proposals import ACCEPTED, PROPOSED, STATUSES, Draft, Line, New, Proposals, ProposalsError
from support_chatbot.plain_yaml import PlainLoader

__all__ = ["read_proposals"]

EVIDENCE = (
    "questions", "conversations", "alike", "resolved", "known", "agreement", "score", "cohesion", "cosine", "understood",
    "probability", "seen",
)  # fmt: skip
LISTS, WORDS = ("seen",), ("understood",)


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


class _Reader:
    """Nodes of one file -> values, with the faults that were found on the way."""

    def __init__(self, file: Path) -> None:
        self.file, self.faults = file, list[str]()

    def root(self) -> yaml.Node | None:
        """The whole. Raises ProposalsError where it is no YAML at all."""
        try:
            return yaml.compose(self.file.read_text(encoding="utf-8-sig"), Loader=PlainLoader)
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
