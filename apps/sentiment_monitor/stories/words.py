"""What is left of a text when it is compared word by word: no case, no points, no "UPDATE 2-", no "(Reuters) -"."""

import itertools
import re
import unicodedata

__all__ = ["READ", "fingerprint", "is_update", "plain", "shingles", "stripped"]

READ = 1000  # characters: news says first what is new, and a long article costs no more than a short one

# "RPT-UPDATE 2-": the marks that wires put before a headline, one after another.
MARK = r"(?:(?P<mark>update|wrapup|corrected|correction|refile|recast|rpt|repeat)\s*\d*(?:\s*\([^)]{0,20}\))?\s*[-–—:]+\s*)"
MARKS = re.compile(rf"^\s*{MARK.replace('?P<mark>', '?:')}+", re.IGNORECASE)
AGENCY = r"(?i:reuters?|ap|afp|dpa|bloomberg|dow jones|pa media|xinhua|ani|pti)"
# "LONDON, Nov 11 (Reuters) - ", at the start of the text or of a line or sentence.
DATELINE = re.compile(
    rf"(?:^|(?<=[.\n]))[^\S\n]*(?:[A-Z][A-Za-z' /-]{{1,30}}(?:, \w{{3,9}}\.? \d{{1,2}})?\s*)?\({AGENCY}\)\s*[-–—:]+\s*"
)
# Codes of a wire, links, and "(Reporting by ...)" with what follows it.
LITTER = re.compile(
    r"https?://\S+|\[n[A-Z0-9]{6,}\]|\((?:reporting|writing|editing|compiled) by\b.*|\breuter\s*(?:\x03|$)",
    re.IGNORECASE | re.DOTALL,
)
WORD = re.compile(r"[^\W_]+(?:[.,']\d+|'[a-z]+)*")
NO_UPDATE = ("rpt", "repeat", "refile")


def stripped(text: str) -> str:
    """The first `READ` characters, less what wires put around them; the text itself where nothing else stands in it.

    >>> stripped("RPT-UPDATE 2-Shares fall. LONDON, Nov 11 (Reuters) - Shares fell.")
    'Shares fall. Shares fell.'
    """
    text = unicodedata.normalize("NFKC", text)[:READ]
    return LITTER.sub(" ", DATELINE.sub(" ", MARKS.sub("", text))).strip() or text


def is_update(title: str) -> bool:
    """Whether it says of itself that it changes an earlier one; "RPT-" says the same again.

    >>> is_update("UPDATE 2-Shares fall"), is_update("RPT-Shares fall"), is_update("Update on shares")
    (True, False, False)
    """
    marks = MARKS.match(title)
    return bool(marks) and any(
        found["mark"].lower() not in NO_UPDATE for found in re.finditer(MARK, marks[0], re.IGNORECASE)
    )


def plain(text: str) -> list[str]:
    """The words of a text in lower case, numbers with their points.

    >>> plain("UPDATE 2-Shell's profit: $1.50, up 3%")
    ["shell's", 'profit', '1.50', 'up', '3']
    """
    return WORD.findall(stripped(text).casefold())


def fingerprint(text: str) -> str:
    """Words in their order and nothing else: equal where two texts say the same in the same words.

    >>> fingerprint("UPDATE 2-Shares fall,  bank says") == fingerprint("Shares fall: bank says")
    True
    """
    return " ".join(plain(text)) or text.strip()


def shingles(words: list[str]) -> frozenset[str]:
    """Neighbouring words, two by two: what MinHash compares; of one word, that word."""
    pairs = frozenset(f"{one} {other}" for one, other in itertools.pairwise(words))
    return pairs or frozenset(words)
