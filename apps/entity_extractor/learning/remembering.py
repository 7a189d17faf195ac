"""An embedder that reads no text twice: what is compared with new examples again and again has the same vectors every time."""

from collections.abc import Sequence

import numpy as np

from entity_extractor.learning.queue import Embeds

__all__ = ["Remembering"]

MOST = 100_000  # texts: about 150 MB of 384 numbers each


class Remembering:
    """`predict` of another embedder; of more than `most` texts the earlier ones are forgotten."""

    def __init__(self, embedder: Embeds, most: int = MOST) -> None:
        self.embedder, self.most = embedder, most
        self.known: dict[str, np.ndarray] = {}

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        """float (texts, dimension)."""
        known = self.known  # another session may begin a new one meanwhile
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, self.embedder.predict(new), strict=True))
        found = np.stack([known[text] for text in texts]) if texts else self.embedder.predict([])
        if len(known) > self.most:
            self.known = {}
        return found
