"""A bundle and labelled questions -> the numbers of a RiskCurve; questions and a search -> those of find."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import numpy as np

from headwater.errors import InputError
from headwater.serving import Classifier
from support_chatbot.risk.curve import SCALE, FindScores, Measured, RiskCurve

__all__ = ["find_scores", "measure", "ten_thousandths"]


def measure(
    classifier: Classifier,
    texts: Sequence[str],
    labels: Sequence[str],
    sets: Sequence[Measured] = (),
    *,
    find: FindScores | None = None,
    about: str = "",
) -> RiskCurve:
    """Predict each question as the bot would, and note how sure the bundle was and whether it was right; surest first.

    `labels[i]` is a label of the head, the one for out of scope included. Raises InputError for no questions, for a
    label that the head does not have, and for a head of another kind than one label of a text.
    """
    head, model = classifier.head, classifier.model
    strange = next((label for label in labels if label not in head.labels), None)
    if head.kind != "single" or not texts or len(texts) != len(labels) or strange is not None:
        raise InputError(
            f"expected questions, each with one of head {head.name}'s {len(head.labels)} labels; got {len(texts)} questions, "
            f"{len(labels)} labels" + ("" if strange is None else f", {strange!r} among them: name it in --map")
        )
    pairs = zip(classifier.predict(texts), texts, labels, strict=True)
    rows = sorted(pairs, key=lambda row: -row[0].probability)
    tops = [prediction.top for prediction, _, _ in rows]
    closest = [[entry for entry in top if entry[0] != head.out_of_scope][:2] for top in tops]
    best = np.array([top[0][0] for top in tops])
    gold = np.array([label for _, _, label in rows])
    manifest = model.bundle.manifest
    return RiskCurve(
        manifest.name, manifest.version, model.bundle.digest, model.variant, head.name, head.out_of_scope,
        datetime.now(UTC).date().isoformat(),
        tuple(sets),
        top=ten_thousandths([top[0][1] for top in tops]),
        pair=ten_thousandths([min(1.0, sum(share for _, share in two)) for two in closest]),
        right=best == gold,
        top_outside=best == (head.out_of_scope or ""),
        among=np.array([label in [name for name, _ in two] for label, two in zip(gold, closest, strict=True)]),
        outside=gold == (head.out_of_scope or ""),
        length=np.array([len(text) for _, text, _ in rows], dtype=np.int64),
        find=find,
        about=about,
    )  # fmt: skip


def find_scores(
    best: Callable[[str], float], uncovered: Sequence[str], covered: Sequence[str], name: str = ""
) -> FindScores:
    """`best(question)` is the cosine of the best quote that the search gives, 0 for none.

    Raises InputError without uncovered questions: they are what the threshold is drawn from.
    """
    if not uncovered:
        raise InputError("expected questions that the help centre does not cover (out-of-scope rows), got none")
    return FindScores(
        ten_thousandths([best(text) for text in uncovered]), ten_thousandths([best(text) for text in covered]), name
    )


def ten_thousandths(values: Sequence[float]) -> np.ndarray:
    """Whole ten-thousandths, rounded down.

    >>> ten_thousandths([0.98765, 1.0]).tolist()
    [9876, 10000]
    """
    return np.floor(np.asarray(values, dtype=np.float64) * SCALE + 1e-9).astype(np.int64)
