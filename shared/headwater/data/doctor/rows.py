"""What a row shows by itself: its length, its spans, personal data in it."""

from collections import Counter
from collections.abc import Iterator

from headwater.data.doctor.finding import Finding, Splits, cases, text_of
from headwater.personal import find_personal
from headwater.text import clean, words

__all__ = ["find_faulty_spans", "find_lengths", "find_personal_data"]


def find_lengths(splits: Splits, most_words: int) -> Iterator[Finding]:
    """Texts without a word, and texts of more words than that."""
    for name, rows in splits.items():
        lengths = [len(words(clean(text_of(row)))) for row in rows]
        empty = [row for row, length in zip(rows, lengths, strict=True) if not length]
        long = [row for row, length in zip(rows, lengths, strict=True) if length > most_words]
        if empty:
            yield Finding("empty", name, len(empty), len(rows), "hold no word", cases(empty))
        if long:
            said = f"have more than {most_words} words (the longest {max(lengths):,})"
            yield Finding("long", name, len(long), len(rows), said, cases(long))


def find_faulty_spans(splits: Splits) -> Iterator[Finding]:
    """Rows whose spans the reader had to put right."""
    for name, rows in splits.items():
        faulty = [row for row in rows if row.faults]
        if faulty:
            spans = sum(len(row.faults) for row in faulty)
            said = f"have {spans} spans whose offsets do not give the text that they name; they were moved to it, or dropped"
            notes = ["; ".join(row.faults) for row in faulty]
            yield Finding("spans", name, len(faulty), len(rows), said, cases(faulty, notes))


def find_personal_data(splits: Splits) -> Iterator[Finding]:
    """Rows with personal data, by kind; see `headwater.personal`."""
    for name, rows in splits.items():
        found = [
            (row, kinds) for row in rows if (kinds := Counter(s.label for s in find_personal(clean(text_of(row)))))
        ]
        if found:
            total = sum((kinds for _, kinds in found), Counter())
            said = "hold personal data: " + ", ".join(f"{count} {kind}" for kind, count in total.most_common())
            yield Finding("personal", name, len(found), len(rows), said, cases([row for row, _ in found]))
