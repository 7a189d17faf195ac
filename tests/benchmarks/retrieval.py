"""How well, and how fast, the support bot finds: BM25, dense and both fused, on two public sets of questions with their answers.

    python tests/benchmarks/retrieval.py [--json]      (5 minutes; needs HEADWATER_DATA with bankfaqs and covid_faq_deepset)

A question is to find its own answer among all answers of its set; only answers are indexed, so no question finds itself. Pairs that stand twice
(but for case and spaces) count once. MRR@10 and recall@5 with 95 % bootstrap intervals over questions. `questions`: answers of bankfaqs that
several questions share, one question held out in turn, the others indexed beside the answer, in its text, or not at all.
"""

import argparse
import csv
import gzip
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import headwater
from headwater.intervals import bootstrap
from headwater.serving import Embedder
from support_chatbot.retrieval import Index, open_index, quotes_for
from support_chatbot.retrieval.index import MODES

__all__ = ["faqs", "held_out", "measure", "quality", "scored"]

BUNDLE = Path(__file__).parents[2] / "models" / "sentences" / "bundle"
SETS = {"bankfaqs": "all.jsonl.gz", "covid_faq_deepset": "all.jsonl"}
SEED = 13
Pairs = Mapping[str, Sequence[int]]  # question -> its answers, by their place


def faqs(rows: Sequence[Mapping[str, str]]) -> tuple[list[str], dict[str, list[int]]]:
    """Distinct answers, and for each distinct question the places of its answers.

    >>> faqs([{"question": "Fee?", "answer": "None."}, {"question": "fee? ", "answer": "none."}])
    (['None.'], {'Fee?': [0]})
    """
    answers: dict[str, tuple[int, str]] = {}
    questions: dict[str, tuple[str, list[int]]] = {}
    for row in rows:
        question, answer = (" ".join(row[key].split()) for key in ("question", "answer"))
        if not question or not answer:
            continue
        place, _ = answers.setdefault(answer.lower(), (len(answers), answer))
        places = questions.setdefault(question.lower(), (question, []))[1]
        places.extend([place] * (place not in places))
    return [answer for _, answer in answers.values()], dict(questions.values())


def read_set(name: str) -> tuple[list[str], dict[str, list[int]]]:
    file = Path(os.environ["HEADWATER_DATA"]) / name / SETS[name]
    with (gzip.open if file.suffix == ".gz" else open)(file, "rt", encoding="utf-8") as stream:
        return faqs([json.loads(line) for line in stream])


