"""A name as it is compared: its words without case, accents, points, titles and legal forms, and what was taken away.

"Deutsche Bank AG", "DEUTSCHE BANK", "the Deutsche Bank's"  -> base "deutschebank", with or without the form "ag"
"J.P. Morgan", "JPMorgan"                                   -> base "jpmorgan"
"Ms Angela Merkel", "Merkel, Angela"                        -> given ("angela",), surname "merkel"
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from headwater.names import LEGAL, plain

__all__ = ["PEOPLE", "Firm", "Person", "gender_before", "is_acronym", "read_firm", "read_person", "shown"]

PEOPLE = frozenset({"PER", "PERSON", "PERS", "PEOPLE", "NAME"})  # types whose names are people's
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
WHOLE = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")  # of people: Jean-Claude is one name
POSSESSIVE = re.compile(r"['’][sS]?$")
FORMS = LEGAL | frozenset(
    "aktiengesellschaft aps bv company eg ev kg lllp lp llp oy ohg pjs pte pty sas sarl sl".split()
)
SAME = {"incorporated": "inc", "corporation": "corp", "limited": "ltd", "company": "co", "aktiengesellschaft": "ag"}
WEAK = frozenset({"group", "holding", "holdings"})  # they stand beside any legal form
SMALL = frozenset("of and the for de la le du des der die das del di da y et und von e".split())
MALE = frozenset("mr mister sir lord herr monsieur m".split())
FEMALE = frozenset("mrs ms miss lady dame frau madame mme".split())
TITLES = MALE - {"m"} | FEMALE | frozenset(
    "dr prof professor president chancellor minister senator judge justice captain general rev king queen prince princess pope".split()
)  # fmt: skip
SUFFIXES = frozenset("jr sr ii iii iv phd md esq cfa qc kc mbe obe".split())
PARTICLES = frozenset("von van der den de da di du dos del della la le ter ten bin ibn al el af av zu zur".split())
BEFORE = re.compile(r"(?<![^\W_])([^\W\d_]{1,8})\.?\s+$")


@dataclass(frozen=True)
class Firm:
    """A name of anything but a person. `initials` are all that an acronym of it may be."""

    base: str
    forms: frozenset[str] = frozenset()
    initials: frozenset[str] = frozenset()
    words: int = 1


@dataclass(frozen=True)
class Person:
    """A person's name; `given` holds names and initials, without the surname. A name of one word is a surname."""

    given: tuple[str, ...]
    surname: str
    gender: str = ""

    def fits(self, other: "Person") -> bool:
        """Whether this may be a shorter way to write the fuller name `other`, of the same surname.

        Given names agree in their order, an initial with a name; those that are missing here count for nothing, but the first.
        """
        if self.gender and other.gender and self.gender != other.gender:
            return False
        if not self.given:
            return True
        if not other.given or not _agree(self.given[0], other.given[0]):
            return False
        rest = list(other.given[1:])
        for name in self.given[1:]:
            while rest and not _agree(name, rest[0]):
                rest.pop(0)
            if not rest:
                return False
            rest.pop(0)
        return True


def _agree(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[:1] == other[:1])


def shown(words: str) -> str:
    """A name as it is listed: on one line, without a possessive's end.

    >>> shown("Deutsche\\n Bank's")
    'Deutsche Bank'
    """
    return POSSESSIVE.sub("", " ".join(words.split())) or words


@lru_cache(maxsize=50_000)
def read_firm(words: str) -> Firm:
    """The name of a firm, place or thing."""
    keys = [plain(word) for word in WORD.findall(shown(words).replace(".", ""))]
    start = 1 if len(keys) > 1 and keys[0] == "the" else 0
    end = len(keys)
    while end > start + 1 and (keys[end - 1] in FORMS or (keys[end - 1] == "and" and end - start > 2)):
        end -= 1
    forms = frozenset(SAME.get(key, key) for key in keys[end:]) - WEAK - {"and"}
    core = [key for key in keys[start:end] if key != "and"] or keys
    large = "".join(key[0] for key in core if key not in SMALL)
    every = "".join(key[0] for key in keys[start:end])
    whole = "".join(
        key[0] for key in keys[start:] if key not in SMALL
    )  # with the legal form: "SAS Institute Inc" is no SI alone
    initials = frozenset(one for one in (large, every, whole) if len(one) > 1) if len(core) > 1 else frozenset()
    return Firm("".join(core) or plain(words), forms, initials, len(keys))


@lru_cache(maxsize=50_000)
def read_person(words: str, gender: str = "") -> Person:
    """The name of a person; `gender` is "m" or "f" where a title before it says so."""
    text = shown(words).replace(".", " ")
    last, comma, first = text.partition(",")
    if comma and WHOLE.search(first) and plain(first.strip()) not in SUFFIXES:
        text = f"{first} {last}"
    parts = [plain(part) for part in WHOLE.findall(text)]
    while len(parts) > 1 and parts[0] in TITLES:
        title = parts.pop(0)
        gender = "m" if title in MALE else "f" if title in FEMALE else gender
    while len(parts) > 1 and parts[-1] in SUFFIXES:
        parts.pop()
    cut = next((place for place, part in enumerate(parts[:-1]) if part in PARTICLES), len(parts) - 1)
    return Person(tuple(parts[:cut]), " ".join(parts[cut:]) if parts else plain(words), gender)


def gender_before(text: str, start: int) -> str:
    """The gender that the title right before a name tells, "" where there is none: models leave "Ms" out of the span."""
    match = BEFORE.search(text, max(0, start - 12), start)
    title = plain(match[1]) if match and match[1][0].isupper() else ""
    return "m" if title in MALE - {"m"} else "f" if title in FEMALE else ""


def is_acronym(words: str) -> bool:
    """Whether a name could be another's initials: 2 to 6 letters, at least two of them large: DB, U.S., BoE.

    >>> is_acronym("DB"), is_acronym("U.S."), is_acronym("Shell")
    (True, True, False)
    """
    bare = shown(words).replace(".", "")
    return 2 <= len(bare) <= 6 and bare.isalpha() and sum(letter.isupper() for letter in bare) >= 2
