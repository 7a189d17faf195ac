"""How much of a text is about a company, and what it says of it where it is named more than once."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from headwater.sentences import Edges
from sentiment_monitor.news import Mention

__all__ = ["PLACE", "REACH", "VOICE", "said_of", "weigh"]

PLACE, REACH, VOICE = 0.4, 0.3, 0.3  # weights: named in the title, share of sentences, share of mentions
BELOW = 0.5  # of a name's place where the title has it not, falling to 0 at the end of the text


def weigh(mentions: Sequence[Mention], sentences: Sequence[Edges], title: int, length: int) -> tuple[Mention, ...]:
    """The mentions with their company's relevance, 0 to 1; what is linked to none of the table has 0.

    relevance = 0.4 x place + 0.3 x reach + 0.3 x voice. place: 1 where the title (the first `title` characters) names
    the company, else 0.5 x (1 - where it is first named / `length` of the text). reach: share of sentences that name it.
    voice: its share of all mentions of companies, those of no company of the table too.

    The weights are a choice, not a measurement: a headline's only company has 1, one of two in it 0.85.
    """
    starts: dict[str, list[int]] = {}
    for mention in mentions:
        if mention.company:
            starts.setdefault(mention.company, []).append(mention.start)
    scores = {company: _relevance(own, len(mentions), sentences, title, length) for company, own in starts.items()}
    return tuple(replace(mention, relevance=scores.get(mention.company or "", 0.0)) for mention in mentions)


def _relevance(starts: Sequence[int], mentions: int, sentences: Sequence[Edges], title: int, length: int) -> float:
    first = min(starts)
    place = 1.0 if first < title else BELOW * (1 - first / max(1, length))
    held = {bisect_right(sentences, start, key=lambda edges: edges[0]) for start in starts}
    return round(
        PLACE * place + REACH * min(1.0, len(held) / max(1, len(sentences))) + VOICE * len(starts) / mentions, 4
    )


def said_of(mentions: Sequence[Mention]) -> dict[str, Mention]:
    """Company -> the mention that speaks for it: of the polarity whose mentions' probabilities add up to most, the surest.

    Named twice as good news and once as bad, it is good news; the earlier polarity where two are level.
    """
    own: dict[str, dict[str, list[Mention]]] = {}
    for mention in mentions:
        if mention.company:
            own.setdefault(mention.company, {}).setdefault(mention.polarity, []).append(mention)
    out: dict[str, Mention] = {}
    for company, told in own.items():
        heaviest = max(told.values(), key=lambda group: sum(mention.probability for mention in group))
        out[company] = max(heaviest, key=lambda mention: mention.probability)
    return out
