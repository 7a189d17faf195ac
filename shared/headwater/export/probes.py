"""Texts of all lengths to compare two runs of one model on: real test texts where there are any, else our own."""

from collections.abc import Sequence

from headwater.data.example import Example

__all__ = ["probe_texts"]

OWN = (
    "Where is my card?",
    "Shares of the lender fell 7 % after it cut its full-year guidance.",
    "Ana Sousa of Northwind Ltd flew from Porto to Osaka on 3 May 2024.",
    "no",
    "The central bank left rates unchanged, but two members voted for a cut; markets had expected three.",
    "Ich möchte mein Konto schließen, bitte.",
    "我的卡还没有到。",
    "Paid £12.50 twice at the same café, once on Friday and once on Sunday night?!",
)
REAL, JOINED = 256, 8


def probe_texts(rows: Sequence[Example], pairs: bool) -> tuple[list[str], list[str] | None]:
    """Texts, and second texts for a pair head: up to 256 evenly from `rows`, then joins of 2 to 256 short texts.

    The joins are longer than any model's window, so that windows are proved too; the empty text is among them.
    """
    step = max(1, len(rows) // REAL)
    texts = [row.text for row in rows[::step]][:REAL] or list(OWN)
    seconds = [row.second or "" for row in rows[::step]][:REAL] or list(OWN[::-1])
    short = sorted(texts, key=len)[: max(len(OWN), len(texts) // 2)]
    for power in range(1, JOINED + 1):
        count = 2**power
        texts.append(" ".join(short[i % len(short)] for i in range(count)))
        seconds.append(short[power % len(short)])
    return [*texts, ""], [*seconds, ""] if pairs else None
