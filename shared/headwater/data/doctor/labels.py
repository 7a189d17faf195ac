"""Labels: under two at once, too rare to learn, or likely wrong."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from headwater.data.doctor.duplicates import groups
from headwater.data.doctor.finding import Case, Finding, Splits, cases, meant, text_of
from headwater.data.example import Example, Target
from headwater.spans import Span

__all__ = ["find_conflicts", "find_imbalance", "find_suspects", "out_of_fold"]

FEW = 10  # rows of a label
MOST = 20_000  # rows that suspects are looked for among, drawn by the seed
FOLDS, SEED = 5, 13


def find_conflicts(splits: Splits) -> Iterator[Finding]:
    """Texts that stand several times in a split, under labels that contradict each other."""
    for name, rows in splits.items():
        contrary = [
            group
            for group in groups(rows).values()
            if any(len({meant(row.targets[key]) for row in group if key in row.targets}) > 1 for key in _columns(group))
        ]
        if contrary:
            said = f"{len(contrary)} texts stand under different labels"
            shown = [row for group in contrary for row in group]
            notes = [f"{_said(row)}" for row in shown]
            yield Finding("conflicts", name, len(shown), len(rows), said, cases(shown, notes))


def _columns(rows: Sequence[Example]) -> list[str]:
    return sorted({key for row in rows for key in row.targets})


def _said(row: Example) -> str:
    return "; ".join(f"{key}: {_plain(value)}" for key, value in row.targets.items())


def _plain(target: Target) -> str:
    if isinstance(target, str):
        return target
    return ", ".join(f"{item.text} {item.label}" if isinstance(item, Span) else item for item in target) or "none"


def find_imbalance(splits: Splits) -> Iterator[Finding]:
    """Labels of the first split that fewer than ten rows have."""
    name, rows = next(iter(splits.items()))
    for column in _columns(rows):
        counts = Counter(label for row in rows for label in _labels(row.targets.get(column, ())))
        rare = {label: count for label, count in counts.items() if count < FEW}
        if rare:
            shown = tuple(
                Case("", label, f"{count} times") for label, count in sorted(rare.items(), key=lambda e: e[1])[:5]
            )
            most, count = counts.most_common(1)[0]
            said = f"{column}: {len(rare)} of {len(counts)} labels occur fewer than {FEW} times; {most} {count:,} times"
            held = sum(not rare.keys().isdisjoint(_labels(row.targets.get(column, ()))) for row in rows)
            yield Finding("imbalance", name, held, len(rows), said, shown)


def _labels(target: Target) -> set[str]:
    if isinstance(target, str):
        return {target}
    return {item.label if isinstance(item, Span) else item for item in target}


def find_suspects(splits: Splits) -> Iterator[Finding]:
    """Confident learning (Northcutt, Jiang and Chuang 2021) on probabilities of a model that did not see the row."""
    from cleanlab.filter import find_label_issues

    name, rows = next(iter(splits.items()))
    for column in _columns(rows):
        held = [row for row in rows if isinstance(row.targets.get(column), str)]
        counts = Counter(row.targets[column] for row in held)
        held = [row for row in held if counts[row.targets[column]] >= FOLDS]
        if len({row.targets[column] for row in held}) < 2:
            continue  # spans and sets of labels have no one label to doubt
        if len(held) > MOST:
            chosen = np.random.default_rng(SEED).choice(len(held), MOST, replace=False)
            held = [held[i] for i in sorted(chosen)]
        names = sorted({str(row.targets[column]) for row in held})
        given = np.array([names.index(str(row.targets[column])) for row in held])
        probabilities = out_of_fold([text_of(row) for row in held], given)
        found = find_label_issues(given, probabilities, return_indices_ranked_by="self_confidence", n_jobs=1)
        if len(found):
            best = probabilities.argmax(axis=1)
            notes = [
                f"{column}: {names[given[i]]}, more likely {names[best[i]]} ({probabilities[i, best[i]]:.2f})"
                for i in found
            ]
            said = f"have a {column} that is likely wrong, by a plain model that had not seen them"
            yield Finding("suspects", name, len(found), len(held), said, cases([held[i] for i in found], notes))


def out_of_fold(texts: Sequence[str], labels: np.ndarray, folds: int = FOLDS) -> np.ndarray:
    """float (rows, labels): each row's probabilities by a linear model of the other folds; labels int from 0.

    It reads words and pieces of words, weighed by their rarity, on 256 axes that are drawn from all texts, without
    their labels: seconds for 10,000 rows, and no network to train.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    splitter = StratifiedKFold(folds, shuffle=True, random_state=SEED)
    model = LogisticRegression(C=30, max_iter=200)
    return np.asarray(cross_val_predict(model, _axes(texts), labels, cv=splitter, method="predict_proba"))


def _axes(texts: Sequence[str]) -> np.ndarray:
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import Normalizer

    features = make_union(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=50_000, token_pattern=r"(?u)\b\w+\b"),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, max_features=50_000),
    )
    if not any(re.search(r"\w", text) for text in texts):
        return np.zeros((len(texts), 1))  # nothing to read: each label is as likely as it is frequent
    counts = features.fit_transform(list(texts))
    axes = TruncatedSVD(min(256, max(2, len(texts) // 4), counts.shape[1]), random_state=SEED)
    with np.errstate(
        divide="ignore", invalid="ignore"
    ):  # of equal texts nothing varies; only a figure beside the axes is lost
        return np.asarray(make_pipeline(axes, Normalizer()).fit_transform(counts))
