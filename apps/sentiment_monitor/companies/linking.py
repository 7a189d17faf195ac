"""Which company of the table a mention means, if any, and which the text names where no model saw one.

    names and tickers of the text, the longest first -> what each may mean -> by context, one company or None
    mention -> the name that it touches; words of the mention beyond that name make it another firm ("Siemens Gamesa")
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from headwater.spans import Span
from sentiment_monitor.companies.context import GENERIC, LEGAL, WANTED, continued, points
from sentiment_monitor.companies.tickers import bare, find
from sentiment_monitor.companies.words import Text, scan

__all__ = ["Found", "Linked", "Names", "link"]

Key = tuple[str, ...]
STYLED = 4  # letters: a name this long may be written in another case than the table's ("Blackrock"), an acronym not


@dataclass(frozen=True)
class Names:
    """What is looked up: names by their words, `known[name]` empty where none of the table is meant.

    `spellings[name]` as the table writes it; `unsure` means other things too; `hints[id]`; `listings[exchange, ticker]`.
    """

    known: Mapping[Key, Sequence[str]]
    spellings: Mapping[Key, set[str]]
    unsure: frozenset[Key]
    hints: Mapping[str, Sequence[Key]]
    listings: Mapping[tuple[str, str], str]
    wanted: int = WANTED

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
    """`mentions[i]` is the company of mention i, or None; `missed` are companies named outside of every mention."""

    mentions: tuple[str | None, ...]
    missed: tuple[Found, ...]


@dataclass(frozen=True)
class _Place:
    """A name or ticker of the table at words first to last - 1; `sure` where it needs no context."""

    first: int
    last: int
    companies: tuple[str, ...]
    sure: bool
    ticker: bool = False


def link(names: Names, text: str, mentions: Sequence[Span]) -> Linked:
    """The company that each mention means, or None, and companies that the text names outside of them."""
    words = Text(text)
    places = list(_places(names, words))
    taken = [words.touched(span.start, span.end) for span in mentions]
    clear = {place.companies[0] for place in places if _clear(words, place)}
    linked = tuple(_mention(names, words, places, span, edges, clear) for span, edges in zip(mentions, taken, strict=True))  # fmt: skip
    free = [place for place in places if not any(place.first < last and first < place.last for first, last in taken)]
    missed = [
        Found(words.edges[place.first][0], words.edges[place.last - 1][1], place.companies[0])
        for place in free
        if _clear(words, place)
    ]
    return Linked(linked, tuple(missed))


def _places(names: Names, words: Text) -> Iterator[_Place]:
    """Names and tickers of a text, from the left; a ticker hides the names in it."""
    tickers = []
    for found in find(words.text):
        company = next((names.listings[mic, found.ticker] for mic in found.exchanges if (mic, found.ticker) in names.listings), None)  # fmt: skip
        first, last = words.touched(found.start, found.end)
        tickers.append(_Place(first, last, (company,) if company else (), True, ticker=True))
    hidden = {word for place in tickers for word in range(place.first, place.last)}
    yield from tickers
    for first, last in scan(words.keys, names.starts):
        name = tuple(words.keys[first:last])
        if hidden.isdisjoint(range(first, last)) and _written(words, first, last, names.spellings[name]):
            companies = tuple(names.known[name])
            yield _Place(first, last, companies, name not in names.unsure)


def _written(words: Text, first: int, last: int, spellings: set[str]) -> bool:
    """Whether the name is written as a name: "IT" of "ITV" or "arm" of "Arm" are other words.

    In a text all in capitals, as the table has it or in capitals; elsewhere a long name may have another case, if it
    begins large. A small "apple" counts as written, for a model may hold it to be the firm; context then decides.
    """
    start, end = words.edges[first][0], words.edges[last - 1][1]
    here = words.text[start:end].replace("’", "'")
    if here in spellings or words.shouted:
        return True
    return len(here) >= STYLED and not any(name.isupper() and len(name) <= STYLED + 1 for name in spellings)


def _clear(words: Text, place: _Place) -> bool:
    """Whether a place means its company without a model's word for it."""
    if not place.sure or len(place.companies) != 1:
        return False
    if place.ticker:
        return True
    small = words.words[place.first].islower() and words.text[words.edges[place.first][0] :][:1].islower()
    return not continued(words, place.last, tagged=False) and not (small and place.last - place.first == 1)


def _mention(
    names: Names, words: Text, places: Sequence[_Place], span: Span, edges: tuple[int, int], clear: set[str]
) -> str | None:
    """The company that one mention means."""
    first, last = edges
    inside = [place for place in places if place.first < last and first < place.last]
    if not inside:
        return _bare(names, words, span)
    place = min(inside, key=lambda place: (place.first > first, place.first - place.last))
    if place.ticker:
        return place.companies[0] if place.companies else None
    extra = [word for number in range(first, last) if not place.first <= number < place.last for word in [words.words[number]]]  # fmt: skip
    if any(word[0].isalnum() and word.casefold() not in GENERIC for word in extra):
        return None  # a longer name than any of the table
    formal = any(word.casefold() in LEGAL for word in extra)
    if not place.companies or (not formal and continued(words, place.last, tagged=True)):
        return None
    return place.companies[0] if place.sure else _meant(names, words, place, clear)


def _meant(names: Names, words: Text, place: _Place, clear: set[str]) -> str | None:
    """The company that a name of several meanings has here, None where too little speaks for one, or two are level."""
    named = [company for company in place.companies if company in clear]
    if len(named) == 1:
        return named[0]
    beside = bool(clear - set(place.companies))
    scored = sorted(
        ((points(words, place.first, place.last, names.hints.get(company, ()), beside), company) for company in place.companies),
        reverse=True,
    )  # fmt: skip
    if scored[0][0] < names.wanted or (len(scored) > 1 and scored[0][0] == scored[1][0]):
        return None
    return scored[0][1]


def _bare(names: Names, words: Text, span: Span) -> str | None:
    """A mention that is a ticker and nothing else, in a text that is not all capitals: "NVDA up 4%"."""
    token = words.text[span.start : span.end].strip("$()<> ")
    if words.shouted or not token.isascii() or token.upper() != token or len(token) < 2:
        return None
    return names.listings.get(("", bare(token)))
