"""Where a message may hold several questions, and where it does.

`split_questions` cuts generously: at sentences, lines, the marks of a list, and before "also" or "and how". `grouped` then
puts together again what is one story, by what the classifier says of every run of neighbouring pieces: a cut stands
only where the runs on both sides are confidently different intents. An in-scope intent at `SURE` is confident; where
nothing but the end of a sentence parts the pieces, at `STORY`, since sentences of one story often look like intents of their own
("My payment was declined. Is my card working?"). Two intents are different only if neither side finds the other's at
all likely. A piece that goes on about the one before ("It swallowed my card", "What now?") is not parted from it, unless "also" or the mark of a list does. Where "also", "and", lines or
marks part some questions, the ends of sentences do not.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from support_chatbot.counting import count_words

__all__ = ["MOST", "grouped", "runs", "split_questions"]

MOST = 4  # pieces of a message that may be questions: ten runs of neighbours at most
SURE, STORY, DOUBT = 0.4, 0.85, 0.1
Span = tuple[int, int]
Top = tuple[tuple[str, float], ...]

ABBREVIATIONS = r"(?<!\bno)(?<!\bref)(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bmr)(?<!\bmrs)(?<!\bms)(?<!\bdr)(?<!\bst)(?<!\bu\.s)(?<!\bu\.k)(?<!\bapprox)(?<!\bacc)(?<!\bvs)"
ASKS = r"(?:how|what|why|when|where|which|who|can|could|do|does|did|is|are|will|would|should|may)"
ALSO = (
    r"(?:(?:and|but|oh|ok|plus|then)[\s,]+)*(?:also|additionally|furthermore|besides(?: that)?|plus|secondly|thirdly|second(?:ly)?(?= question|[,:])|"
    r"(?:on )?another (?:thing|question|issue|problem|note|one|matter)(?: is)?|one more (?:thing|question)|(?:my )?(?:second|other|next|last) (?:question|issue|problem|thing)(?: is)?|"
    r"apart from that|in addition|separately|by the way|btw|p\.?s\.?|on top of that|and then|while i'm here|while we're at it)(?![^\W_])[\s,:.–-]*"
)
MARK = r"(?:(?:[1-9][.)]|\([1-9a-d]\)|[a-d]\)|[-•*–])[ \t]+)"
CUT = re.compile(
    rf"(?:(?:{ABBREVIATIONS}\.+|[?!;…。？！]+)[\"'”’)]*(?:\s+|(?<=[。？！])|(?=[A-Z])(?<=[?!]))|[ \t]*\n+\s*)(?:{MARK})?(?:{ALSO}|and[\s,]+)?"
    rf"|[\s,]+(?:{MARK.replace('[-•*–]', '(?!)')})(?:{ALSO})?"
    rf"|[\s,]+{ALSO}"
    rf"|\s*,?\s+(?:and|or|but)\s+(?={ASKS}\s+(?:i|you|we|my|the|there|it|do|can|is|are|does|much|long|many)\b)",
    re.IGNORECASE,
)
FIRST = re.compile(rf"\s*(?:{MARK})?(?:first(?:ly| of all)?[,:]\s*)?", re.IGNORECASE)
STRONG = re.compile(rf"{ALSO}|{MARK}|\n|^\W*and\b|\band\s+$", re.IGNORECASE)
EXPLICIT = re.compile(rf"{ALSO}|{MARK}", re.IGNORECASE)
# A piece that leans on the one before it.
LEANS = re.compile(
    r"\W*(?:it|it's|its|this|that|that's|they|them|these|those|he|she|so|because|but|however|then|what now|what (?:should|can|do|shall) (?:i|we) do|why(?: is that| is this| not)?\W*$|"
    r"how come\W*$|please|can you (?:please )?(?:help|check|explain|look|tell me (?:why|what))|could you (?:please )?(?:help|check|explain|look)|help|any (?:idea|help)|is (?:this|that|it)|was (?:this|that|it)|what(?:'s| is) (?:going on|happening|wrong|this|that|the (?:problem|issue))|"
    r"why (?:is|was|did|does|would|has|hasn't|isn't|wasn't|didn't) (?:it|this|that)|how (?:can|do|should) i (?:fix|solve|resolve|do (?:this|that|it)|get it)|i (?:need|want) (?:it|this|that|help))\b|\W*(?:help|why)\W*$",
    re.IGNORECASE,
)
# What a piece speaks of, by name or by a pronoun: one that begins with a pronoun means what was named before.
SPOKEN = re.compile(
    r"\b(?:(?P<pronoun>it|them|this|that|these|those|one|do so|from here)(?=\W*$|[?.!,;]|\s+(?:be|been|to|at|by|from|with|in|on|for|as|come|arrive|work|take(?! to)|happen\w*|again|back|now|still|here|so|and|get|got|is|was|has|money|transaction|transfer|payment|charge|fee|problem|issue|card)\b)|"
    r"(?P<noun>\w*cards?|money|transfers?|transferr\w+|payments?|account|pin|cash|atms?|fees?|charges?|charged|top(?:ping|ped)?[ -]?ups?|exchange|rates?|refund|phone|app|balance|deposit\w*|transactions?|cheque|identity|passcode|currenc\w+|withdraw\w*|purchase\w*|debit\w*|visa|address|name|funds))\b",
    re.IGNORECASE,
)
EXPLETIVE = re.compile(
    r"\b(?:is it (?:possible|ok|okay|normal|safe)|(?:does|will|would|should|did) it (?:take|cost)|it (?:takes|costs|possible))\b",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W_]+")


def split_questions(text: str) -> list[Span]:
    """Pieces that may be questions of their own, as (start, end), without what joins them; at most MOST.

    The last piece takes in all that is beyond. A text without any word has none.

    >>> text = "My card was stolen. Also, how do I change my address?"
    >>> [text[start:end] for start, end in split_questions(text)]
    ['My card was stolen.', 'how do I change my address?']
    """
    first = FIRST.match(text)
    pieces, begin = [], first.end() if first else 0
    for cut in CUT.finditer(text, begin):
        signs = re.match(r"\s*[^\w\s,(•*–-]+", cut[0])  # the signs that close a sentence belong to it
        end = cut.start() + (len(signs[0]) if signs else 0)
        if len(pieces) == MOST - 1:
            break
        if count_words(text[begin:end]) < 2 or not WORD.search(text, cut.end()):
            continue
        pieces.append((begin, end))
        begin = cut.end()
    pieces.append((begin, len(text)))
    trimmed = [_trimmed(text, *piece) for piece in pieces]
    return _told(text, [(start, end) for start, end in trimmed if WORD.search(text, start, end)])


def _told(text: str, pieces: Sequence[Span]) -> list[Span]:
    """The pieces joined where no classifier is needed to say that they are one."""
    marked = [_marked(text, *pair) for pair in pairwise(pieces)]
    joined = list(pieces[:1])
    for one, other, mark in zip(pieces, pieces[1:], marked, strict=False):
        leaning = _leans(text[slice(*other)]) and not EXPLICIT.search(text[one[1] : other[0]])
        if leaning or (any(marked) and not mark):
            joined[-1] = (joined[-1][0], other[1])
        else:
            joined.append(other)
    return joined


def runs(pieces: Sequence[Span]) -> list[Span]:
    """Every run of neighbouring pieces as the characters from its first to its last, the whole message first.

    >>> runs([(0, 5), (6, 9)])
    [(0, 9), (0, 5), (6, 9)]
    """
    found = [(pieces[i][0], pieces[j][1]) for i in range(len(pieces)) for j in range(i, len(pieces))]
    return sorted(found, key=lambda run: (run[0] - run[1], run[0]))


def grouped(text: str, pieces: Sequence[Span], tops: Mapping[Span, Top], outside: str | None) -> list[Span]:
    """The questions of a message: the finest way to put the pieces together in which every cut stands.

    `tops` has the likeliest intents of every run; `outside` is the label of what is out of scope. Of several ways with as
    many questions the one that is least in doubt is taken.
    """
    whole = (pieces[0][0], pieces[-1][1])
    best, best_score = [whole], (1, 0.0)
    for number in range(1, 2 ** (len(pieces) - 1)):
        ways = _way(pieces, number)
        if all(_stands(text, one, other, tops, outside) for one, other in pairwise(ways)):
            labels = [tops[way][0][0] for way in ways]
            score = (len(ways), min(tops[way][0][1] for way in ways))
            if len(set(labels)) == len(labels) and score > best_score:
                best, best_score = ways, score
    return best


def _way(pieces: Sequence[Span], number: int) -> list[Span]:
    """The pieces joined into runs, cut where the bits of `number` say."""
    ways = [pieces[0]]
    for place, piece in enumerate(pieces[1:]):
        if number >> place & 1:
            ways.append(piece)
        else:
            ways[-1] = (ways[-1][0], piece[1])
    return ways


def _stands(text: str, one: Span, other: Span, tops: Mapping[Span, Top], outside: str | None) -> bool:
    least = SURE if _marked(text, one, other) else STORY
    (first, sure), (second, certain) = tops[one][0], tops[other][0]
    if outside in {first, second} or min(sure, certain) < least:
        return False
    return dict(tops[one]).get(second, 0.0) < DOUBT and dict(tops[other]).get(first, 0.0) < DOUBT


def _marked(text: str, one: Span, other: Span) -> bool:
    """Whether more than the end of a sentence parts the two: a line, a mark of a list, "also" or "and"."""
    return bool(STRONG.search(text[one[1] : other[0]]))


def _leans(piece: str) -> bool:
    """Whether a piece goes on about the one before it."""
    if LEANS.match(piece):
        return True
    spoken = SPOKEN.search(EXPLETIVE.sub(" ", piece))
    return bool(spoken and spoken["pronoun"])


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and (text[start].isspace() or text[start] in ",;"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] == ","):
        end -= 1
    return start, end
