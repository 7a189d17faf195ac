"""The language of an item, where it is sure: what is surely not English is not read, and a short headline with tickers is.

py3langid alone takes "Nokia Q3 EPS beats" for Dutch. So only what cannot be a name counts: words that are written small and
hold no digit (all words of a text in capitals). A sixth of them among those that hold English together, and it is English;
too few of them, and nothing is said.
"""

import re
import unicodedata
from functools import lru_cache
from threading import Lock

from py3langid.langid import MODEL_FILE, LanguageIdentifier

__all__ = ["language_of"]

NO_WORDS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[#$@]\w+")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
READ = 2_000  # characters; more say nothing new
FEW, SURE, SHARE, FOREIGN = 4, 0.9, 1 / 6, 0.5
ENGLISH = frozenset(
    """
    the a an and or but of to in on at by for with from as after amid over under into up down off out against between about than more less
    is are was were be been has have had will would could may might its it their his her this that these those which who what how why when not no new
    says said sees rises rose falls fell cuts cut raises raised hits beats misses shares stock profit sales loss deal buys sells set plans year quarter week
    first second third high low record growth rate bank oil price prices market markets chief amid higher lower
    """.split()
)
# Scripts that English is not written in, by the first word of a letter's Unicode name, and the language where there is one.
SCRIPTS = {
    "ARABIC": "ar", "BENGALI": "bn", "CJK": "zh", "CYRILLIC": "ru", "DEVANAGARI": "hi", "GREEK": "el", "HANGUL": "ko", "HEBREW": "he",
    "HIRAGANA": "ja", "KATAKANA": "ja", "TAMIL": "ta", "THAI": "th",
}  # fmt: skip
lock = Lock()


def language_of(text: str) -> str | None:
    """The ISO 639-1 code of a text's language, None where that is not sure. A script of several languages has its largest's.

    >>> (
    ...     language_of("Der Gewinn des Konzerns ist im dritten Quartal deutlich gestiegen"),
    ...     language_of("Nokia Q3 EPS EUR 0.06"),
    ... )
    ('de', None)
    """
    text = text[:READ]
    written = None if text.isascii() else _script(text)
    if written:
        return written
    shouted = text.upper() == text
    words = [word for word in WORD.findall(NO_WORDS.sub(" ", text)) if shouted or word.islower()]
    words = [word.casefold().replace("’", "'") for word in words]
    if sum(word in ENGLISH for word in words) >= max(1, SHARE * len(words)):
        return "en"
    if len(words) < FEW:
        return None
    with lock:
        language, probability = _identifier().classify(" ".join(words))
    return str(language) if probability >= SURE else None


def _script(text: str) -> str | None:
    """The language of a script that half of the letters are of; any kana is Japanese, whose other signs are Chinese too."""
    counts: dict[str, int] = {}
    letters = [sign for sign in text if sign.isalpha()]
    for letter in letters:
        if letter > "\u0250":
            language = SCRIPTS.get(unicodedata.name(letter, "?").split()[0].split("-")[0], "")
            counts[language] = counts.get(language, 0) + 1
    counts.pop("", None)
    if sum(counts.values()) < FOREIGN * len(letters) or not counts:
        return None
    return "ja" if counts.get("ja") else max(counts, key=lambda language: counts[language])


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
