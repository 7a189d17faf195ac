"""Which company of the table a mention means, if any, and which the text names where no model saw one.

names and tickers of the text, the longest first -> what each may mean -> by context, one company or None
mention -> the name that it touches; words of the mention beyond that name make it another firm ("Siemens Gamesa")
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from headwater.companies.context import ALONE, GENERIC, WANTED, continued, points
from headwater.companies.words import Text, scan
from headwater.names import LEGAL
from headwater.spans import Span
from headwater.values.tickers import bare, find

__all__ = ["Found", "Linked", "Names", "link"]

Key = tuple[str, ...]
TICKER = re.compile(r"[A-Z0-9][A-Z0-9.\-]{1,9}")
STYLED = 4  # letters: a name this long may be written in another case than the table's ("Blackrock"), an acronym not


@dataclass(frozen=True)
class Names:
    """What is looked up: names by their words, `known[name]` empty where none of the table is meant.

    `spellings[name]` as the table writes it; `unsure` means other things too; `hints[id]`; `listings[exchange, ticker]`.
    Points that an unsure name needs: `wanted` in a mention, `alone` outside of one.
    """

    known: Mapping[Key, Sequence[str]]
    spellings: Mapping[Key, set[str]]
    unsure: frozenset[Key]
    hints: Mapping[str, Sequence[Key]]
    listings: Mapping[tuple[str, str], str]
    wanted: int = WANTED
    alone: int = ALONE

    @cached_property
    def starts(self) -> dict[str, list[Key]]:
        """First word -> the names that begin with it, longest first."""
        out: dict[str, list[Key]] = {}
        for name in sorted(self.known, key=lambda words: (-len(words), words)):
            out.setdefault(name[0], []).append(name)
        return out


@dataclass(frozen=True)
class Found:
    """A company named at `text[start:end]`."""

    start: int
    end: int
    company: str


@dataclass(frozen=True)
class Linked:
    """`mentions[i]` is what mention i names, or None; `missed` are companies named outside of every mention."""

    mentions: tuple[Found | None, ...]
    missed: tuple[Found, ...]


@dataclass(frozen=True)
class _Place:
    """A name or ticker of the table at words first to last - 1; `sure` where it needs no context."""

    first: int
    last: int
    companies: tuple[str, ...]
    sure: bool
    ticker: bool = False
    exact: bool = True  # written as in the table


def link(names: Names, text: str, mentions: Sequence[Span]) -> Linked:
    """The company that each mention names, or None, and companies that the text names outside of them."""
    words = Text(text)
    places = list(_places(names, words))
    clear = {place.companies[0] for place in places if _clear(words, place)}
    owner = {number: place for place in reversed(places) for number in range(place.first, place.last)}
    linked: list[Found | None] = []
    taken: set[int] = set()
    for span in mentions:
        first, last = words.touched(span.start, span.end)
        inside = list(dict.fromkeys(owner[number] for number in range(first, last) if number in owner))
        linked.append(_mention(names, words, inside, span, (first, last), clear))
        taken.update(range(first, last))
    free = [place for place in places if taken.isdisjoint(range(place.first, place.last))]
    missed = [(place, _alone(names, words, place, clear)) for place in free]
    return Linked(tuple(linked), tuple(_found(words, place, company) for place, company in missed if company))


def _found(words: Text, place: _Place, company: str) -> Found:
    return Found(words.edges[place.first][0], words.edges[place.last - 1][1], company)


def _places(names: Names, words: Text) -> Iterator[_Place]:
    """Names and tickers of a text; a ticker hides the names in it."""
    tickers = []
    for found in find(words.text):
        keys = [(exchange, found.ticker) for exchange in found.exchanges]
        company = next((names.listings[key] for key in keys if key in names.listings), None)
        first, last = words.touched(found.start, found.end)
        tickers.append(_Place(first, last, (company,) if company else (), True, ticker=True))
    yield from tickers
    hidden = {word for place in tickers for word in range(place.first, place.last)}
    for first, last in scan(words.keys, names.starts):
        name = tuple(words.keys[first:last])
        exact = words.between(first, last) in names.spellings[name]
        if hidden.isdisjoint(range(first, last)) and (exact or _written(words, first, last, names.spellings[name])):
            yield _Place(first, last, tuple(names.known[name]), name not in names.unsure, exact=exact)


def _written(words: Text, first: int, last: int, spellings: set[str]) -> bool:
    """Whether a name that is not written as in the table is one all the same: the acronym "IT" is not the word "it".

    In a text all in capitals, it is; elsewhere a name of some letters may have another case ("Blackrock"). A small
    "apple" counts as written, for a model may hold it to be the firm: context then decides.
    """
    acronym = any(name.isupper() and len(name) <= STYLED + 1 for name in spellings)
    return words.shouted or (len(words.between(first, last)) >= STYLED and not acronym)


def _clear(words: Text, place: _Place) -> bool:
    """Whether a place surely means its company, without a model's word for it."""
    if not place.sure or len(place.companies) != 1:
        return False
    small = all(word == word.lower() for word in words.words[place.first : place.last])
    return place.ticker or not ((small and not place.exact) or continued(words, place.last, tagged=False))


def _alone(names: Names, words: Text, place: _Place, clear: set[str]) -> str | None:
    """The company of a name that no model saw."""
    if place.sure:
        return place.companies[0] if _clear(words, place) else None
    return None if place.companies == () else _meant(names, words, place, clear, names.alone)


def _mention(
    names: Names, words: Text, inside: Sequence[_Place], span: Span, edges: tuple[int, int], clear: set[str]
) -> Found | None:
    """What a mention names: the first of the places that it touches, unless its other words go on with it."""
    first, last = edges
    if not inside:
        return _bare(names, words, span)
    place = min(inside, key=lambda place: (place.first > first, place.first - place.last))
    extra = [words.words[number] for number in range(first, last) if not place.first <= number < place.last]
    formal = any(word.casefold() in LEGAL for word in extra)
    longer = any(word[0].isalnum() and word.casefold() not in GENERIC for word in extra)
    if not place.ticker and (longer or (not formal and continued(words, place.last, tagged=True))):
        return None  # a longer name than any of the table
    if place.sure:
        return _found(words, place, place.companies[0]) if place.companies else None
    company = _meant(names, words, place, clear, names.wanted)
    return _found(words, place, company) if company else None


def _meant(names: Names, words: Text, place: _Place, clear: set[str], wanted: int) -> str | None:
    """The company that a name of several meanings has here, None where too little speaks for one, or two are level."""
    named = [company for company in place.companies if company in clear]
    if len(named) == 1 and wanted == names.wanted:
        return named[0]
    beside = bool(clear - set(place.companies))
    scored = [
        (points(words, place.first, place.last, names.hints.get(company, ()), beside), company)
        for company in place.companies
    ]
    best, company = max(scored)
    return company if best >= wanted and [score for score, _ in scored].count(best) == 1 else None


def _bare(names: Names, words: Text, span: Span) -> Found | None:
    """A mention that is a ticker and nothing else, in a text that is not all capitals: "NVDA up 4%"."""
    token = words.text[span.start : span.end]
    if words.shouted or not TICKER.fullmatch(token) or ("", bare(token)) not in names.listings:
        return None
    return Found(span.start, span.end, names.listings["", bare(token)])
