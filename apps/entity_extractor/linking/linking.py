"""Mentions with their links: the user's base goes before the company table, and no link is better than a wrong one."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from entity_extractor.linking.base import Key, KnowledgeBase
from entity_extractor.mentions import Mention
from headwater.companies.table import Companies
from headwater.companies.words import key
from headwater.names import LEGAL
from headwater.spans import Span

__all__ = ["COMPANY", "link"]

COMPANY = "company:"  # before an id of the company table
PIECE, AROUND = 4_000, 1_000  # characters: what a company's context is looked for in, and a hint's to either side
TITLES = frozenset("mr mrs ms miss dr prof sir dame lord lady the herr frau".split())


def link(
    text: str,
    mentions: Sequence[Mention],
    base: KnowledgeBase | None = None,
    companies: Companies | None = None,
    firms: Collection[str] = ("ORG", "COMPANY", "positive", "neutral", "negative"),
) -> tuple[Mention, ...]:
    """The mentions in order, each with the `link` of what it means, "" where that is nobody known or not sure.

    `firms` are the types of mentions that the company table is asked about; its ids come with "company:" before them.
    """
    ordered = sorted(mentions)
    links = _companies(text, ordered, companies, firms) if companies is not None else {}
    if base is not None:
        links |= _known(text, ordered, base)
    return tuple(replace(one, link=links.get(number, "")) for number, one in enumerate(ordered))


def _companies(text: str, mentions: Sequence[Mention], table: Companies, firms: Collection[str]) -> dict[int, str]:
    """Piece by piece, cut between lines or words: what a company's name is beside in a long text says nothing of it."""
    starts, links = [mention.start for mention in mentions], {}
    for start, end in _pieces(text):
        numbers = [
            number
            for number in range(bisect_left(starts, start), bisect_left(starts, end))
            if mentions[number].label in firms and mentions[number].end <= end
        ]
        if numbers:
            spans = [Span(mentions[n].start - start, mentions[n].end - start, mentions[n].label) for n in numbers]
            found = table.link(text[start:end], spans).mentions
            links |= {n: COMPANY + one.company for n, one in zip(numbers, found, strict=True) if one is not None}
    return links


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = min(start + PIECE, len(text))
        if end < len(text):
            cut = max(text.rfind("\n", start, end), text.rfind(". ", start, end)) + 1
            end = cut if cut > start + PIECE // 2 else text.rfind(" ", start, end) + 1 or end
            end = end if end > start else start + PIECE
        yield start, end
        start = end


def _known(text: str, mentions: Sequence[Mention], base: KnowledgeBase) -> dict[int, str]:
    """The mentions that the base knows: first those of one meaning, then those that a hint or a sure mention decides."""
    links, open_ = {}, {}
    for number, mention in enumerate(mentions):
        meant = _meanings(text[mention.start : mention.end], mention.label, base)
        if len(meant) == 1 and next(iter(meant.values())):
            links[number] = next(iter(meant))
        elif meant:
            open_[number] = meant
    named = set(links.values())
    for number, meant in open_.items():
        mention = mentions[number]
        around = (
            key(text[max(mention.start - AROUND, 0) : mention.start]),
            key(text[mention.end : mention.end + AROUND]),
        )
        points = {one: 2 * (one in named) + _hinted(around, base[one].hints) for one in meant}
        best = max(points.values())
        winners = [one for one, count in points.items() if count == best]
        if best and len(winners) == 1:
            links[number] = winners[0]
    return links


def _meanings(name: str, label: str, base: KnowledgeBase) -> dict[str, bool]:
    """What a name may mean, as it stands or without a title before and a legal form or a genitive behind it."""
    for words in _forms(key(name)):
        meant = {one: sure for one, sure in base.known.get(words, {}).items() if base[one].type in ("", label)}
        if meant:
            return meant
    return {}


def _forms(words: Key) -> Iterator[Key]:
    yield words
    if words[-2:] == ("'", "s"):
        words = words[:-2]
    while words and (words[-1] in LEGAL or words[-1] in (".", ",", "'")):
        words = words[:-1]
    yield words
    while words and (words[0] in TITLES or words[0] == "."):
        words = words[1:]
        yield words


def _hinted(around: tuple[Key, Key], hints: Sequence[str]) -> int:
    """How many of the hints stand near."""
    return sum(any(_stands(key(hint), words) for words in around) for hint in hints)


def _stands(hint: Key, words: Key) -> bool:
    return bool(hint) and any(words[at : at + len(hint)] == hint for at in range(len(words) - len(hint) + 1))
