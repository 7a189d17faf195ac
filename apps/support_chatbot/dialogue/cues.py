"""Words that steer a dialogue: of a question, a correction, a choice, a reference to what was said before. They are in cues.toml."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from support_chatbot.counting import HAN, count_words

__all__ = [
    "agrees",
    "asks",
    "choice_among",
    "corrects",
    "hesitates",
    "inquires",
    "is_elliptical",
    "is_question",
    "is_short",
    "negated",
    "other_than",
    "refuses",
    "skips",
    "turned_to",
    "turns_back",
    "words_of",
]

LANGUAGES = tuple(tomllib.loads(Path(__file__).with_name("cues.toml").read_text(encoding="utf-8")).values())
SHORT = 8  # words: what is longer says itself what it is about
CLOSE = 12  # words of a correction: what is longer is a story
LONGEST = 200  # characters of one: two thousand question marks would be tried in all ways
WORD = re.compile(rf"[{HAN}]|[^\W{HAN}]+(?:['’][^\W{HAN}]+)*")


def _said(cue: str) -> list[str]:
    """What the languages have for a cue."""
    return [words for language in LANGUAGES for words in language.get(cue, ())]


def _compiled(cue: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{words})" for words in _said(cue)) or r"(?!)", re.IGNORECASE)


QUESTION, ASKS, INQUIRES = _compiled("question"), _compiled("asks"), _compiled("inquires")
AGREES, HESITATES, REFUSES = _compiled("agrees"), _compiled("hesitates"), _compiled("refuses")
NOT_BEFORE, CORRECTION, TURNS_BACK = _compiled("not_before"), _compiled("corrects"), _compiled("turns_back")
SKIP, REFERENCE, CONTINUES = _compiled("skips"), _compiled("refers"), _compiled("continues")
ORDINALS, BOTH = (_compiled("first"), _compiled("second")), _compiled("both")
FILLERS = frozenset(_said("fillers"))
ENDING = re.compile(rf"(?:{'|'.join(_said('endings'))})$")


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters; in Chinese every sign.

    >>> words_of("The first one, I'd say.")
    ['the', 'first', 'one', "i'd", 'say']
    """
    return WORD.findall(text.casefold())


def is_question(text: str) -> bool:
    """Whether a text has the shape of a question."""
    said = text.strip()
    return said.endswith(("?", "？")) or QUESTION.match(said) is not None


def asks(text: str) -> bool:
    """Whether a text asks for words, and not that something be done: "how", and neither "can you" nor "how about"."""
    return ASKS.match(text.strip()) is not None


def inquires(text: str) -> bool:
    """Whether a text wants to know something, though it names what could be chosen.

    >>> (
    ...     inquires("Does the virtual card still work?"),
    ...     inquires("can you freeze it?"),
    ...     inquires("what about the other one"),
    ... )
    (True, False, False)
    """
    return INQUIRES.match(text.strip()) is not None


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
    if not is_short(text):
        return False
    return CONTINUES.match(text) is not None or REFERENCE.search(text) is not None


def negated(before: str) -> bool:
    """Whether what follows these words is what the customer does not mean.

    >>> negated("no, not "), negated("it was ")
    (True, False)
    """
    return NOT_BEFORE.search(before) is not None


def is_short(text: str) -> bool:
    """Whether a text has no more words than a choice needs."""
    return count_words(text) <= SHORT


def corrects(text: str) -> bool:
    """Whether a text says that something is to be changed."""
    return CORRECTION.search(text) is not None


def turns_back(text: str) -> bool:
    """Whether a text begins as a short correction of what was said before.

    >>> turns_back("sorry, I meant 40 pounds"), turns_back("no particular reason"), turns_back("fees were not clear")
    (True, False, False)
    """
    return len(text) <= LONGEST and count_words(text) <= CLOSE and TURNS_BACK.match(text) is not None


def turned_to(text: str) -> str:
    """What a correction puts in the place of what was said before; nothing where the text is no correction.

    >>> turned_to("No, sorry, I meant 40."), turned_to("40")
    ('40', '')
    """
    said = text
    while turns_back(said) and (turn := TURNS_BACK.match(said)) and turn.end():
        said = said[turn.end() :].strip(" ,.;:!–-")
    return said if said != text else ""


def other_than(text: str, label: str) -> bool:
    """Whether a text asks for the other of what `label` names.

    >>> other_than("no, the other card", "card"), other_than("the other day", "card")
    (True, False)
    """
    named = re.escape(label)
    return bool(label) and any(re.search(words.replace("%s", named), text, re.I) for words in _said("other_than"))


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
    if not said or not is_short(text):
        return ()
    if BOTH.search(text):
        return tuple(range(len(titles)))
    stems = [{_stem(word) for word in words_of(title)} - FILLERS for title in titles]
    meant = {_stem(word) for word in said} - FILLERS
    hits = [len(meant & own.difference(*(other for other in stems if other is not own))) for own in stems]
    most = max(hits, default=0)
    if most and hits.count(most) == 1:
        return (hits.index(most),)
    if count_words(text) > 4:
        return ()
    second = len(titles) > 1 and ORDINALS[1].search(text) is not None
    return (1,) if second else (0,) if titles and ORDINALS[0].search(text) else ()


def _stem(word: str) -> str:
    """A word less its commonest endings: "arrives", "arrived" and "arriving" are one."""
    return ENDING.sub("", word) if len(word) > 4 else word
