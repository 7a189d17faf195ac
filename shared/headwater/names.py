"""What names are made of, for whoever looks them up or joins them: words without case and accents, and legal forms."""

import unicodedata

__all__ = ["LEGAL", "plain"]

# Words that say in which form a firm exists, as they stand at the end of its name; without points: "S.A." is "sa".
LEGAL = frozenset(
    "inc incorporated corp corporation co plc ltd limited llc ag se sa nv ab asa oyj spa srl kgaa gmbh bhd tbk pjsc kk as group holdings holding".split()
)


def plain(word: str) -> str:
    """A word without case and accents.

    >>> plain("Nestlé"), plain("Ørsted")
    ('nestle', 'orsted')
    """
    if word.isascii():
        return word.casefold()
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", word) if not unicodedata.combining(sign))
    return bare.casefold().replace("ø", "o").replace("ł", "l").replace("’", "'")
