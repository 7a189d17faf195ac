"""Accepted proposals -> training data that a recipe reads, and drafts of answers that overwrite nothing."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from headwater.errors import InputError
from headwater.files import write_whole
from support_chatbot.learning.proposals import ACCEPTED, Proposals
from support_chatbot.learning.proposing import same
from support_chatbot.learning.reading import read_proposals

__all__ = ["DRAFTS", "Applied", "apply", "training_rows", "write_drafts"]

DRAFTS = "drafts"  # beside answers/: an answer is moved there by a person who has read it, and is served from then on


@dataclass(frozen=True)
class Applied:
    """What was written: `rows` of training data in `training` (None: no example is accepted), and `drafts`.

    `kept` are files that were there already and say something else.
    """

    rows: int
    training: Path | None
    drafts: tuple[Path, ...]
    kept: tuple[Path, ...]


def training_rows(file: Path) -> list[dict[str, str]]:
    """Rows {"text", "label"} of what is accepted, as a recipe's `[data] train` reads them, each text once.

    Raises ProposalsError for a file that cannot be read, InputError where one text is accepted under two labels.
    """
    rows: dict[str, dict[str, str]] = {}
    for text, label in _accepted(read_proposals(file)):
        before = rows.setdefault(same(text), {"text": text, "label": label})
        if before["label"] != label:
            raise InputError(
                f"{file}: {text[:80]!r} is accepted as {before['label']!r} and as {label!r}: reject or delete one of them"
            )
    return list(rows.values())


def apply(file: Path, folder: Path) -> Applied:
    """Write the training data beside the file, as FILE's name with .jsonl, and drafts into the bot's folder."""
    proposals, rows = read_proposals(file), training_rows(file)
    training = file.with_suffix(".jsonl")
    if training == file:
        raise InputError(f"{file}: expected proposals in a file of another ending than .jsonl")
    if rows:
        _write(training, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    drafts, kept = write_drafts(proposals, folder)
    return Applied(len(rows), training if rows else None, drafts, kept)


def write_drafts(proposals: Proposals, folder: Path) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Write each accepted answer as a page into `folder`/drafts, where the bot does not look; what is there stays.

    Returns the files that were written, and those that say something else already.
    """
    if not (folder / "answers").is_dir():
        raise InputError(
            f"{folder}: expected a bot's folder with answers/ in it; give another, or set HEADWATER_SUPPORT"
        )
    written, kept = [], []
    for label, page in _pages(proposals).items():
        target = folder / DRAFTS / f"{_file(label)}.md"
        if target.exists():
            kept += [] if target.read_text(encoding="utf-8", errors="replace") == page else [target]
            continue
        _write(target, page)
        written.append(target)
    return tuple(written), tuple(kept)


def _accepted(proposals: Proposals) -> Iterator[tuple[str, str]]:
    for intent, lines in sorted(proposals.examples.items()):
        yield from ((line.text, intent) for line in lines if line.status == ACCEPTED)
    for entry in proposals.new:
        if entry.status == ACCEPTED:
            yield from ((text, entry.label) for text in entry.examples)


def _pages(proposals: Proposals) -> Mapping[str, str]:
    """Front matter and Markdown by label. The date of review is left to whoever reviews it."""
    answers = {
        intent: (_readable(intent), draft.text)
        for intent, draft in proposals.drafts.items()
        if draft.status == ACCEPTED
    }
    answers |= {new.label: (new.title, new.answer) for new in proposals.new if new.status == ACCEPTED and new.answer}
    pages = {}
    for label, (title, text) in sorted(answers.items()):
        meta = yaml.safe_dump({"intent": label, "title": title}, sort_keys=False, allow_unicode=True, width=1000)
        # Agents write no slots: a brace of theirs is a brace.
        pages[label] = f"---\n{meta}---\n{text.replace('{', '{{').replace('}', '}}')}\n"
    return pages


def _readable(intent: str) -> str:
    words = intent.replace("_", " ").strip(" ?")
    return words[:1].upper() + words[1:]


def _file(label: str) -> str:
    """A file name that leads nowhere else."""
    return re.sub(r"[^\w-]", "", label) or "unnamed"


def _write(target: Path, text: str) -> None:
    try:
        write_whole(target, [text.encode()])
    except OSError as fault:
        raise InputError(f"{target}: cannot be written ({fault.strerror}): choose another place") from fault
