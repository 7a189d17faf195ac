"""Texts -> logits of every head, whatever runs the graph: onnxruntime in service, torch while training.

The gate compares a trained model with its exports through this one road, so that nothing but the arithmetic differs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from headwater.bundle import Head
from headwater.serving.batching import token_batches
from headwater.spans import covered, first_tokens
from headwater.text import TextEncoder, Window, check_texts, clean, words

__all__ = ["Predictor", "Runner"]

Runner = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]
# What is tokenised and sorted together, in texts and in characters: bounds memory, long enough to sort well.
CHUNK, CHUNK_CHARACTERS = 4096, 2_000_000


class Predictor:
    """Run texts through a model: tokenise, sort by length, cut to a token budget, run, undo the sort.

    `run` takes int64 (rows, tokens) arrays by input name and gives float arrays by output name: (rows, labels)
    for a document head, (rows, tokens, labels) for a token head, (rows, dimension) for an embedding. With more
    than one worker it is called from several threads at once. `width` is the length in tokens to which `run` itself
    pads a batch of that length (see `headwater.serving.buckets`); the budget counts it.
    """

    def __init__(
        self,
        encoder: TextEncoder,
        heads: Sequence[Head],
        run: Runner,
        budget: int = 1024,
        workers: int = 1,
        width: Callable[[int], int] = int,
    ) -> None:
        self.width = width
        self.encoder, self.heads, self.run, self.budget = encoder, tuple(heads), run, budget
        # Never shut down by hand: the pool's threads end when the predictor is collected, or the process exits.
        self.pool = ThreadPoolExecutor(workers, "headwater") if workers > 1 else None

    def logits(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> dict[str, list[np.ndarray]]:
        """Logits by head name, a float array for each text, in order.

        Document heads: (labels,), the mean over a long text's windows, weighted by their tokens. Token heads:
        (words, labels) for `headwater.text.words`, each word from the window in which it stands farthest from an
        edge. Embeddings: (dimension,), the weighted mean. Raises InputError as `headwater.text.check_texts` does.
        """
        check_texts(texts, pairs)
        out: dict[str, list[np.ndarray]] = {head.name: [] for head in self.heads}
        for part in _chunks(texts):
            windows = self.windows(texts[part], None if pairs is None else pairs[part])
            for name, rows in self.join(texts[part], windows, self._run(windows)).items():
                out[name] += rows
        return out

    def windows(self, texts: Sequence[str], pairs: Sequence[str] | None = None) -> list[Window]:
        """What is to be run for these texts, in their order: at least one window each."""
        return self.encoder.encode(texts, pairs, offsets=any(head.kind == "token" for head in self.heads))

    def join(
        self, texts: Sequence[str], windows: Sequence[Window], outputs: Sequence[Mapping[str, np.ndarray]]
    ) -> dict[str, list[np.ndarray]]:
        """Logits by head name, as `logits` gives them, of what each window's own rows of the outputs were."""
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
        batches = list(token_batches([len(window) for window in windows], self.budget, self.width))

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


def _chunks(texts: Sequence[str]) -> Iterator[slice]:
    """Cut a list of texts into stretches of at most CHUNK texts and, beyond one text, CHUNK_CHARACTERS."""
    start, characters = 0, 0
    for row, text in enumerate(texts):
        if row > start and (row - start == CHUNK or characters + len(text) > CHUNK_CHARACTERS):
            yield slice(start, row)
            start, characters = row, 0
        characters += len(text)
    if start < len(texts):
        yield slice(start, len(texts))


def _join_words(text: str, labels: Sequence[str], windows: list[Window], outputs: list[np.ndarray]) -> np.ndarray:
    """(words, labels): a word that no window holds a token of (a lone control sign, say) is surely outside."""
    edges = np.asarray(words(clean(text)), dtype=np.int64).reshape(-1, 2)
    joined = np.zeros((len(edges), len(labels)), dtype=np.float32)
    if "O" in labels:  # a tagger of parts of speech has none
        joined[:] = -30.0
        joined[:, labels.index("O")] = 0.0
    best = np.full(len(edges), -1, dtype=np.int64)
    for window, values in zip(windows, outputs, strict=True):
        part = covered(edges, window.offsets)
        tokens = first_tokens(edges[part], window.offsets)
        context = np.minimum(tokens, len(window) - 1 - tokens)
        better = (tokens >= 0) & (context > best[part])
        joined[part][better] = values[tokens[better]]  # a slice is a view: this writes into `joined`
        best[part][better] = context[better]
    return joined
