"""What the chat shows of a conversation: turns with their parts, quick replies, a form's progress, sources, and why."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from support_chatbot.content import Article, Folder
from support_chatbot.dialogue import Policy
from support_chatbot.records.rows import Turn
from support_chatbot.risk.zones import Zones
from support_chatbot.turn import Reply, State, plain

__all__ = [
    "Progress",
    "Read",
    "Said",
    "Source",
    "as_markdown",
    "handed_over_at",
    "highlighted",
    "pieces",
    "progress",
    "quick_replies",
    "read_more",
    "said",
    "sources",
    "what_was_read",
]

LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\((?!https?:|mailto:|tel:)[^)\s]*\)")
WORD = re.compile(r"\w+")
USING = ("answered", "clarified", "found", "declined")  # kinds of parts that rest on what a question was read as
BETWEEN = r"[^\w\n]*(?:\n[^\w\n]*)?"  # marks of Markdown, or one line's end, but no empty line


@dataclass(frozen=True)
class Said:
    """One thing that was said, as it is drawn. `parts` and `message` are JSON values of a bot's reply."""

    number: int
    speaker: str
    text: str
    created: datetime
    who: str | None = None
    parts: tuple[Mapping[str, Any], ...] = ()
    message: Mapping[str, Any] | None = None
    thumbs: int | None = None
    milliseconds: float | None = None


@dataclass(frozen=True)
class Source:
    """Where quoted sentences stand; `article` is None for what the help centre of the folder does not hold."""

    title: str
    link: str
    quotes: tuple[str, ...] = ()
    article: Article | None = None


@dataclass(frozen=True)
class Progress:
    """A form under way: how many of its values are known, and whether only the customer's yes is missing."""

    title: str
    known: int
    all: int
    confirming: bool


@dataclass(frozen=True)
class Read:
    """A question as the bot read it, and what its likeliest intents call for: answer, ask, search, or nothing (unused)."""

    text: str
    top: tuple[tuple[str, float], ...]
    zone: str


def said(turns: Sequence[Turn], fresh: Mapping[int, Reply]) -> list[Said]:
    """The turns for drawing. `fresh` are replies that this session has got, by the bot's number.

    What is stored is masked; whoever has just written a number sees it as it was written.
    """
    return [_said(turn, fresh) for turn in turns]


def _said(turn: Turn, fresh: Mapping[int, Reply]) -> Said:
    text, content = turn.text, turn.reply or {}
    parts, message = content.get("parts", ()), content.get("message")
    if turn.speaker == "customer" and turn.number + 1 in fresh:
        text = fresh[turn.number + 1].message.text
    if turn.number in fresh:
        parts = [plain(part) for part in fresh[turn.number].parts]
    return Said(
        turn.number, turn.speaker, text, turn.created, turn.who, tuple(parts), message, turn.thumbs, turn.milliseconds
    )


def quick_replies(turns: Sequence[Said]) -> list[tuple[str, str | None]]:
    """The buttons beneath the last turn, (words, intent): none where it is not the bot's."""
    if not turns or turns[-1].speaker != "bot":
        return []
    choices = [(choice["text"], choice["intent"]) for part in turns[-1].parts for choice in part["choices"]]
    return list(dict.fromkeys(choices))


def handed_over_at(turns: Sequence[Said]) -> int:
    """How many turns there are up to the last in which the bot brought a person in, that turn too; 0 without one.

    What follows may grow without the customer's doing.
    """
    places = (place for place in range(len(turns), 0, -1) if _hands_over(turns[place - 1]))
    return next(places, 0)


def _hands_over(turn: Said) -> bool:
    return any(part["kind"] == "handed_over" for part in turn.parts)


def progress(state: State, policy: Policy) -> Progress | None:
    """How far the form under way is; None where there is none, or its plan is gone."""
    form = state.forms[-1] if state.forms else None
    plan = policy.forms.get(form.name) if form else None
    if form is None or plan is None or not plan.slots:
        return None
    known = sum(slot.name in form.filled for slot in plan.slots)
    return Progress(plan.title, known, len(plan.slots), form.confirming)


def sources(part: Mapping[str, Any], folder: Folder) -> list[Source]:
    """Where a part's quotes stand, each page once, in the order of the quotes."""
    found: dict[str, Source] = {}
    for quote in part["quotes"]:
        page = quote["link"].partition("#")[0]
        before = found.get(page)
        quotes = (*(before.quotes if before else ()), quote["text"])
        title = before.title if before else quote["title"].partition(" › ")[0]
        found[page] = Source(title, before.link if before else quote["link"], quotes, _article(folder, page))
    return list(found.values())


def read_more(part: Mapping[str, Any], folder: Folder) -> list[Source]:
    """The articles that an intent's answer names for further reading."""
    answer = folder.answers.get(part["intent"] or "")
    if answer is None or part["kind"] not in ("answered", "clarified"):
        return []
    articles = [(link, _article(folder, link.partition("#")[0])) for link in answer.links]
    return [Source(article.title, link, (), article) for link, article in articles if article]


def _article(folder: Folder, page: str) -> Article | None:
    return next((article for article in folder.articles if article.file == page), None)


def highlighted(text: str, quotes: Sequence[str]) -> tuple[str, bool]:
    """An article's Markdown with the quoted sentences marked, and whether all of them were found in it."""
    text, all_found = as_markdown(text), True
    for quote in quotes:
        words = WORD.findall(quote)
        match = re.search(BETWEEN.join(map(re.escape, words)) + r"[^\w\s|\[]?", text) if words else None
        if match is None or "[" in match[0] or "]" in match[0]:
            all_found = False
            continue
        bold = "**" if match[0].count("**") % 2 else ""  # a sentence may begin or end within bold words
        text = f"{text[: match.start()]}:blue-background[{match[0]}{bold}]{bold}{text[match.end() :]}"
    return text, all_found


def as_markdown(text: str) -> str:
    r"""A reply's Markdown as the page may draw it: no formulas, and no links to files that a browser cannot open.

    >>> as_markdown("Cards cost $5, see [fees](../help/fees.md).")
    'Cards cost \\$5, see fees.'
    """
    return LINK.sub(r"\1", re.sub(r"(?<!\\)\$", r"\\$", text))


def pieces(text: str) -> Iterator[str]:
    """A text word by word, its blanks kept, for a reply that comes as if it were written."""
    yield from re.findall(r"\S+\s*|^\s+", text)


def what_was_read(turn: Said, zones: Zones) -> list[Read]:
    """The questions that a bot's turn replies to, with their intents and the zone that they fall into.

    The zone is "unused" where the message was an answer to what was under way.
    """
    used = any(part["kind"] in USING or (part["kind"] == "asked" and not part["intent"]) for part in turn.parts)
    found = []
    for question in (turn.message or {}).get("questions", ()):
        top = tuple((label, float(share)) for label, share in question["top"])
        if top:
            found.append(Read(question["text"], top, zones.zone(top) if used else "unused"))
    return found
