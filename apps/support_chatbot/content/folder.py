"""Open the folder that the team edits: answers and help articles, read and checked file by file."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from headwater.errors import DataError, InputError
from support_chatbot.content.finding import Fault, Finding
from support_chatbot.content.page import Page, Unreadable, check_keys, read_page

__all__ = ["NORTHMERE", "Answer", "Article", "Folder", "FolderError", "folder_path", "open_folder", "read_folder"]

NORTHMERE = Path(__file__).resolve().parents[1] / "northmere"
ANSWER = (("intent", "title"), ("form", "links[]", "reviewed"))
ARTICLE = (("title",), ("questions[]", "tags[]", "reviewed"))


@dataclass(frozen=True)
class Answer:
    """What the bot says to an intent. `text` is a template of Markdown; `links` and `file` are relative to the folder.

    `line` is where the text begins in its file, and `lines` where each key of the front matter stands.
    """

    intent: str
    title: str
    text: str
    form: str | None = None
    links: tuple[str, ...] = ()
    file: str = ""
    reviewed: date | None = None
    line: int = 1
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Article:
    """A page of the help centre. `slug` is its file's name without the ending; the rest as in Answer."""

    slug: str
    title: str
    text: str
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    file: str = ""
    reviewed: date | None = None
    line: int = 1
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Folder:
    """A bot's folder. `digest` is SHA-256 over the names and bytes of all its files that are not hidden."""

    path: Path
    answers: Mapping[str, Answer]
    articles: tuple[Article, ...]
    digest: str

    @property
    def policy_file(self) -> Path:
        return self.path / "policy.toml"

    @property
    def dialogues(self) -> Path:
        return self.path / "dialogues"

    @property
    def risk_file(self) -> Path:
        return self.path / "risk.json"


class FolderError(DataError):
    """A folder with files that cannot be read. `faults` holds every one of them, sorted by file."""

    def __init__(self, path: Path, faults: list[Finding]) -> None:
        self.faults = faults
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(f"{path}: {count} in the folder:\n" + "\n".join(f"  {fault}" for fault in faults))


def folder_path(path: Path | None = None) -> Path:
    """Where the folder is: at `path`, or at `HEADWATER_SUPPORT`, or Northmere Bank's."""
    return Path(path or os.environ.get("HEADWATER_SUPPORT") or NORTHMERE)


def open_folder(path: Path | None = None) -> Folder:
    """The folder at `path`, or at `HEADWATER_SUPPORT`, or Northmere Bank's.

    Raises InputError where there is no folder, and FolderError with every fault of every file.
    """
    folder, faults = read_folder(path)
    if faults:
        raise FolderError(folder.path, faults)
    return folder


def read_folder(path: Path | None = None) -> tuple[Folder, list[Finding]]:
    """What can be read of the folder, and the faults of the files that cannot, sorted by file. Raises InputError."""
    root = folder_path(path)
    if not (root / "answers").is_dir():
        raise InputError(f"{root}: expected a bot's folder with answers/ in it; give another, or set HEADWATER_SUPPORT")
    faults: list[Finding] = []
    answers: dict[str, Answer] = {}
    for name, page in _pages(root, "answers", ANSWER, faults):
        answer = _answer(name, page, faults)
        if answer.intent in answers:
            twice = Fault.of("intent_twice", intent=answer.intent, file=answers[answer.intent].file)
            faults.append(Finding(name, page.lines["intent"], "error", twice))
        else:
            answers[answer.intent] = answer
    articles = tuple(_article(name, page, faults) for name, page in _pages(root, "help", ARTICLE, faults))
    return Folder(root, answers, articles, _digest(root)), sorted(faults)


def _pages(
    root: Path, part: str, keys: tuple[tuple[str, ...], tuple[str, ...]], faults: list[Finding]
) -> list[tuple[str, Page]]:
    """The pages of a part that can be used, by name; what is wrong with the others is added to `faults`."""
    pages = []
    for file in sorted((root / part).rglob("*.md")):
        name = file.relative_to(root).as_posix()
        try:
            if not file.resolve().is_relative_to(root.resolve()):
                raise Unreadable(1, Fault.of("leads_out"))
            page = read_page(file)
        except Unreadable as error:
            faults.append(Finding(name, error.line, "error", error.fault))
            continue
        wrong = check_keys(page, *keys)
        faults.extend(Finding(name, line, "error", fault) for line, fault in wrong)
        if not wrong:
            pages.append((name, page))
    return pages


def _answer(name: str, page: Page, faults: list[Finding]) -> Answer:
    meta = page.meta
    return Answer(
        meta["intent"].strip(),
        meta["title"].strip(),
        page.text,
        meta.get("form"),
        tuple(meta.get("links", ())),
        name,
        _day(name, page, faults),
        page.line,
        page.lines,
    )


def _article(name: str, page: Page, faults: list[Finding]) -> Article:
    meta = page.meta
    return Article(
        Path(name).stem,
        meta["title"].strip(),
        page.text,
        tuple(meta.get("questions", ())),
        tuple(meta.get("tags", ())),
        name,
        _day(name, page, faults),
        page.line,
        page.lines,
    )


def _day(name: str, page: Page, faults: list[Finding]) -> date | None:
    if (given := page.meta.get("reviewed")) is None:
        return None
    try:
        return date.fromisoformat(given.strip())
    except ValueError:
        faults.append(Finding(name, page.lines["reviewed"], "error", Fault.of("no_date", got=given)))
        return None


def _digest(root: Path) -> str:
    """SHA-256 over every file, in the order of names, each with the length of its name and of its bytes."""
    total = hashlib.sha256()
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root)
        if file.is_file() and not any(part.startswith((".", "__pycache__")) for part in name.parts):
            content = file.read_bytes()
            total.update(f"{len(name.as_posix().encode())}:{len(content)}:{name.as_posix()}".encode() + content)
    return total.hexdigest()
