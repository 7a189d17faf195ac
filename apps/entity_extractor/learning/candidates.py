"""Stretches of a text that may be a mention of something: runs of capitalised words, numbers, and short runs of content words.

Nobody has to say what the new type is, so all that could be a noun phrase is given; what learns from examples chooses.
"""

from collections.abc import Iterator, Sequence

from headwater.text import clean, words

__all__ = ["LONGEST", "candidates"]

LONGEST = 8  # words of a candidate, however long the examples are
JOINS = frozenset(
    "of the and for de la du des der von van & - ' ’ . : /".split()
)  # inside a name: Game of Thrones, AT&T
# Words at which no noun phrase begins or ends.
STOP = frozenset(
    "a about after again all also am an and any are as at be because been before being but by can cannot could did do does"
    " doing don down for from get gets go goes going gonna got had has have having he her here hers him his how i if im in"
    " into is isn it its just know let like ll lol m made make makes may me might more most much must my need no nor not now"
    " of off oh ok on one only or other our out over own re really s said same say says see she should so some still such t"
    " take than that the their them then there these they this those to too try u under until up us use ve very via want"
    " wants was way we well were what when where which while who why will with won would yes yet you your".split()
)
Place = tuple[int, int]


def candidates(text: str, longest: int = LONGEST) -> list[Place]:
    """Places that may be mentions, in order: at most `longest` words (up to LONGEST) each; they overlap.

    >>> text = "we saw Game of Thrones"
    >>> [text[start:end] for start, end in candidates(text, 3)]
    ['saw', 'saw Game', 'Game', 'Game of Thrones', 'Thrones']
    """
    edges = words(clean(text))
    said = [text[start:end] for start, end in edges]
    found = {
        (edges[start][0], edges[end - 1][1])
        for start in range(len(edges))
        for end in _ends(said, edges, start, min(longest, LONGEST))
    }
    return sorted(found)


def _ends(said: Sequence[str], edges: Sequence[Place], start: int, longest: int) -> Iterator[int]:
    """Where a candidate that begins at word `start` may end."""
    if not _content(said[start]):
        return
    capitals = _capital(said[start])
    for end in range(start + 1, min(len(said), start + longest) + 1):
        word = said[end - 1]
        if end - 1 > start and not _content(word):
            # A small word goes on a run of capitals, and a sign only what is written together: AT&T, U.S, low-cost.
            together = edges[end - 2][1] == edges[end - 1][0]
            if word.lower() not in JOINS or not (capitals or together):
                return
            continue
        capitals = capitals and _capital(word)
        yield end


def _content(word: str) -> bool:
    short_name = word.isupper() and len(word) <= 2 and word not in ("A", "I")  # US, IT, the T of AT&T
    return any(sign.isalnum() for sign in word) and (short_name or word.lower() not in STOP)


def _capital(word: str) -> bool:
    return any(sign.isupper() for sign in word) or word[0].isdigit()
