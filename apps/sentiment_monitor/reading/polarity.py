"""What is said of a company that the model did not mark: its own probabilities of the polarities at that name."""

from collections.abc import Mapping, Sequence

import numpy as np

from headwater.serving import Model
from headwater.serving.decoding import columns_of, softmax
from headwater.spans import Span
from headwater.text import clean, words
from sentiment_monitor.companies.linking import Found

__all__ = ["polarities"]


def polarities(model: Model, places: Mapping[str, Sequence[Found]], head: str = "companies") -> dict[str, list[Span]]:
    """A span with the likeliest polarity for each place of each text, in order.

    The model held these words to be no company; given that one stands there, P(polarity) is its share of what the
    polarities have together, in the mean over the words. A second run of the model, over these texts alone.
    """
    labels = model.bundle.head(head).labels
    temperature = model.bundle.calibration(model.variant, head).temperature
    names = list(dict.fromkeys(label[2:] for label in labels if label != "O"))
    texts = list(places)
    logits = model.predictor.logits(texts)[head]
    out: dict[str, list[Span]] = {}
    for text, rows in zip(texts, logits, strict=True):
        shares = softmax(rows / temperature)
        by_name = np.stack([shares[:, columns_of(name, labels)].sum(axis=1) for name in names], axis=1)
        edges = np.asarray(words(clean(text)), dtype=np.int64).reshape(-1, 2)
        out[text] = [_span(text, found, names, by_name, edges) for found in places[text]]
    return out


def _span(text: str, found: Found, names: Sequence[str], shares: np.ndarray, edges: np.ndarray) -> Span:
    inside = (edges[:, 0] < found.end) & (edges[:, 1] > found.start)
    mean = shares[inside].mean(axis=0)
    mean = mean / max(float(mean.sum()), 1e-12)
    best = int(mean.argmax())
    return Span(found.start, found.end, names[best], float(mean[best]), text[found.start : found.end])
