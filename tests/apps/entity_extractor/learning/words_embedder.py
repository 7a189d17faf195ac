"""An embedder without a model: a text is the counts of its words, so that a cosine can be worked out by hand."""

from collections.abc import Sequence

import numpy as np

__all__ = ["WordsEmbedder"]


class WordsEmbedder:
    def __init__(self) -> None:
        self.number: dict[str, int] = {}

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        found = np.zeros((len(texts), 512))
        for row, text in enumerate(texts):
            for word in text.lower().replace(".", " ").split():
                found[row, self.number.setdefault(word, len(self.number)) % 512] += 1
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
