"""Text -> the words that BM25 counts: one function for what is indexed and for what is asked.

Latin words are lower-cased, freed of their accents and stemmed (Porter2, by Snowball); a run of Chinese, Japanese or Korean gives its
pairs of characters, which need no dictionary (Nie et al. 2000). Words of no content are left out.
"""

import re
import unicodedata

from Stemmer import Stemmer

__all__ = ["index_words"]

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
WORD = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+(?:['.,’][^\W_{CJK}]+)*")
APOSTROPHE = re.compile(r"['’].*$")
# Lucene's list of English words without content, and those that every question to a bank holds.
EMPTY = frozenset(
    "a an and are as at be but by can could did do does for from had has have how i if in into is it its me my no not of on or our "
    "please shall should so such that the their then there these they this to was we were what when where which who why will "
    "with would you your 的 了 吗 呢 是".split()
)
stem = Stemmer("english", 50_000).stemWord  # remembers that many words


def index_words(text: str) -> list[str]:
    """The words of a text, in order; a text of empty words alone keeps them, so that "Who are we?" is not nothing.

    >>> index_words("Where are my cards? 我的银行卡")
    ['card', '我的', '的银', '银行', '行卡']
    """
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))
    found = [word for match in WORD.findall(plain) for word in _pairs(match)]
    return [stem(word) for word in found if word not in EMPTY] or [stem(word) for word in found]


def _pairs(word: str) -> list[str]:
    """A Latin word without its possessive; of a run of characters the pairs, of a single one itself.

    >>> _pairs("bank's"), _pairs("信用卡"), _pairs("卡")
    (['bank'], ['信用', '用卡'], ['卡'])
    """
    if not re.match(f"[{CJK}]", word):
        return [APOSTROPHE.sub("", word)]
    return [word[i : i + 2] for i in range(len(word) - 1)] or [word]
