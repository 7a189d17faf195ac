"""What a text is about, as far as two texts can differ in it: who, when, how much, and which way.

No model and no table: capitals, digits and short lists of words. It is for keeping apart what reads alike ("Shell raises
its dividend", "BP raises its dividend"), so where it cannot tell it says nothing.
"""

import itertools
import re
from dataclasses import dataclass
from functools import lru_cache

from sentiment_monitor.stories.words import WORD, is_update, plain, shingles, stripped

__all__ = ["Facts", "facts_of"]

LEAD = 12  # words: a headline names its company early
HEAD = 200  # characters in which a direction is looked for: further on it is another thing's
SCALES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "million": 1e6, "bn": 1e9, "bln": 1e9, "billion": 1e9,
    "trillion": 1e12, "tn": 1e12, "%": 0, "pct": 0, "percent": 0, "per cent": 0,
}  # fmt: skip
NUMBER = re.compile(
    r"(?<![\w.,/-])[-+]?[£$€¥₹]?(?P<value>\d[\d,]*(?:\.\d+)?)[\s-]?(?P<scale>%|(?:pct|per ?cent|k|mn|mln|million|bn|bln|billion|tn|trillion|thousand|m)\b)?(?![\w/])",
    re.IGNORECASE,
)
INDEX = re.compile(r"\b[A-Z][\w&]*\s$")
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
QUARTER = re.compile(r"\b(?:q([1-4])|([1-4])q|(first|second|third|fourth|1st|2nd|3rd|4th)[\s-](?:quarter|qtr))\b", re.I)
HALF = re.compile(r"\b(?:h([12])|(first|second|1st|2nd)[\s-]half)\b", re.I)
SPAN = re.compile(
    r"\b((?:three|six|nine|3|6|9)[\s-]months?|9\s?mths?|half[\s-]year|full[\s-]year|annual|yearly)\b", re.I
)
ORDINALS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "1st": "1", "2nd": "2", "3rd": "3", "4th": "4"}
MONTHS = "january february march april may june july august september october november december".split()
MONTH = re.compile(
    rf"\b({'|'.join(f'{m[:3].title()}(?:{m[3:]})?' for m in MONTHS)})\b|\b({'|'.join(m[:3].upper() for m in MONTHS)})\b"
)
DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
DAY = re.compile(rf"\b({'|'.join(DAYS)})\b", re.I)
UP = frozenset(
    "up rise rises rose risen rising raise raises raised gain gains gained jump jumps jumped surge surges surged climb climbs climbed "
    "soar soars soared higher increase increases increased upgrade upgrades upgraded rally rallies rallied rebound rebounds rebounded "
    "lift lifts lifted grew grows advance advances advanced leapt leap leaps hike hikes hiked beat beats".split()
)
DOWN = frozenset(
    "down fall falls fell fallen falling drop drops dropped decline declines declined cut cuts lower lowers lowered slump slumps "
    "slumped plunge plunges plunged tumble tumbles tumbled decrease decreases decreased downgrade downgrades downgraded slide slides "
    "slid sink sinks sank shrank slip slips slipped lose loses lost miss misses missed slash slashes slashed reduce reduces reduced".split()
)
# Words with a capital that name nobody in particular.
COMMON = frozenset(
    "the a an and or of in on at to for by as with from after over its it he she we i if is are was were will has have had no not but why how what "
    "when who this that these those some all new more most one two three first second third fourth update wrapup shares stocks stock bank banks group "
    "corp inc co ltd plc ag sa nv company companies holdings financial international industries u.s us uk eu u.k america american british euro "
    "europe european london york new wall street asia asian china chinese japan japanese german germany france french investors analysts chief "
    "executive ceo cfo board markets market oil gold dollar yen sterling mr mrs ms dr north south east west federal national central "
    "quarter year q1 q2 q3 q4 h1 h2 reuters reuter it's today here there reports report says said sees posts net profit shr vs revs".split()
) | frozenset(MONTHS) | frozenset(m[:3] for m in MONTHS) | frozenset(DAYS)  # fmt: skip
BRACKET = re.compile(r"[<(][A-Z][^<>()]*[>)]")
OPENING = re.compile(r"[.!?:;\n][\s\"'”)]*$")  # before the first word of a sentence that is not the first
NAME = re.compile(r"\$[A-Z][A-Z.]{0,5}\b|\b[A-ZÀ-Þ][\w&.'’-]*\w|\b[A-Z]\b")


