"""Pages of the web that would take hours or gigabytes to parse, told before they are parsed.

The rules of HTML5 make two things costly. A tag may look through everything that is open around it, so a page of
100,000 nested elements costs 10^10 steps. And formatting (<b>, <font>) that is not closed before its paragraph ends is
opened anew in every paragraph after it, so 2,000 of them before 2,000 paragraphs, 37 kB of text, are 4,000,000 elements
and 1.4 GB. Both are sums over the tags, of what stands open at each.
"""

import re

from headwater.errors import DataError

__all__ = ["check_nesting"]

STEPS = 200_000_000  # open elements, over all tags: 2 s; a page of 20 MB with 1,000,000 tags 40 deep has 40,000,000
REOPENED = 2_000_000  # formatting that is open beyond USUAL, over all tags: 0.8 GB at most
USUAL = 20  # no writer nests more
ATTRIBUTES = 1_000  # of one tag: they are compared each with each
LONG = 4_000  # characters of a tag that is short enough for any attributes it may hold
FORMATTING = frozenset("b big code em font i s small strike strong tt u".split())
# Closed by the next of their kind, or without content: they do not pile up.
SHALLOW = frozenset(
    "a area base basefont bgsound body br col colgroup dd dt embed head hr html img input keygen li link meta nobr optgroup "
    "option p param source tbody td tfoot th thead tr track wbr".split()
)
# What is not closed reaches to the end, as for a browser: no character is looked at twice.
TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|textarea|title|xmp|noframes)\b.*?(?:</\1|\Z)"
    r"""|<(/?)([a-z][^\s/>]*)((?:[^>"']|"[^"]*(?:"|\Z)|'[^']*(?:'|\Z))*+)(?:>|\Z)""",
    re.IGNORECASE | re.DOTALL,
)
QUOTED = re.compile(r""""[^"]*"|'[^']*'""")


def check_nesting(page: str) -> None:
    """Raise DataError for a page whose nesting, formatting or attributes are out of all proportion to its length."""
    deep = formatting = steps = reopened = 0
    for tag in TAG.finditer(page):
        name = (tag[3] or "").lower()
        change = -1 if tag[2] else 1
        if name and name not in SHALLOW:
            deep = max(0, deep + change)
        if name in FORMATTING:
            formatting = max(0, formatting + change)
        steps += deep
        reopened += max(0, formatting - USUAL)
        if steps > STEPS or reopened > REOPENED:
            raise DataError(
                "expected a page of the web, got one whose elements are nested as in none that people read: "
                "save it anew from a browser, or as text"
            )
        if len(tag[0]) > LONG and len(QUOTED.sub("", tag[4] or "").split()) > ATTRIBUTES:
            raise DataError(f"expected at most {ATTRIBUTES:,} attributes of a tag, got more: save the page as text")
