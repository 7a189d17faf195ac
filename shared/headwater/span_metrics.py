"""The numbers of a model that finds spans: by span, as people read them, and by word, as tutorials print them."""

from collections.abc import Sequence

import numpy as np

from headwater.errors import InputError
from headwater.intervals import Interval, bootstrap
from headwater.metrics import FN, FP, TP, Counts, gap_sums, macro_f1, mean_gap, micro_f1, share
from headwater.spans import Span, to_bio

__all__ = ["span_counts", "span_metrics", "word_counts"]

Rows = Sequence[Sequence[Span]]
Words = Sequence[Sequence[tuple[int, int]]]


def span_counts(gold: Rows, predicted: Rows) -> Counts:
    """Counts by span type: a span is found where start, end and type are all right, as seqeval's strict mode has it.

    A span that is given twice counts once. Labels are the types that occur, sorted.
    """
    _same_number(gold, predicted)
    labels = tuple(sorted({span.label for rows in (gold, predicted) for spans in rows for span in spans}))
    number = {label: code for code, label in enumerate(labels)}
    values = np.zeros((len(gold), len(labels), 3), dtype=np.int64)
    for row, (wanted, found) in enumerate(zip(map(set, gold), map(set, predicted), strict=True)):
        for kind, spans in ((TP, wanted & found), (FP, found - wanted), (FN, wanted - found)):
            for span in spans:
                values[row, number[span.label], kind] += 1
    return Counts(labels, values)


def word_counts(gold: Rows, predicted: Rows, words: Words) -> Counts:
    """Counts by BIO label of words, O included: `per_label` of this is the table that tutorials print.

    `words[row]` holds the data set's own words as (start, end), so that the numbers compare with published ones.
    Labels are those that occur, sorted. Easier than spans: most words are O, and half a name counts half.
    """
    _same_number(gold, predicted, words)
    pairs = [
        (row, wanted, found)
        for row, edges in enumerate(words)
        for wanted, found in zip(to_bio(edges, gold[row]), to_bio(edges, predicted[row]), strict=True)
    ]
    labels = tuple(sorted({label for _, *both in pairs for label in both}))
    number = {label: code for code, label in enumerate(labels)}
    values = np.zeros((len(words), len(labels), 3), dtype=np.int64)
    for row, wanted, found in pairs:
        if wanted == found:
            values[row, number[wanted], TP] += 1
        else:
            values[row, number[wanted], FN] += 1
            values[row, number[found], FP] += 1
    return Counts(labels, values)


def span_metrics(gold: Rows, predicted: Rows, words: Words) -> dict[str, Interval]:
    """Measure a head that finds spans; intervals are over rows (sentences), as words of a sentence are not independent.

    span_f1, span_precision, span_recall: strict and micro, equal to seqeval's strict IOB2 (Ramshaw & Marcus 1995).
    token_f1_micro_with_o: F1 of BIO labels of words summed over labels with O, which is the share of words labelled
    right. token_f1_macro: mean F1 over the BIO labels that occur, with O (scikit-learn's "macro avg" over words).
    ece: of span.probability against the span being right, 15 equal-mass bins over predicted spans; 0 for no span.
    """
    spans, tokens = span_counts(gold, predicted).values.sum(axis=1), word_counts(gold, predicted, words).values
    found = [(row, span.probability, span in wanted) for row, wanted, span in _unique(gold, predicted)]
    owner, confidence, right = map(np.asarray, zip(*found, strict=True)) if found else np.zeros((3, 0))
    columns = {"spans": spans[:, None], "tokens": tokens, "found": spans[:, TP] + spans[:, FP]}
    columns["gaps"] = gap_sums(owner.astype(np.int64), confidence, right, len(spans))
    return bootstrap(
        columns,
        {
            "span_f1": lambda sums: micro_f1(sums["spans"]),
            "span_precision": lambda sums: _hits(sums["spans"], FP),
            "span_recall": lambda sums: _hits(sums["spans"], FN),
            "token_f1_micro_with_o": lambda sums: micro_f1(sums["tokens"]),
            "token_f1_macro": lambda sums: macro_f1(sums["tokens"]),
            "ece": mean_gap("found"),
        },
    )


def _hits(spans: np.ndarray, other: int) -> np.ndarray:
    """Share of hits, tp / (tp + fp) or tp / (tp + fn): (draws, 1, 3) -> (draws,); 0 where there is no span."""
    return share(spans[:, 0, TP], spans[:, 0, TP] + spans[:, 0, other])


def _unique(gold: Rows, predicted: Rows) -> list[tuple[int, set[Span], Span]]:
    """Each different predicted span with its row and the row's gold spans, in the order of the text."""
    rows = enumerate(zip(map(set, gold), predicted, strict=True))
    return [(row, wanted, span) for row, (wanted, found) in rows for span in sorted(set(found))]


def _same_number(*columns: Sequence[object]) -> None:
    if len({len(column) for column in columns}) > 1:
        raise InputError(f"expected as many rows of each, got {', '.join(str(len(column)) for column in columns)}")
