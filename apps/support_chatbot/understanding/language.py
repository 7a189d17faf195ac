"""The language of a message: py3langid over the languages customers of a bank in Europe write, and "" where it is unsure.

The model alone takes "Top up failed" for Norwegian. So numbers, links, codes and words of the trade that every language
borrows are left out first; a sentence whose words are to a third those that hold English together is English; and another
language needs probability. A short text is told by its script or by a greeting, or not at all.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock

from py3langid.langid import MODEL_FILE, LanguageIdentifier

__all__ = ["LANGUAGES", "language_of", "language_shares"]

LANGUAGES = (
    "ar", "bg", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hr", "hu", "id", "it", "ja", "ko", "lt",
    "nl", "no", "pl", "pt", "ro", "ru", "sk", "sv", "th", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip
NO_WORDS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|#?\w*[0-9]\w*|\b[A-Z]{2,}\b")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SENTENCE = re.compile(r"(?<=[.!?…。！？])\s*|\n+")
# Words of the trade and names that stand in sentences of any language.
BORROWED = frozenset(
    "visa mastercard apple google pay paypal pin app atm iban bic swift card online ok okay sms email northmere banking bank transfer top up"
    " revolut amazon netflix uber cash login euro euros sepa".split()
)
ENGLISH = frozenset(
    """
    i i'm i've i'd my me mine myself you your yours we our they their them he she his her it it's its this that these those there here
    the a an and or but so if because is isn't are aren't was wasn't were be been being am do does did don't didn't doesn't
    have has had haven't hasn't can can't cannot could couldn't will won't would wouldn't should shouldn't may might must
    what what's where where's when which who why how to of in on at by for from with without about into out up down not no
    yes any some all more much many still yet already again just only also too now today yesterday please thanks thank hi hello
    hey sorry help need want get got getting know think see why's make made take tell said
    card cards money account payment payments transfer transfers charge charged charges fee fees refund bank statement balance
    withdrawal withdraw pending declined cancel change order lost stolen wrong passcode password identity verify currency exchange rate
    """.split()
)
# One word is enough where no other of LANGUAGES has it.
TELLING = {
    "bonjour": "fr", "merci": "fr", "hallo": "de", "danke": "de", "gracias": "es", "grazie": "it",
    "obrigado": "pt", "obrigada": "pt", "dziękuję": "pl", "cześć": "pl", "bedankt": "nl", "merhaba": "tr", "tack": "sv",
    "hello": "en", "thanks": "en", "help": "en", "please": "en", "yes": "en",
}  # fmt: skip
SCRIPTS = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "THAI": "th",
    "HEBREW": "he",
    "GREEK": "el",
    "DEVANAGARI": "hi",
}
WRITTEN = frozenset({"CYRILLIC", "ARABIC"})  # scripts of several languages, none of them English
UKRAINIAN, RUSSIAN = (frozenset("іїєґ"), "uk"), (frozenset("ыэё"), "ru")  # letters that no other of LANGUAGES has
# Least probability of a language that is not English: names ("Kowalska Anna Warszawa") look like one too.
SURE, SHORT, ACCENTED = 0.55, 0.85, 0.50
LONG = 5  # words from which SURE is enough
lock = Lock()


def language_of(text: str) -> str:
    """The ISO 639-1 code of most of the text, "" where no sentence tells its language.

    >>> language_of("Wo bleibt meine neue Karte?"), language_of("4321")
    ('de', '')
    """
    shares = language_shares(text)
    return max(shares, key=lambda language: (shares[language], language == "en"), default="")


def language_shares(text: str) -> dict[str, float]:
    """Language -> its share of the letters of the sentences whose language is known; the largest first."""
    letters: Counter[str] = Counter()
    told = next((language for signs, language in (UKRAINIAN, RUSSIAN) if signs & set(text.casefold())), "")
    for sentence in SENTENCE.split(text[:2_000]):
        language = told if told and _script(sentence) == "CYRILLIC" else _sentence(sentence)
        if language:
            letters[language] += sum(letter.isalpha() for letter in sentence)
    total = letters.total()
    return {language: count / total for language, count in letters.most_common()} if total else {}


def _sentence(sentence: str) -> str:
    script = _script(sentence)
    if script in SCRIPTS:
        return SCRIPTS[script]
    words = WORD.findall(NO_WORDS.sub(" ", sentence.replace("’", "'")) if not sentence.isupper() else sentence.lower())
    words = [word for word in words if word.casefold() not in BORROWED]
    if not words:
        return ""
    if script == "LATIN":
        if 3 * sum(word.casefold() in ENGLISH for word in words) >= len(words):
            return "en" if len(words) > 1 else TELLING.get(words[0].casefold(), "")
        if len(words) < 3:
            return next((TELLING[word.casefold()] for word in words if word.casefold() in TELLING), "")
    with lock:
        language, probability = _identifier().classify(" ".join(words))
    return str(language) if probability >= _least(words, script, language) else ""


def _least(words: Sequence[str], script: str, language: str) -> float:
    """The probability that a language needs: least where letters speak against English, or where it is English."""
    if script in WRITTEN or language == "en" or not "".join(words).isascii():
        return ACCENTED
    return SURE if len(words) >= LONG else SHORT


def _script(sentence: str) -> str:
    """The script of most letters; kana anywhere is Japanese, whose other signs are Chinese."""
    counts: Counter[str] = Counter()
    for letter in sentence:
        if letter.isalpha():
            counts["LATIN" if letter < "\u0250" else unicodedata.name(letter, "?").split()[0].split("-")[0]] += 1
    if not counts:
        return ""
    if counts["HIRAGANA"] + counts["KATAKANA"] > 1:
        return "HIRAGANA"
    counts["CJK"] *= 3  # a sign is a word's worth of letters
    return counts.most_common(1)[0][0]


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier
