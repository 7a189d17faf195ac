"""Words of names as they are compared: folded, without the possessive, and which of them say little alone."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "COMMON",
    "GENERIC",
    "PARTICLES",
    "UNSPACED",
    "WORD",
    "Word",
    "bare",
    "fold",
    "inflected",
    "unspaced",
    "words",
]

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")  # "_" parts words: liam_oconnell.pdf
POSSESSIVE = re.compile(r"(?<=\w)(?:['’]s|(?<=s)['’])$", re.IGNORECASE)
# Endings of names in English, German, Polish, Czech and Finnish: Merkels, Nowaka, Nowakiem, Novákovi, Virtasen's like.
ENDINGS = frozenset("s es n en a u e i em om ie iem owi ovi in ssa sta lle".split())
UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff"  # no spaces between words

PARTICLES = frozenset(
    """the and for von van der den del della di da de la le el al bin ibn ben san santa mac dos das du ter ten zu zur
    mr mrs ms miss mx dr prof sir lady lord madam rev herr frau monsieur madame mme senor senora signor signora
    jr sr phd esq dear hello hi hey best kind regards thanks thank yours""".split()
)
# English words that are given or family names too: alone they are taken only where they are written as a name.
COMMON = frozenset(
    """able angel art baker banks barber bear bell berry best bill bird bishop black blue bond brook brooks brown bush
    butler carpenter case chance chase christian church clay cliff cole cook cross day dean drew duke earl early east
    faith field fields fisher forest fox frank franklin gene glen grace grant gray green grey guy hall harmony heath
    heather hill holly home honor hope hunt hunter iris ivy jack jade jasmine jean joy june key king knight lance lane
    lily little long love major march mark marks may miles mills mercy mine moon moore more moss nick noble north oak
    olive page park parker parks patience pearl penny pepper pike piper pool poppy porter potter power price pride
    prince queen ray read reed rich rob robin rock rod rose ruby rush sage sally sandy savage sharp short singer skip
    sky small smart smith snow south spring stand star sterling stone strong sue summer sweet taylor terry trinity true
    turner van vic victor violet walker wall ward waters way weaver webb well wells west white wild will winter wise
    wolf wood woods worth young""".split()
)
# What half of all firms, streets and places are called: never taken alone for a place or an organisation.
GENERIC = frozenset(
    """academy agency air airport airways allee america american asia associates association authority avenue bank bay
    beach board boulevard bridge british building capital care centre center central chapel city clinic close college
    committee common community company consulting corporation corp council county court crescent department district
    drive east eastern energy estate europe european farm federal finance financial first flat foundation france garden
    gardens general german germany global gmbh gold government grand great group health heights high hospital hotel
    house housing india industries institute insurance international island italy kingdom lake lane law legal library
    limited line llc logistics london ltd main market media medical ministry mount mountain municipal museum mutual
    national nations network new northern office old online park parish partners place plaza police port post practice
    primary public rail railway republic research river road royal saint school sea second secondary security service
    services shop society software solutions southern spain square staff state states station store street studio
    superior surgery system systems team technologies technology telecom terrace tower town trade transport trust
    union united university upper valley view villa village wales water western white works world york""".split()
)


@dataclass(frozen=True)
class Word:
    """A word of a text at `start` to `end`, without its possessive, and folded."""

    start: int
    end: int
    folded: str


def fold(word: str) -> str:
    """A word without case, accents and apostrophes.

    >>> fold("O’Connéll")
    'oconnell'
    """
    signs = unicodedata.normalize("NFKD", word.casefold())
    return "".join(sign for sign in signs if sign.isalnum())


def bare(text: str) -> str:
    """A name without its possessive ending.

    >>> bare("Ann's"), bare("James'")
    ('Ann', 'James')
    """
    return POSSESSIVE.sub("", text)


def words(text: str) -> Iterator[Word]:
    """The words of a text in order; hyphens, dots and underscores part them."""
    for match in WORD.finditer(text):
        word = bare(match[0])
        yield Word(match.start(), match.start() + len(word), fold(word))


def inflected(word: str, name: str) -> bool:
    """Whether a folded word is a folded name of four letters or more with an ending.

    >>> inflected("merkels", "merkel"), inflected("merkelite", "merkel")
    (True, False)
    """
    return len(name) >= 4 and word.startswith(name) and word[len(name) :] in ENDINGS


def unspaced(text: str) -> bool:
    """Whether a text is of a script that puts no spaces between words (Chinese, Japanese, Thai and their like)."""
    return re.search(f"[{UNSPACED}]", text) is not None
