"""Values as cells of a table that people open in a spreadsheet, which shows them and does not run them."""

from typing import Any

__all__ = ["cell"]

# What a spreadsheet takes for the beginning of a formula (OWASP, "CSV injection"), in full width too.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: Any) -> Any:
    """A value as a cell: a text that could be a formula has an apostrophe before it; numbers stay numbers.

    >>> cell("=1+1"), cell(-1.5), cell(" =1+1")
    ("'=1+1", -1.5, "' =1+1")
    """
    return f"'{value}" if isinstance(value, str) and value.lstrip(" \u00a0\u3000").startswith(FORMULA) else value
