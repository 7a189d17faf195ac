"""What a whole message is instead of a question: a greeting, thanks, yes, cancel, a wish for a person. The phrases are in acts.toml.

A message is an act only if nothing is left over: "cancel" is one, "cancel my transfer" is none. A wish for a person is
the exception, since angry messages hold more than the wish.
"""

import re
import tomllib
import unicodedata
from pathlib import Path

from support_chatbot.counting import HAN, count_words
from support_chatbot.turn import ACTS

__all__ = ["act_of", "edges"]

TABLE = tomllib.loads(Path(__file__).with_name("acts.toml").read_text(encoding="utf-8"))
EMOJI = TABLE.pop("emoji")
LANGUAGES = tuple(TABLE.values())
LONGEST = 120  # characters of words beyond which no message is an act alone
ANGRY = 2_000  # characters within which a wish for a person is looked for
RANKED = tuple(dict.fromkeys(name for language in LANGUAGES for name in language if name in ACTS))
WIDE = re.compile(r"([^\W\d_])\1{2,}")
WORDS = re.compile(r"[^\W_]+", re.UNICODE)


def _said(table: str, key: str) -> list[str]:
    """What the languages have under a key."""
    return [words for language in LANGUAGES for words in language.get(table, {}).get(key, ())]


def _any(table: str, key: str) -> str:
    return f"(?:{'|'.join(_said(table, key))})"


def _compiled(phrases: list[str]) -> re.Pattern[str]:
    """A phrase and the end of its last word: a space, the end of the text, or any Chinese sign."""
    return re.compile(rf"(?:{'|'.join(sorted(phrases, key=len, reverse=True))})(?:(?= |$)|(?<=[{HAN}]))")


SAY = {name: _compiled(_said(name, "say")) for name in RANKED}
FILLERS = _compiled(_said("fillers", "say"))
SOFT = re.compile(rf"{_any('soft', 'say')}(?: ?{_any('soft', 'say')})*")
WITHIN = [re.compile(rf"(?:\b|(?<=[{HAN}])){pattern}") for pattern in _said("human", "within")]
UNLESS = [re.compile(pattern) for pattern in _said("human", "unless")]


# A greeting before a question, thanks after it.
HELLO = re.compile(
    rf"\s*(?:{_any('hello', 'say')}(?: ?{_any('hello', 'whom')})?\s*(?:[,.!:–，。！：、-]+\s*|\n+|\s))+(?=\S)",
    re.IGNORECASE,
)
BYE = re.compile(
    rf"[\s,.!;–，。！；-]*(?<![^\W_]){_any('bye', 'say')}(?: ?{_any('bye', 'what')})*[\s.!。！\U0001f64f]*$",
    re.IGNORECASE,
)


def act_of(text: str) -> str | None:
    """One of turn.ACTS where the message is that and nothing else, None otherwise.

    >>> [act_of(text) for text in ("ok thank you so much!", "好的，谢谢", "no, the other card", "AGENT please")]
    ['thanks', 'thanks', None, 'human']
    """
    words = _words(text[:ANGRY])
    if words and len(words) <= LONGEST:
        act = _whole(words)
        if act:
            return act
    return "human" if _wants_person(words) else None


def edges(text: str, start: int, end: int) -> tuple[int, int]:
    """The part of a question between a greeting and thanks; the whole where two words at least would not be left.

    >>> edges("Hi, my card was stolen. Thanks!", 0, 31)
    (4, 23)
    """
    hello = HELLO.match(text[start:end])
    begin = start + hello.end() if hello else start
    thanks = BYE.search(text[begin:end])
    stop = begin + thanks.start() + _mark(thanks[0]) if thanks else end
    for first, last in ((begin, stop), (begin, end), (start, end)):
        if count_words(text[first:last]) >= 2:
            return first, last
    return start, end


def _mark(words: str) -> int:
    """How many of the signs that close the sentence before belong to it."""
    return 1 if words[:1] in tuple(".!。！") else 0


def _words(text: str) -> str:
    """Small words with single spaces: no signs, no accents, "hiiii" as "hii", emoji as their word."""
    for emoji, word in EMOJI.items():
        text = text.replace(emoji, f" {word} ")
    text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("'", "")
    return " ".join(WORDS.findall(WIDE.sub(r"\1\1", text)))


def _whole(words: str) -> str | None:
    """The first act whose phrases lay out all the words, together with fillers and phrases of later acts."""
    if SOFT.fullmatch(words):
        return "yes"
    found: set[str] = set()
    seen: dict[int, frozenset[str]] = {0: frozenset()}
    for place in range(len(words) + 1):
        if place not in seen or place == len(words):
            continue
        for name, pattern in (*SAY.items(), ("", FILLERS)):
            match = pattern.match(words, place)
            if match and match.end() > place:
                end = match.end() + (words[match.end() :][:1] == " ")
                acts = seen[place] | ({name} if name else frozenset())
                if end not in seen or _rank(acts) < _rank(seen[end]):
                    seen[end] = acts
    found = set(seen.get(len(words), ()))
    return next((name for name in RANKED if name in found), None)


def _rank(acts: frozenset[str]) -> tuple[int, int]:
    """Few acts explain a message better than many; a layout of fillers alone is the last."""
    return (len(acts) or 9, min((RANKED.index(name) for name in acts), default=len(RANKED)))


def _wants_person(words: str) -> bool:
    for pattern in WITHIN:
        for match in pattern.finditer(words):
            if not any(unless.search(words[: match.start()].rstrip()) for unless in UNLESS):
                return True
    return False
