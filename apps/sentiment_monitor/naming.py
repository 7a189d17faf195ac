"""What topics, companies and sources are called on a page, and how a long title is shortened."""

import re

from headwater.companies.table import Companies
from headwater.ui.texts import Catalogue

__all__ = ["LONGEST", "name_of", "short"]

LONGEST = 150  # characters of a title in a list: two lines
QUOTATIONS = ("“”", "«»", "「」", "《》")
TAIL = re.compile(r"([ ,;:…–-]|\.{2,})+$")  # what an ellipsis does not follow


def name_of(t: Catalogue, companies: Companies, dimension: str, value: str) -> str:
    """A value of a dimension in words; what the table or the catalogue does not know stands as it is.

    >>> from headwater.ui.texts import catalogue
    >>> name_of(catalogue("en"), Companies([]), "topic", "credit")
    'Credit and insolvency'
    """
    if dimension == "all":
        return t("newsdesk.everything")
    if dimension == "topic":
        return t.get(f"topic.{value}", value)
    if dimension == "company" and value in companies:
        return companies[value].name
    return value or t("newsdesk.no_source")


def short(title: str, longest: int = LONGEST) -> str:
    """A title in one line, cut behind a word, and before a quotation that would be cut in its midst.

    >>> short("Shares of\\n the bank fell", longest=15)
    'Shares of the\\xa0…'
    >>> short('"Equity holders lose," says Wren. "All of it is gone."', longest=40)
    '"Equity holders lose," says Wren.\\xa0…'
    """
    flat = re.sub(r"\s+", " ", title).strip()
    if len(flat) <= longest:
        return flat
    head = flat[: longest - 1]
    space = head.rfind(" ")
    cut = head[:space] if space > longest // 2 else head[:-1]  # Chinese has no spaces
    opened, mark = _open_quotation(cut)
    if opened > longest // 2:
        cut, mark = cut[:opened], ""
    return TAIL.sub("", cut) + "\u00a0…" + mark


def _open_quotation(text: str) -> tuple[int, str]:
    """Where the quotation begins that has no end yet, and the mark that would end it; (-1, "") where all have theirs."""
    if text.count('"') % 2:
        return text.rfind('"'), '"'
    open_ones = [(text.rfind(left), right) for left, right in QUOTATIONS if text.rfind(left) > text.rfind(right)]
    return max(open_ones, default=(-1, ""))
