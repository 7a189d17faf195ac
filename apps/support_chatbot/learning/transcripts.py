"""Read transcripts of support conversations, CSV or JSONL, masked on reading; what cannot be used is kept aside."""

import csv
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headwater.errors import DataError, InputError
from headwater.scoring.textfiles import TextFile
from headwater.store.cleaning import mask_text

__all__ = [
    "AGENT",
    "BOT",
    "CUSTOMER",
    "MOST_CHARACTERS",
    "MOST_TURNS",
    "RESOLVED",
    "UNKNOWN",
    "UNRESOLVED",
    "Conversation",
    "Fault",
    "Form",
    "Said",
    "Transcripts",
    "read_transcripts",
]

CUSTOMER, AGENT, BOT = "customer", "agent", "bot"
RESOLVED, UNRESOLVED, UNKNOWN = "resolved", "unresolved", "unknown"
MOST_CHARACTERS = 4000  # of a turn; a pasted e-mail is a fault, not a question
MOST_TURNS = 1_000_000  # in one run: about 300 MB of short texts
LONGEST_NUMBER = 18  # digits of a turn's number
DELIMITERS = ",;\t|"
NOT_UTF8 = "not UTF-8: save the file as UTF-8"
SPEAKERS = {
    **dict.fromkeys(("customer", "user", "client", "visitor", "caller", "consumer", "end-user", "member"), CUSTOMER),
    **dict.fromkeys(("agent", "operator", "advisor", "adviser", "support", "representative", "rep", "human"), AGENT),
    **dict.fromkeys(("bot", "chatbot", "assistant", "system", "automation"), BOT),
}
RESOLUTIONS = {
    **dict.fromkeys(("resolved", "solved", "closed", "yes", "true", "1", "done", "fixed", "satisfied"), RESOLVED),
    **dict.fromkeys(("unresolved", "unsolved", "no", "false", "0", "open", "escalated", "abandoned", "failed"), UNRESOLVED),
    **dict.fromkeys(("", "unknown", "none", "null", "n/a", "pending"), UNKNOWN),
}  # fmt: skip


@dataclass(frozen=True)
class Form:
    """How a file says things: our name of a column -> the file's; a word of the file -> what it means.

    Words are compared without case. `resolution` and `agent` (who answered, by any name) may be missing columns.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    speakers: Mapping[str, str] = field(default_factory=dict)
    resolutions: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = ("conversation", "turn", "speaker", "text", "resolution", "agent")
        wrong = sorted(set(self.columns) - set(known))
        if wrong:
            raise InputError(f"expected names of the columns {', '.join(known)}, got {', '.join(wrong)}")
        for given, meant in ((self.speakers, SPEAKERS), (self.resolutions, RESOLUTIONS)):
            odd = sorted(set(given.values()) - set(meant.values()))
            if odd:
                raise InputError(f"expected one of {', '.join(dict.fromkeys(meant.values()))}, got {', '.join(odd)}")

    def column(self, name: str) -> str:
        return self.columns.get(name, name)

    def speaker(self, word: str) -> str | None:
        return self._meant(word, self.speakers, SPEAKERS)

    def resolution(self, word: str) -> str | None:
        return self._meant(word, self.resolutions, RESOLUTIONS)

    @staticmethod
    def _meant(word: str, given: Mapping[str, str], usual: Mapping[str, str]) -> str | None:
        same = word.strip().casefold()
        return {key.casefold(): value for key, value in given.items()}.get(same) or usual.get(same)


@dataclass(frozen=True)
class Said:
    """A turn, masked. `speaker` is CUSTOMER, AGENT or BOT; `line` where it begins in its file; `who` an agent."""

    speaker: str
    text: str
    line: int
    who: str = ""


@dataclass(frozen=True)
class Conversation:
    """Turns in their order. `resolution` is resolved, unresolved or unknown."""

    id: str
    turns: tuple[Said, ...]
    resolution: str = UNKNOWN


@dataclass(frozen=True)
class Fault:
    """A row that was kept aside, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Transcripts:
    """What was read. `rows` counts all rows, good and bad."""

    conversations: tuple[Conversation, ...]
    faults: tuple[Fault, ...]
    rows: int


def read_transcripts(file: Path, form: Form = Form()) -> Transcripts:
    """Conversations in the order in which they begin, each with its turns by number.

    Rows are columns conversation, turn (a whole number), speaker, text and, where known, resolution: the last one that
    is given counts for the conversation. JSONL by .jsonl, .ndjson or .json, otherwise CSV with a header; gzip, too.
    Raises InputError where there is no file, DataError where it lacks a column or holds no turn that can be used.
    """
    if not file.is_file():
        raise InputError(f"{file}: expected a CSV or JSONL file of transcripts, found none")
    turns: dict[str, dict[int, Said]] = defaultdict(dict)
    resolutions: dict[str, str] = {}
    faults: list[Fault] = []
    rows = 0
    with TextFile(file) as opened:
        for line, row in _whole(opened, form):
            rows += 1
            fault = row if isinstance(row, str) else _take(line, row, form, turns, resolutions)
            if fault:
                faults.append(Fault(line, fault))
            elif rows > MOST_TURNS:
                raise DataError(f"{file}: expected at most {MOST_TURNS:,} turns, got more: give it in several files")
    if not turns:
        why = f"; the first fault: line {faults[0].line}: {faults[0].reason}" if faults else ""
        raise DataError(f"{file}: expected turns of conversations, found none that can be used{why}")
    conversations = (
        Conversation(name, tuple(said for _, said in sorted(found.items())), resolutions.get(name, UNKNOWN))
        for name, found in turns.items()
    )
    return Transcripts(tuple(conversations), tuple(faults), rows)