@dataclass(frozen=True)
class Facts:
    """What is compared of a text. `periods` by kind (quarter, month, ...); `way` 1 up, -1 down, 0 none."""

    fingerprint: str
    words: frozenset[str]
    shingles: frozenset[str]
    lead: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    periods: tuple[tuple[str, frozenset[str]], ...]
    way: int
    update: bool


@lru_cache(maxsize=4096)
def facts_of(text: str) -> Facts:
    """What is compared of a text; of a long one, of its beginning."""
    said = stripped(text)
    words = WORD.findall(said.casefold())
    names = _names(said)
    lead = frozenset(names[: _within(said, names)]) or frozenset(names[:1])
    return Facts(
        " ".join(words) or text.strip(), frozenset(words), shingles(words), lead, frozenset(names), _numbers(said),
        _periods(said), _way(said), is_update(text),
    )  # fmt: skip


def _names(said: str) -> list[str]:
    """Lower-cased names in their order: words with a capital, other than those that begin a later sentence by themselves."""
    head, _, body = said.partition("\n")
    if head.isupper():
        return _names_in_capitals(head, body)
    found = []
    for match in NAME.finditer(said):
        name = match[0].lstrip("$").removesuffix("'s").removesuffix("’s")
        alone = not name.isupper() and not NAME.match(said, match.end() + 1)
        if name.casefold() not in COMMON and not (
            alone and OPENING.search(said[max(0, match.start() - 4) : match.start()])
        ):
            found.append(name.casefold())
    return found


def _names_in_capitals(head: str, body: str) -> list[str]:
    """Names of a headline all in capitals: what stands in or before its brackets ("GENERAL MOTORS <GM>"), or else what its
    body writes with a capital, or else its words up to the first that moves or counts ("SHELL RAISES").
    """
    bracket = BRACKET.search(head)
    words = [word for word in plain(head) if word not in COMMON and word not in UP | DOWN]
    named = {part for name in _names(body) for part in re.split(r"\W+", name)} if body and not body.isupper() else set()
    if bracket:
        named = set(plain(head[: bracket.end()]))
    if not named.intersection(words):
        named = set(itertools.takewhile(lambda word: word not in UP | DOWN and word[0].isalpha(), plain(head)[:3]))
    return [word for word in words if word in named and not word[0].isdigit()]


def _within(said: str, names: list[str]) -> int:
    """How many of the names stand among the first `LEAD` words."""
    first = " ".join(said.split()[:LEAD]).casefold()
    return sum(name in first for name in dict.fromkeys(names))


def _numbers(said: str) -> frozenset[str]:
    """Amounts, alike however they are written; years, names' numbers and small ones without a unit tell nothing.

    >>> sorted(_numbers("S&P 500 up 3.50 pct to £48m in 2026, 2 years; 48 million"))
    ['3.5%', '48000000']
    """
    found = set()
    for match in NUMBER.finditer(said):
        scale = re.sub(r"^percent$|^pct$", "%", (match["scale"] or "").lower())
        value = float(match["value"].replace(",", ""))
        if SCALES.get(scale) == 0:
            found.add(f"{value:g}%")
        elif scale or "." in match["value"] or (value > 31 and not _in_a_name(said, match)):
            found.add(f"{value * SCALES.get(scale, 1):.12g}")
    return frozenset(found)


def _in_a_name(said: str, match: re.Match[str]) -> bool:
    """Whether a whole number is a year, or part of a name: "S&P 500", "Nifty 50"."""
    named = match["value"].isdigit() and INDEX.search(said[max(0, match.start() - 12) : match.start()])
    return bool(named or YEAR.fullmatch(match["value"]))


def _periods(said: str) -> tuple[tuple[str, frozenset[str]], ...]:
    kinds = {
        "quarter": {ORDINALS.get(part.lower(), part) for found in QUARTER.findall(said) for part in found if part},
        "half": {ORDINALS.get(part.lower(), part) for found in HALF.findall(said) for part in found if part},
        "span": {found.lower().replace("-", " ") for found in SPAN.findall(said)},
        "month": {part.lower()[:3] for found in MONTH.findall(said) for part in found if part},
        "day": {found.lower() for found in DAY.findall(said)},
        "year": set(YEAR.findall(said)),
    }
    return tuple((kind, frozenset(values)) for kind, values in kinds.items() if values)


def _way(said: str) -> int:
    """Which way the first word goes that goes any way: what follows is often why."""
    words = re.findall(r"[a-z]+", said[:HEAD].split("\n", 1)[0].casefold())
    return next(((word in UP) - (word in DOWN) for word in words if word in UP or word in DOWN), 0)
