"""Dialogue tests as files: what a customer says, turn by turn, and what the bot must do.

    - name: A card is frozen
      turns:
        - user: I have lost my card
          intent: lost_or_stolen_card
          form: block_card.card           # under way, and waiting for this slot
        - user: the debit one
          slots: {card: debit}
        - user: freeze
          action: confirming
        - user: "yes"
          action: done
          does: block_card

A file is a list of such cases, or a folder's `*.yaml` together. Values are words: `"yes"` and `yes` are the same.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from difflib import get_close_matches
from pathlib import Path

import yaml

from headwater.errors import InputError
from support_chatbot.content.finding import Finding
from support_chatbot.plain_yaml import PlainLoader
from support_chatbot.turn import ACTS, KINDS, OUTCOMES

__all__ = ["KEYS", "NOON", "Case", "CaseError", "Turn", "read_cases"]

NOON = datetime.fromisoformat("2026-11-23T12:00")  # when a case happens that does not say `today`: a Monday
MOST_BYTES = 1024 * 1024

# What a turn may say of the reply -> what its value may be: a word, or words; a table for slots.
KEYS = {
    "intent": "what the reply speaks of",
    "act": "what the message as a whole was understood to be",
    "language": "its language",
    "slots": "what is known after it; an empty value: not known",
    "action": "what the parts of the reply do",
    "outcome": "what the turn counts as",
    "says": "words in the reply",
    "not_says": "words that are not",
    "quotes": "articles that are quoted, by slug",
    "offers": "buttons, by intent or by words",
    "form": "the form under way and, after a dot, the slot it waits for; empty: none",
    "does": "tasks that are carried out",
    "reason": "why a person takes over; empty: nobody does",
}
CLOSED: Mapping[str, tuple[str, ...]] = {"act": ACTS, "action": KINDS, "outcome": OUTCOMES}
SINGLE = ("act", "language", "outcome", "form", "reason")
SAID, ABOUT = ("user", "pick"), ("name", "today", "risk", "turns")
LATER = "after"  # minutes since the turn before
Expected = str | tuple[str, ...] | Mapping[str, str]
Fault = Callable[[yaml.Node, str], None]


@dataclass(frozen=True)
class Turn:
    """One message, typed or by a button (`picked`: the button's intent), and what is expected of the reply.

    It comes `after` so many minutes since the one before.

    Of `expected`, a word must be among what came, a list must be all of it in order; of says, not_says, quotes and
    offers each entry counts by itself, and an empty list of quotes or offers means that there are none.
    """

    said: str
    picked: str | None = None
    expected: Mapping[str, Expected] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    line: int = 1
    after: float = 0.0


@dataclass(frozen=True)
class Case:
    """A dialogue. `now` is the bank's own time at its first turn; `risk` turns the dial, None leaves it as the bot has it."""

    name: str
    turns: tuple[Turn, ...]
    now: datetime = NOON
    risk: float | None = None
    file: str = ""
    line: int = 1


class CaseError(InputError):
    """Files of cases with faults; `faults` holds all of them."""

    def __init__(self, faults: list[Finding]) -> None:
        self.faults = sorted(faults)
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(f"{count} in the dialogue tests:\n" + "\n".join(f"  {fault}" for fault in self.faults))


def read_cases(path: Path) -> list[Case]:
    """The cases of a file, or of all `*.yaml` of a folder in the order of their names.

    Raises CaseError with every fault of every file, each with its line, and InputError where there is nothing to read.
    """
    files = sorted(path.glob("*.yaml")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: expected dialogue tests, found no *.yaml: write one, or name another folder")
    faults: list[Finding] = []
    cases = [case for file in files for case in _read(file, faults)]
    seen: dict[str, Case] = {}
    for case in cases:
        first = seen.setdefault(case.name, case)
        if first is not case:
            words = f"the name {case.name!r} stands in {first.file}:{first.line} already"
            faults.append(Finding.said(case.file, case.line, words))
    if faults:
        raise CaseError(faults)
    return cases


def _read(file: Path, faults: list[Finding]) -> list[Case]:
    def fault(node: yaml.Node, words: str) -> None:
        faults.append(Finding.said(file.name, node.start_mark.line + 1, words))

    try:
        raw = file.read_bytes()
        if len(raw) > MOST_BYTES:
            raise InputError(f"{file}: expected at most {MOST_BYTES:,} bytes; split it into several files")
        root = yaml.compose(raw.decode("utf-8-sig"), Loader=PlainLoader)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line, words = (mark.line + 1 if mark else 1), getattr(error, "problem", None) or error
        faults.append(Finding.said(file.name, line, f'is no YAML: {words}; put words with : or # in "quotes"'))
        return []
    if not isinstance(root, yaml.SequenceNode) or not root.value:
        faults.append(Finding.said(file.name, 1, "expected a list of cases: begin each with '- name: ...'"))
        return []
    found = [_case(node, file.name, fault) for node in root.value]
    return [case for case in found if case is not None]


def _case(node: yaml.Node, file: str, fault: Fault) -> Case | None:
    table = _table(node, ABOUT, "a case", fault)
    name = _word(table.get("name"), fault)
    turns = table.get("turns")
    if name is None or not isinstance(turns, yaml.SequenceNode) or not turns.value:
        fault(node, "expected a name, and turns: a list of at least one '- user: ...'")
        return None
    read = [_turn(turn, fault) for turn in turns.value]
    now, risk = _moment(table.get("today"), fault), _share(table.get("risk"), fault)
    return Case(name, tuple(turn for turn in read if turn), now, risk, file, node.start_mark.line + 1)


def _turn(node: yaml.Node, fault: Fault) -> Turn | None:
    table = _table(node, (*SAID, LATER, *KEYS), "a turn", fault)
    if len(said := [key for key in SAID if key in table]) != 1:
        fault(node, "expected either user: what is typed, or pick: the intent of a button")
        return None
    words = _word(table[said[0]], fault)
    expected = {key: value for key in KEYS if key in table and (value := _expected(key, table[key], fault)) is not None}
    if not expected:
        fault(node, f"expected what the bot must do: one of {', '.join(KEYS)} at least")
    lines = {key: value.start_mark.line + 1 for key, value in table.items()}
    picked = words if said[0] == "pick" else None
    after = _minutes(table.get(LATER), fault)
    return Turn("" if picked else words or "", picked, expected, lines, node.start_mark.line + 1, after)


def _expected(key: str, node: yaml.Node, fault: Fault) -> Expected | None:
    if key == "slots":
        pairs = _pairs(node, fault) if isinstance(node, yaml.MappingNode) else None
        if pairs is None:
            fault(node, "slots: expected a table, as {amount: 20.50, currency: GBP}")
            return None
        return {name: _word(value, fault) or "" for name, value in pairs}
    entries = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if isinstance(node, yaml.SequenceNode) and key in SINGLE:
        fault(node, f"{key}: expected one word, got a list")
        return None
    words = [_word(entry, fault) for entry in entries]
    for entry, word in zip(entries, words, strict=True):
        if word and key in CLOSED and word not in CLOSED[key]:
            fault(entry, f"{key}: expected one of {', '.join(CLOSED[key])}, got {word!r}{_near(word, CLOSED[key])}")
    return tuple(word or "" for word in words) if isinstance(node, yaml.SequenceNode) else words[0]


def _table(node: yaml.Node, known: tuple[str, ...], what: str, fault: Fault) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        fault(node, f"expected {what} with the keys {', '.join(known)}")
        return {}
    table: dict[str, yaml.Node] = {}
    for key, value in _pairs(node, fault):
        if key not in known:
            fault(value, f"{key}: unknown key of {what}{_near(key, known) or '; known here: ' + ', '.join(known)}")
        table[key] = value
    return table


def _pairs(node: yaml.MappingNode, fault: Fault) -> Iterator[tuple[str, yaml.Node]]:
    seen = set()
    for key, value in node.value:
        if (word := _word(key, fault)) in seen:
            fault(key, f"{word}: stands there twice; keep one")
        seen.add(word)
        yield word or "", value


def _word(node: yaml.Node | None, fault: Fault) -> str | None:
    if node is not None and not isinstance(node, yaml.ScalarNode):
        fault(node, "expected words, got a list or a table")
        return None
    return None if node is None else str(node.value)


def _moment(node: yaml.Node | None, fault: Fault) -> datetime:
    """A day is its noon."""
    text = _word(node, fault)
    if node is None or text is None:
        return NOON
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fault(node, f"today: expected a day as 2026-11-23, or with a time as 2026-11-23T09:30, got {text!r}")
        return NOON
    return moment if "T" in text or ":" in text else datetime.combine(moment, time(12))


def _minutes(node: yaml.Node | None, fault: Fault) -> float:
    text = _word(node, fault)
    if node is None or text is None:
        return 0.0
    if not text.isdecimal() or len(text) > 6:
        fault(node, f"{LATER}: expected whole minutes since the turn before, got {text!r}")
        return 0.0
    return float(text)


def _share(node: yaml.Node | None, fault: Fault) -> float | None:
    text = _word(node, fault)
    try:
        share = None if text is None else float(text)
    except ValueError:
        share = -1.0
    if node is not None and not 0 < (share or 0) < 1:
        fault(node, f"risk: expected a share of wrong answers between 0 and 1, as 0.03, got {text!r}")
        return None
    return share


def _near(word: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(word, known, 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else ""