def _take(
    line: int,
    row: Mapping[str, Any],
    form: Form,
    turns: dict[str, dict[int, Said]],
    resolutions: dict[str, str],
) -> str | None:
    """Put a row where it belongs, or return what is wrong with it."""
    name, number, speaker, text, resolution, who = (
        "" if (value := row.get(form.column(column))) is None else str(value).strip()
        for column in ("conversation", "turn", "speaker", "text", "resolution", "agent")
    )
    meant, ended = form.speaker(speaker), form.resolution(resolution)
    if not name:
        return "expected the id of a conversation, got none"
    if not number.isdecimal() or len(number) > LONGEST_NUMBER:
        return f"expected the turn as a whole number, got {number[:40]!r}"
    if meant is None:
        return f"expected a speaker of {CUSTOMER}, {AGENT} or {BOT}, got {speaker[:40]!r}: map it"
    if ended is None:
        return f"expected a resolution of {RESOLVED}, {UNRESOLVED} or {UNKNOWN}, got {resolution[:40]!r}: map it"
    if not text:
        return "expected a text, got none"
    if len(text) > MOST_CHARACTERS:
        return f"expected a text of at most {MOST_CHARACTERS:,} characters, got {len(text):,}"
    if int(number) in turns.get(name, ()):
        return f"conversation {name[:40]!r} has a turn {number} already, on line {turns[name][int(number)].line}"
    turns[name][int(number)] = Said(meant, mask_text(" ".join(text.split()))[0], line, who)
    if ended != UNKNOWN:
        resolutions[name] = ended
    return None


def _whole(file: TextFile, form: Form) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    try:
        yield from _rows(file, form)
    except (OSError, EOFError, zlib.error) as fault:
        raise DataError(f"{file.path}: expected a file that can be read whole ({fault}): copy it again") from fault


def _rows(file: TextFile, form: Form) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    """Each row with the line on which it begins; words in place of a row that cannot be read."""
    suffixes = [suffix.lower() for suffix in file.path.suffixes if suffix.lower() != ".gz"]
    if suffixes and suffixes[-1] in (".jsonl", ".ndjson", ".json"):
        yield from _json(file)
    else:
        yield from _table(file, form)


def _json(file: TextFile) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    for number, line in enumerate(file.stream, 1):
        content = line.strip("\ufeff \t\r\n")
        if not content:
            continue
        if _undecoded(content):
            yield number, NOT_UTF8
            continue
        try:
            row = json.loads(content)
        except (ValueError, RecursionError) as fault:
            yield number, f"expected one JSON object a line: {fault}"
            continue
        yield number, row if isinstance(row, dict) else f"expected a JSON object, got {type(row).__name__}"


def _table(file: TextFile, form: Form) -> Iterator[tuple[int, Mapping[str, Any] | str]]:
    header, delimiter = _header(file, form)
    reader = csv.reader(file.stream, delimiter=delimiter, strict=True)
    while True:
        first = reader.line_num + 2  # the header went before; a cell in quotes may hold line breaks
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            yield first, f"expected cells with quotes doubled inside quotes: {fault}"
            continue
        if not cells:
            continue
        if len(cells) != len(header):
            yield first, f"expected {len(header)} cells, got {len(cells)}: put quotes around a cell with {delimiter!r}"
        elif any(map(_undecoded, cells)):
            yield first, NOT_UTF8
        else:
            yield first, dict(zip(header, cells, strict=True))


def _header(file: TextFile, form: Form) -> tuple[list[str], str]:
    line = file.stream.readline().lstrip("\ufeff")
    needed = [form.column(name) for name in ("conversation", "turn", "speaker", "text")]
    for delimiter in DELIMITERS:
        try:
            header = [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
        except csv.Error:  # a cell longer than any name of a column
            continue
        if all(header.count(name) == 1 for name in needed):
            return header, delimiter
    raise DataError(
        f"{file.path}:1: expected a header with the columns {', '.join(needed)}, got {line.strip()[:200]!r}: "
        "say how your file calls them with --column, as --column text=message"
    )


def _undecoded(text: str) -> bool:
    """Whether a byte was carried as a lone surrogate, since it is not UTF-8 (see TextFile)."""
    return any("\udc80" <= sign <= "\udcff" for sign in text) if not text.isascii() else False