def write_rows(file: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return file


def scored(ranking: Sequence[int], right: Sequence[int]) -> tuple[float, float]:
    """(reciprocal rank of the first right answer among ten, share of the right ones among the first five).

    >>> scored([4, 2, 9], [2, 3])
    (0.5, 0.5)
    """
    first = next((1 / rank for rank, found in enumerate(ranking[:10], 1) if found in right), 0.0)
    return first, len(set(ranking[:5]) & set(right)) / len(right)


def ranking_of(index: Index, question: str, mode: str) -> list[int]:
    """Answers by their best passage; the link's row tells which answer a passage is of (row 2 is answer 0)."""
    rows = [int(hit.link.rpartition("=")[2]) - 2 for hit in index.search(question, 30, mode)]
    return list(dict.fromkeys(rows))


def quality(index: Index, pairs: Pairs) -> dict[str, Any]:
    """MRR@10 and recall@5 of each mode; `hybrid - best` is the difference to the better of the two, paired."""
    columns: dict[str, np.ndarray] = {"rows": np.ones(len(pairs))}
    for mode in MODES:
        found = np.array([scored(ranking_of(index, question, mode), right) for question, right in pairs.items()])
        columns |= {f"{mode} mrr@10": found[:, 0], f"{mode} recall@5": found[:, 1]}
    for metric in ("mrr@10", "recall@5"):
        best = max(("dense", "bm25"), key=lambda mode: columns[f"{mode} {metric}"].mean())
        columns[f"hybrid - {best} {metric}"] = columns[f"hybrid {metric}"] - columns[f"{best} {metric}"]
    statistics: dict[str, Callable] = {
        name: (lambda sums, name=name: sums[name] / sums["rows"]) for name in columns if name != "rows"
    }
    return {name: asdict(value) for name, value in bootstrap(columns, statistics).items()}


def held_out(answers: Sequence[str], pairs: Pairs, embedder: Embedder, folder: Path) -> dict[str, Any]:
    """What indexed questions are worth: a question held out of those that share an answer, the others indexed in three ways."""
    shared: dict[int, list[str]] = {}
    for question, places in pairs.items():
        for place in places:
            shared.setdefault(place, []).append(question)
    found: dict[str, Any] = {}
    for way in ("not indexed", "in the text", "beside it"):
        rows = []
        for turn in range(max(map(len, shared.values()))):
            asked = {q[turn]: [place] for place, q in shared.items() if len(q) > max(1, turn)}
            table = []
            for place, answer in enumerate(answers):
                known = next((q for q in shared[place] if q not in asked), "")
                table.append(
                    [answer, ""]
                    if way == "not indexed"
                    else [f"{known}\n{answer}" if way == "in the text" else answer, known * (way == "beside it")]
                )
            index = open_index(folder / f"{way} {turn}", embedder)
            index.update([write_rows(folder / "answers.csv", ["answer", "question"], table)])
            rows += [
                [scored(ranking_of(index, question, mode), right)[0] for mode in MODES]
                for question, right in asked.items()
            ]
            if turn == 1:  # two questions of each answer are enough: a third has few answers
                break
        values = np.array(rows)
        columns = {mode: values[:, place] for place, mode in enumerate(MODES)} | {"rows": np.ones(len(values))}
        statistics = {mode: (lambda sums, mode=mode: sums[mode] / sums["rows"]) for mode in MODES}
        found[way] = {"rows": len(values)} | {
            f"{mode} mrr@10": asdict(value) for mode, value in bootstrap(columns, statistics).items()
        }
    return found


class Noise:
    """Stands for the embedder where 50,000 passages are only to be there: real vectors, shaken."""

    def __init__(self, real: Embedder, texts: Sequence[str]) -> None:
        self.bundle, self.model, self.head = real.bundle, real.model, real.head
        self.vectors, self.draw = real.predict(list(texts)), np.random.default_rng(SEED)

    def predict(self, texts: Sequence[str]) -> np.ndarray:
        rows = self.vectors[self.draw.integers(len(self.vectors), size=len(texts))]
        shaken = rows + self.draw.normal(scale=0.03, size=rows.shape).astype(np.float32)
        return shaken / np.linalg.norm(shaken, axis=1, keepdims=True)


def timed(index: Index, questions: Sequence[str], mode: str, *, quotes: bool = False) -> dict[str, float]:
    """Milliseconds a question, the embedding of it included: by the clock, and of a processor (the mean of all threads together)."""
    spent, worked = [], time.process_time()
    for question in questions:
        start = time.perf_counter()
        hits = index.search(question, 5, mode)
        if quotes:
            quotes_for(question, hits, index.embedder)
        spent.append(1000 * (time.perf_counter() - start))
    worked = 1000 * (time.process_time() - worked) / len(questions)
    p50, p95 = (round(float(np.percentile(spent, share)), 2) for share in (50, 95))
    return {"p50": p50, "p95": p95, "processor": round(worked, 2)}


def corpus(texts: Sequence[str], count: int, source: Path) -> Path:
    """`count` texts in CSV files of 500; after the real ones come halves of two of them, drawn with a seed."""
    draw, words = random.Random(SEED), [text.split() for text in texts]
    rows = list(texts[:count])
    while len(rows) < count:
        rows.append(" ".join(draw.choice(words)[:60] + draw.choice(words)[:60]))
    source.mkdir(parents=True)
    for start in range(0, count, 500):
        write_rows(source / f"{start}.csv", ["text"], [[row] for row in rows[start : start + 500]])
    return source


def speed(texts: Sequence[str], questions: Sequence[str], embedder: Embedder, folder: Path) -> dict[str, Any]:
    """Seconds to index, and milliseconds a question at 1,000, 2,000 and 50,000 passages, exact and by graph."""
    noise = Noise(embedder, texts[:1000])
    kinds = [("1,000", 1000, 60_000, embedder), ("2,000", 2000, 60_000, embedder)]
    kinds += [("50,000", 50_000, 60_000, noise), ("50,000 by graph", 50_000, 40_000, noise)]
    batches = [questions[part::5] for part in range(5)]  # each mode embeds questions that are new to it
    found: dict[str, Any] = {}
    exact: list[list[str]] = []
    for name, count, limit, fills in kinds:
        source = corpus(texts, count, folder / name / "rows")
        start = time.perf_counter()
        # The graph is built over the very index that was searched exactly before: only the limit differs.
        place = folder / ("50,000" if count == 50_000 else name) / "index"
        updated = open_index(place, fills, limit=limit).update(
            [source if limit > 50_000 else folder / "50,000" / "rows"]
        )
        entry: dict[str, Any] = {
            "passages": updated.passages,
            "seconds to index": round(time.perf_counter() - start, 1),
        }
        index = open_index(place, embedder, limit=limit)
        index.search("the first loads the vectors", 5)
        entry |= {mode: timed(index, batch, mode) for mode, batch in zip(MODES, batches, strict=False)}
        entry["hybrid and quotes"] = timed(index, batches[3], "hybrid", quotes=True)
        near = [[hit.passage for hit in index.search(question, 10, "dense")] for question in batches[4]]
        if limit < count:
            entry["of the exact ten nearest"] = float(
                np.mean([len({*a} & {*b}) / 10 for a, b in zip(near, exact, strict=True)])
            )
        exact = near
        found[name] = entry
        sys.stderr.write(f"{name}: {entry}\n")
    return found


def measure(embedder: Embedder, folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = {
        "embedder": embedder.bundle.manifest.name,
        "digest": embedder.bundle.digest[:12],
        "sets": {},
    }
    texts: list[str] = []
    questions: list[str] = []
    for name in SETS:
        answers, pairs = read_set(name)
        index = open_index(folder / name, embedder)
        index.update([write_rows(folder / "answers.csv", ["text"], [[answer] for answer in answers])])
        content["sets"][name] = {
            "questions": len(pairs), "answers": len(answers), "passages": len(index), **quality(index, pairs)
        }  # fmt: skip
        sys.stderr.write(f"{name}: {content['sets'][name]}\n")
        texts, questions = texts + answers, questions + list(pairs)
        if name == "bankfaqs":
            content["questions"] = held_out(answers, pairs, embedder, folder)
            sys.stderr.write(f"questions: {content['questions']}\n")
    random.Random(SEED).shuffle(questions)
    content["milliseconds a question"] = speed(texts, questions[:500], embedder, folder)
    return content


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        content = measure(headwater.load(BUNDLE), Path(folder))
    sys.stdout.write(json.dumps(content, indent=1) + "\n" if given.json else "")


if __name__ == "__main__":
    main()
