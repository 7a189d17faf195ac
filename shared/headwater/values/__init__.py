"""Values that a text states: what they are and what they say in one form, whoever reads them.

phrases.py      phrases of a table, whatever their case
currencies.py   currencies beside a number (currencies.toml)
numbers.py      numbers in figures and words
amounts.py      money, percentages, quantities (units.toml)
dates.py        dates that are stated in full
identifiers.py  IBAN, ISIN, LEI, payment cards, by their check digits
tickers.py      tickers by their form

None needs a model or the network, and each reads a text in time that grows with its length alone.
"""

from collections.abc import Callable, Iterable, Iterator

from headwater.values.amounts import find_money, find_percentages, find_quantities
from headwater.values.dates import find_dates
from headwater.values.identifiers import find_cards, find_ibans, find_isins, find_leis
from headwater.values.tickers import find_tickers
from headwater.values.value import Value

__all__ = ["KINDS", "ORDERS", "Value", "find_values"]

KINDS = ("card", "date", "iban", "isin", "lei", "money", "percentage", "quantity", "ticker")
ORDERS = ("DMY", "MDY")


def find_values(
    text: str, kinds: Iterable[str] = KINDS, *, decimal: str = "auto", order: str = "DMY"
) -> tuple[Value, ...]:
    """The values of these kinds, in the order of the text; those of two kinds may overlap.

    `decimal` is the decimal sign, "auto", "." or "," (see numbers.py), `order` that of dates in figures, "DMY" or "MDY".

    >>> [found.value for found in find_values("EUR 3m, or 3.1 % of sales, on 1 May 2024")]
    ['EUR 3000000', '0.031', '2024-05-01']
    """
    readers: dict[str, Callable[[str], Iterator[Value]]] = {
        "card": find_cards,
        "date": lambda text: find_dates(text, order),
        "iban": find_ibans,
        "isin": find_isins,
        "lei": find_leis,
        "money": lambda text: find_money(text, decimal),
        "percentage": lambda text: find_percentages(text, decimal),
        "quantity": lambda text: find_quantities(text, decimal),
        "ticker": find_tickers,
    }
    return tuple(sorted(value for kind in kinds for value in readers[kind](text)))
