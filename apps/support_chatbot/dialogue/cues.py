"""English words that steer a dialogue: of a question, a correction, a choice, a reference to what was said before."""

import re
from collections.abc import Sequence

__all__ = [
    "agrees",
    "asks",
    "choice_among",
    "corrects",
    "hesitates",
    "is_elliptical",
    "is_question",
    "negated",
    "other_than",
    "refuses",
    "skips",
    "words_of",
]

QUESTION = re.compile(
    r"(?:and |but |so |also |ok(?:ay)?,? |by the way,? |wait,? )*"
    r"(?:how|what|when|where|why|who|which|whose|can|could|do|does|did|is|are|was|will|would|should|may|am|have|has)\b(?!['’]t)",
    re.IGNORECASE,
)
AGREES = re.compile(r"\W*(?:yes+|yea+h*|yep|yup|please do)\b", re.IGNORECASE)
ASKS = re.compile(
    r"(?:and |but |so |ok(?:ay)?,? |wait,? )*(?:what|how|why|when|where|who)\b(?!['’]t| about)", re.IGNORECASE
)
# Words beside a yes that take it back, put it off or ask: "yes, later", "right, what did you say?", "fine, who are you".
HESITATES = re.compile(
    r"[?？]|\b(?:wait|later|yet|what|who|why|how|pardon|sorry|huh|repeat|again|questions?|help|understand|get (?:it|that)|mean)\b",
    re.IGNORECASE,
)
REFUSES = re.compile(
    r"(?:(?:no+|nope|please|stop|wait|actually|but|yes|ok|okay|oh)\b\W*)*(?:do not|don['’]?t|never)\b"
    r"(?! (?:know|understand|get|forget|mean|worry|have|remember|recall|think|see|want to (?:wait|lose)))",
    re.IGNORECASE,
)
NOT_BEFORE = re.compile(
    r"\b(?:not|isn'?t|wasn'?t|instead of|rather than|don'?t mean)(?: \w+'?s?)?\s*[£$€]?\s*$", re.IGNORECASE
)
CORRECTION = re.compile(
    r"\b(?:no|not|wrong|incorrect|sorry|actually|instead|i meant?|change|correct(?:ion)?|rather|mistake|typo)\b",
    re.IGNORECASE,
)
SKIP = re.compile(
    r"\W*(?:skip(?: (?:it|this|that))?|none|(?:i have |there is |there's )?no(?:ne| \w+)|no idea|not sure|(?:i )?(?:do not|don'?t) (?:know|have (?:it|one|that)|remember))\W*",
    re.IGNORECASE,
)
REFERENCE = re.compile(
    r"\b(?:it|its|that|this|they|them|those|these|one|then|there(?! (?:is|are|was|were)\b)(?!['’]s))\b", re.IGNORECASE
)
CONTINUES = re.compile(r"\W*(?:and|but|so|also|what about|how about|or)\b", re.IGNORECASE)
ORDINALS = (  # not "last Friday", "the other day", "two pounds"
    re.compile(
        r"\b(?:first|1st|former|upper)\b|\b(?:option|number) (?:one|1)\b|^\W*(?:the |option )?(?:a|one|1)\W*$",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:second|2nd|latter|lower)\b|\b(?:option|number) (?:two|2)\b|\bthe (?:last|other)(?: one)?\W*$"
        r"|^\W*(?:option )?(?:b|two|2|last|other)(?: one)?\W*$",
        re.IGNORECASE,
    ),
)
SHORT = 8  # words: what is longer says itself what it is about
FILLERS = frozenset(
    "a about an and are card do for how i in is it its me mean my of on one please the this to want what when why you your"
    .split()
)  # fmt: skip


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters.

    >>> words_of("The first one, I'd say.")
    ['the', 'first', 'one', "i'd", 'say']
    """
    return re.findall(r"\w+(?:['’]\w+)*", text.casefold())


def is_question(text: str) -> bool:
    """Whether a text has the shape of a question."""
    said = text.strip()
    return said.endswith(("?", "？")) or QUESTION.match(said) is not None


def asks(text: str) -> bool:
    """Whether a text asks for words, and not that something be done: "how", and neither "can you" nor "how about"."""
    return ASKS.match(text.strip()) is not None


def agrees(text: str) -> bool:
    """Whether a text begins with a yes."""
    return AGREES.match(text) is not None


def hesitates(text: str) -> bool:
    """Whether a yes is not clear: it asks, or puts off.

    >>> hesitates("yes, later"), hesitates("right?"), hesitates("yes please, thanks")
    (True, True, False)
    """
    return HESITATES.search(text) is not None


def refuses(text: str) -> bool:
    """Whether a text begins by forbidding: "no, don't close it".

    >>> refuses("No, don't close my account!"), refuses("I don't know"), refuses("don't know")
    (True, False, False)
    """
    return REFUSES.match(text.lstrip()) is not None


def is_elliptical(text: str) -> bool:
    """Whether a text is short and leans on what was said before it.

    >>> is_elliptical("And how much does it cost?"), is_elliptical("How much is a new card?")
    (True, False)
    """
    if len(words_of(text)) > SHORT:
        return False
    return CONTINUES.match(text) is not None or REFERENCE.search(text) is not None


def negated(before: str) -> bool:
    """Whether what follows these words is what the customer does not mean.

    >>> negated("no, not "), negated("it was ")
    (True, False)
    """
    return NOT_BEFORE.search(before) is not None


def corrects(text: str) -> bool:
    """Whether a text says that something is to be changed."""
    return CORRECTION.search(text) is not None


def other_than(text: str, label: str) -> bool:
    """Whether a text asks for the other of what `label` names.

    >>> other_than("no, the other card", "card"), other_than("the other day", "card")
    (True, False)
    """
    return (
        bool(label)
        and re.search(rf"\b(?:other|different|another)\s+{re.escape(label)}\b", text, re.IGNORECASE) is not None
    )


def skips(text: str) -> bool:
    """Whether a text is nothing but words for leaving a slot open."""
    return SKIP.fullmatch(text) is not None


def choice_among(text: str, titles: Sequence[str]) -> tuple[int, ...]:
    """Which of the titles a short answer means, by place or by words that only one of them has; none if unclear.

    >>> choice_among("the second one", ["When it arrives", "Linking a card"])
    (1,)
    >>> choice_among("linking", ["When it arrives", "Linking a card"])
    (1,)
    """
    said = words_of(text)
    if not said or len(said) > SHORT:
        return ()
    if "both" in said:
        return tuple(range(len(titles)))
    stems = [{_stem(word) for word in words_of(title)} - FILLERS for title in titles]
    meant = {_stem(word) for word in said} - FILLERS
    hits = [len(meant & own.difference(*(other for other in stems if other is not own))) for own in stems]
    most = max(hits, default=0)
    if most and hits.count(most) == 1:
        return (hits.index(most),)
    if len(said) > 4:
        return ()
    second = len(titles) > 1 and ORDINALS[1].search(text) is not None
    return (1,) if second else (0,) if titles and ORDINALS[0].search(text) else ()


def _stem(word: str) -> str:
    """A word less its commonest endings: "arrives", "arrived" and "arriving" are one."""
    return re.sub(r"(?:ing|ed|es|e|s|al)$", "", word) if len(word) > 4 else word
