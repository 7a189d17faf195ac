"""Texts -> logits of every head, whatever runs the graph: onnxruntime in service, torch while training.

The gate compares a trained model with its exports through this one road, so that nothing but the arithmetic differs.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from headwater.bundle import Head
from headwater.serving.batching import token_batches
from headwater.spans import first_tokens
from headwater.text import TextEncoder, Window, clean, words

__all__ = ["Predictor", "Runner"]

Runner = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]
CHUNK = 4096  # texts that are tokenised and sorted together: bounds memory, long enough to sort well


class Predictor:
    """Run texts through a model: tokenise, sort by length, cut to a token budget, run, undo the sort.

    `run` takes int64 (rows, tokens) arrays by input name and gives float arrays by output name: (rows, labels)
    for a document head, (rows, tokens, labels) for a token head, (rows, dimension) for an embedding. With more
    than one worker it is called from several threads at once.
    """

    def __init__(
        self, encoder: TextEncoder, heads: Sequence[Head], run: Runner, budget: int = 1024, workers: int = 1
    ) -> None:
        self.encoder, self.heads, self.run, self.budget = encoder, tuple(heads), run, budget
        self.pool = ThreadPoolExecutor(workers) if workers > 1 else None

    def logits(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> dict[str, list[np.ndarray]]:
        """Logits by head name, a float array for each text, in order.

        Document heads: (labels,), the mean over a long text's windows, weighted by their tokens. Token heads:
        (words, labels) for `headwater.text.words`, each word from the window in which it stands farthest from an
        edge. Embeddings: (dimension,), the weighted mean.
        """
        out: dict[str, list[np.ndarray]] = {head.name: [] for head in self.heads}
        for start in range(0, len(texts), CHUNK):
            part = texts[start : start + CHUNK]
            second = None if pairs is None else pairs[start : start + CHUNK]
            for name, rows in self._chunk(part, second).items():
                out[name] += rows
        return out

    def _chunk(self, texts: Sequence[str], pairs: Sequence[str] | None) -> dict[str, list[np.ndarray]]:
        windows = self.encoder.encode(texts, pairs)
        outputs = self._run(windows)
        members: list[list[int]] = [[] for _ in texts]
        for number, window in enumerate(windows):
            members[window.text].append(number)
        return {
            head.name: [
                self._join(head, texts[row], [windows[i] for i in numbers], [outputs[i][head.output] for i in numbers])
                for row, numbers in enumerate(members)
            ]
            for head in self.heads
        }

    def _run(self, windows: Sequence[Window]) -> list[dict[str, np.ndarray]]:
        """Output arrays by name for each window, cut back to the window's own tokens."""
        outputs: list[dict[str, np.ndarray]] = [{} for _ in windows]
        batches = list(token_batches([len(window) for window in windows], self.budget))

        def work(batch: list[int]) -> dict[str, np.ndarray]:
            return self.run(self.encoder.batch([windows[i] for i in batch]))

        results = self.pool.map(work, batches) if self.pool else map(work, batches)
        for batch, result in zip(batches, results, strict=True):
            for head in self.heads:
                for row, number in enumerate(batch):
                    values = result[head.output][row]
                    outputs[number][head.output] = values[: len(windows[number])] if head.kind == "token" else values
        return outputs

    def _join(self, head: Head, text: str, windows: list[Window], outputs: list[np.ndarray]) -> np.ndarray:
        if head.kind == "token":
            return _join_words(text, head.labels, windows, outputs)
        if len(outputs) == 1:
            return outputs[0]
        return np.average(outputs, axis=0, weights=[len(window) for window in windows])


def _join_words(text: str, labels: Sequence[str], windows: list[Window], outputs: list[np.ndarray]) -> np.ndarray:
    """(words, labels): a word that no window holds a token of (a lone control sign, say) is surely outside."""
    edges = words(clean(text))
    joined = np.full((len(edges), len(labels)), -30.0, dtype=np.float32)
    joined[:, labels.index("O")] = 0.0
    best = np.full(len(edges), -1, dtype=np.int64)
    for window, values in zip(windows, outputs, strict=True):
        tokens = first_tokens(edges, window.offsets)
        context = np.minimum(tokens, len(window) - 1 - tokens)
        better = (tokens >= 0) & (context > best)
        joined[better] = values[tokens[better]]
        best[better] = context[better]
    return joined
