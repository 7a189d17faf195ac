"""Blanks and dashes that typesetters use, as the plain ones that people type."""

__all__ = ["plain"]

# No-break space, figure space, thin space, narrow no-break space; hyphen, no-break hyphen, figure dash, en dash.
PLAIN = {0xA0: " ", 0x2007: " ", 0x2009: " ", 0x202F: " "} | dict.fromkeys(range(0x2010, 0x2014), "-")


def plain(text: str) -> str:
    """The text to search in for numbers in groups: of the same length, so that places in it are those of the text.

    >>> plain("DE89\\u00a03704\\u202f0044, 4111\\u20111111")
    'DE89 3704 0044, 4111-1111'
    """
    return text.translate(PLAIN)
