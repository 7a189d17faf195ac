"""What topics, companies and sources are called on a page, and how a long title is shortened."""

import re

from headwater.ui.texts import Catalogue
from sentiment_monitor.companies.table import Companies

__all__ = ["name_of", "short"]

LONGEST = 150  # characters of a title in a list: two lines


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
    """A title in one line, cut behind a word.

    >>> short("Shares of\\n the bank fell", longest=15)
    'Shares of the …'
    """
    flat = re.sub(r"\s+", " ", title).strip()
    if len(flat) <= longest:
        return flat
    return flat[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + " …"
