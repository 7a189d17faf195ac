"""Intents in the words of the page's language."""

from headwater.ui.texts import Catalogue

__all__ = ["intent_name"]


def intent_name(t: Catalogue, label: str) -> str:
    """The intent as people say it; a label that the catalogue does not know as words.

    >>> from headwater.ui.texts import catalogue
    >>> intent_name(catalogue("en"), "card_arrival"), intent_name(catalogue("en"), "boat_mortgage")
    ('when a card will arrive', 'boat mortgage')
    """
    return t.get(f"intent.{label.strip('?').lower()}", label.replace("_", " ").strip("?").lower())
