"""Whether a text says only what its quotes say: the check that a phrased reply must pass.

It is made to refuse: a reply refused costs style alone, since the quotes are given instead. What it cannot see is a lie in the same words about
the same thing ("before" for "after"), so it makes phrasing safer and not safe.
"""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import numpy as np

from headwater.sentences import sentences_of
from support_chatbot.retrieval.vectors import Embeds
from support_chatbot.turn import Quote

__all__ = ["BOUND", "claims", "unsupported"]

BOUND = 0.7  # least cosine of a sentence to some quoted one
LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]]+|[\w.+-]+@[\w-]+\.[\w.-]+|\b[\w-]+\.(?:com|org|net|co\.uk|io|cn|bank)\b\S*", re.I
)
NUMBER = re.compile(r"\d+(?:[ ,.:/-]?\d+)*")
NAME = re.compile(r"\b(?:[A-Z][\w&'’-]*[a-z0-9&][\w&'’-]*|[A-Z]{2,}s?)\b")
UNITS = re.compile(
    r"[£€$¥%‰]|\b(?:pounds?|euros?|dollars?|pence|yuan|per ?cent|minutes?|hours?|days?|weeks?|months?|years?|"
    r"GBP|EUR|USD|CNY|AER|APR|am|pm)\b|[元天年月周时]",
    re.I,
)
SAME = {
    "pound": "£",
    "gbp": "£",
    "euro": "€",
    "eur": "€",
    "dollar": "$",
    "usd": "$",
    "yuan": "¥",
    "cny": "¥",
    "percent": "%",
}
COUNTED = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90", "hundred": "100", "thousand": "1000"}
COUNTED |= dict(zip("一二三四五六七八九十", map(str, range(1, 11)), strict=True))
SPELT = re.compile(
    rf"\b(?:{'|'.join(key for key in COUNTED if key.isascii())})\b|[一二三四五六七八九十](?=[个天日年月周时元])", re.I
)
DATES = re.compile(
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|march|april|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|"
    r"dec(?:ember)?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|today|tomorrow|yesterday|weekends?)\b",
    re.I,
)
NEGATION = re.compile(
    r"\b(?:no|not|never|none|neither|nor|without|cannot|unless|except|only)\b|n['’]t\b|[不没無无未勿]|free of charge|\bfree\b",
    re.I,
)


def unsupported(text: str, quotes: Sequence[Quote], embedder: Embeds, bound: float = BOUND) -> str | None:
    """What in the text the quotes do not say; None where each of its sentences stands on one of them.

    A sentence stands on a quote if its numbers, amounts, dates, names and links are all there (title and link count), if the cosine of the two is at
    least `bound`, and if it denies as the quote denies. One quote must carry it whole: of two, each fact may be true and the sentence false.
    """
    sentences = [
        line[a:b]
        for line in text.splitlines()
        for a, b in sentences_of(line, lines=False)
        if re.search(r"\w", line[a:b])
    ]
    if not sentences or not quotes:
        return "it says nothing" if not sentences else "there is no quote to stand on"
    vectors = np.asarray(embedder.predict([*sentences, *(quote.text for quote in quotes)]))
    cosines = vectors[: len(sentences)] @ vectors[len(sentences) :].T
    for sentence, row in zip(sentences, cosines, strict=True):
        order = np.argsort(-row, kind="stable")
        faults = [_fault(sentence, quotes[place], float(row[place]), bound) for place in order]
        if all(faults):
            return faults[0]  # the nearest quote's: the others are even further off
    return None


def _fault(sentence: str, quote: Quote, cosine: float, bound: float) -> str | None:
    given = f"{quote.text}\n{quote.title}\n{quote.link}"
    missing = sorted(claims(sentence) - claims(given, names=False))
    missing = [claim for claim in missing if not re.search(rf"(?<!\w){re.escape(claim)}(?!\w)", given, re.IGNORECASE)]
    if missing:
        return f"its quote does not have {missing[0]!r}: {sentence!r}"
    if cosine < bound:
        return f"no quote is near to {sentence!r} (cosine {cosine:.2f}, expected {bound:.2f})"
    if _denials(sentence) != _denials(quote.text):
        return f"{sentence!r} denies what its quote says, or says what that denies"
    return None


def claims(text: str, *, names: bool = True) -> set[str]:
    """What in a text must be right to the letter: links, numbers, units, days and months, and names.

    >>> sorted(claims("It costs £1,250.00 by 3 May."))
    ['1250', '3', 'May', '£']
    """
    found = {link.rstrip(".,;:!?").lower() for link in LINK.findall(text)}
    bare = LINK.sub(" ", text)
    found |= {_number(number) for number in NUMBER.findall(bare)}
    found |= {COUNTED[word.lower()] for word in SPELT.findall(bare)}
    found |= {_unit(unit) for unit in UNITS.findall(bare)}
    found |= {date.lower() for date in DATES.findall(bare)}
    if names:
        # A sentence's first word has its capital from the sentence.
        found |= {
            name
            for match in NAME.finditer(bare)
            if _inside(bare, match.start()) and not DATES.fullmatch(name := match[0])
        }
    return found


def _inside(text: str, start: int) -> bool:
    return bool(re.search(r"\w\W*$", text[:start])) and not re.search(r"[.!?:]\s*$", text[:start])


def _number(text: str) -> str:
    """One number however it is written: 1,250.00 and 1250; sort codes and dates keep their marks."""
    try:
        return format(Decimal(text.replace(",", "").replace(" ", "")).normalize(), "f")
    except InvalidOperation:
        return text


def _unit(text: str) -> str:
    unit = text.lower().replace(" ", "").removesuffix("s")
    return SAME.get(unit, unit)


def _denials(text: str) -> int:
    """Whether a sentence denies: an odd number of denials, as 1."""
    return len(NEGATION.findall(text)) % 2
