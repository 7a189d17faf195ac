"""Passcodes that nobody should have told: PINs, security codes of cards, one-time codes, passwords with a digit.

A number counts only beside a word for such a code: "I have 4821 pounds" and "my card ends 4821" tell none. What is
missed without that word ("559201" alone) no rule could tell from an amount.
"""

import re
from collections.abc import Iterator

__all__ = ["find_passcodes"]

DIGIT = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)"
# Digits together, one by one, or in halves; then no unit, no further figures, nothing that makes it a date or an amount.
UNIT = r"(?:pounds?|quid|euros?|dollars?|pence|gbp|eur|usd|times?|days?|weeks?|months?|years?|hours?|minutes?|digits?|%|am|pm|attempts?|cards?)"
ENDS = rf"(?![\w£$€]|[ .,/:-]?\d|\s*{UNIT}\b)"
NUMBER = (
    rf"(?:\d{{3}}[ -]\d{{3}}|\d\d \d\d(?: \d\d)?|\d(?:[ -]\d){{2,7}}|\d{{3,8}}){ENDS}|{DIGIT}(?:[ ,-]+{DIGIT}){{2,7}}\b"
)
LONG = rf"(?:\d{{3}}[ -]\d{{3}}|\d(?:[ -]\d){{3,7}}|\d{{4,8}}){ENDS}"
OF = r"(?:\s+(?:number|code|no\.?))?(?:\s+(?:for|of|on|to|from)\s+(?:(?:my|the|this|your)\s+)?(?:\w+\s+)?(?:card|account|app|phone|back|sms|text))?"
IS = r"(?:\s*(?:['’]s|\bis\b|\bwas\b|\bare\b|\bwere\b|\bto\b|\bfrom\b|\bas\b|=|:|-|–|\())?(?:\s+(?:now|still|currently|actually|just|set|changed|to|this|:))*\s*[\"'“‘(]?\s*"
PIN = r"\b(?:pin|pins|p\.i\.n\.|pin[ -]?(?:code|number)|pass[ -]?code|pass[ -]?word|cvv2?|cvc2?|cv2|csc|(?:card )?security (?:code|number)|otp|tan)\b"
CODE = (
    r"\b(?:(?:one[ -]?time|verification|confirmation|authenti(?:cation|cator)|authorisation|authorization|activation|access|login|log-in|sign-in|sms|texted|2fa|6[ -]?digit|six[ -]?digit)\s+(?:pass)?(?:code|word|number|pin)"
    r"|(?:the|my|your|this|a)\s+code|^\W*code)\b"
)
TOLD = r"(?:\s+(?!is\b|was\b)\w+){1,6}?\s*(?:\bis|\bwas|:)\s*(?:now\s+)?[\"'“‘(]?\s*"  # "the code they sent me is"
PATTERNS = (
    re.compile(rf"{PIN}{OF}{IS}(?P<code>{NUMBER})", re.IGNORECASE),
    re.compile(rf"{CODE}(?:{OF}{IS}|{TOLD})(?P<code>{LONG})", re.IGNORECASE),
    re.compile(
        rf"(?<![\w.,£$€-])(?P<code>{NUMBER})\s*(?:,|-|–|\()?\s*(?:is|was|as|being|for)\s+(?:the|my|your|a|our)\s+(?:\w+\s+)?{PIN}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?<![\w.,£$€-])(?P<code>{LONG})\s*(?:is|was)\s+(?:the|my|your)\s+(?:\w+[ -]){{0,2}}code\b", re.IGNORECASE
    ),
    re.compile(
        r"\bpass[ -]?(?:word|code)\b\s*(?:is|was|:|=)\s*[\"'“‘]?(?P<code>(?=[^\s\d]*\d)[^\s\"'”’]{4,64})", re.IGNORECASE
    ),
)
# A second one: "from 4821 to 5555".
ALSO = re.compile(
    rf"[\"'”’)]?\s*(?:,|and|or|not|to|but)+\s+(?:(?:now|it|is|was|my|then|not)\s+)*(?P<code>{NUMBER})", re.IGNORECASE
)
WORD = re.compile(r"\b(?:pin|pass|cv[vc2]|csc|code|otp|tan)|p\.i\.n", re.IGNORECASE)  # what every one of them has


def find_passcodes(text: str) -> list[tuple[int, int]]:
    """Where codes stand, each as (start, end) without the words around it, in the order of the text; none overlaps another.

    >>> text = "my pin is 4821, and I have 4821 pounds"
    >>> [text[start:end] for start, end in find_passcodes(text)]
    ['4821']
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted(_claimed(text)) if WORD.search(text) else ():
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _claimed(text: str) -> Iterator[tuple[int, int]]:
    """What each rule finds."""
    for pattern in PATTERNS:
        for match in pattern.finditer(text):
            yield match.span("code")
            more = ALSO.match(text, match.end("code"))
            if more:
                yield more.span("code")
