"""The corpus that financial-news learns topics from: how varied it is, whose words it shares, and do two labellings agree.

    python tests/benchmarks/news_corpus.py [--json]        (needs HEADWATER_DATA)

Variety: distinct runs of four words as a share of all, in as many words of the corpus as of PhraseBank. Words shared: runs of
eight that stand in a set which the model is measured on. Agreement: Cohen's kappa of the first labels and of a second
labelling that saw the texts alone; for companies the F1 of the mentions found, and kappa of the polarity of the common ones.
"""

import argparse
import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sklearn.metrics import cohen_kappa_score

from headwater.data.catalogue import named_rows

__all__ = ["agreement", "distinct_share", "runs", "shared"]

CORPUS = Path(__file__).resolve().parents[2] / "models" / "financial-news" / "corpus"
MEASURED = (
    "financial_phrasebank_50:all",
    "financial_phrasebank_all:all",
    "reuters_r52:train",
    "reuters_r52:test",
    "finentity:all",
    "twitter_fin_sentiment:validation",
)


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def runs(text: str, length: int) -> Iterator[tuple[str, ...]]:
    """Every run of so many words.

    >>> list(runs("Oil fell, again.", 2))
    [('oil', 'fell'), ('fell', 'again')]
    """
    found = words(text)
    return (tuple(found[at : at + length]) for at in range(len(found) - length + 1))


def distinct_share(texts: Sequence[str], most: int) -> float:
    """Distinct runs of four as a share of all runs of four, in the first `most` words of the texts in a seeded order.

    >>> distinct_share(["a b c d e", "a b c d f"], 10)
    0.75
    """
    order = list(texts)
    random.Random(13).shuffle(order)
    seen: list[tuple[str, ...]] = []
    for text in order:
        cut = words(text)[:most]
        most -= len(cut)
        seen += runs(" ".join(cut), 4)
    return len(set(seen)) / len(seen)


def shared(texts: Sequence[str], others: Sequence[str], length: int = 8) -> set[tuple[str, ...]]:
    """Runs of so many words that stand in both."""
    ours = {run for text in texts for run in runs(text, length)}
    return {run for text in others for run in runs(text, length)} & ours


def agreement(first: Sequence[dict[str, Any]], second: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Kappa by what was labelled; `second[i]` is the other labelling of `first[i]`."""
    pairs = list(zip(first, second, strict=True))
    topics = sorted({topic for row in first for topic in row["labels"]})
    by_topic = [
        cohen_kappa_score(*([topic in row["labels"] for row in side] for side in (first, second))) for topic in topics
    ]
    ours, theirs = (
        [{(e["start"], e["end"]): e["type"] for e in row["entities"]} for row in side] for side in (first, second)
    )
    common = [(a[place], b[place]) for a, b in zip(ours, theirs, strict=True) for place in a.keys() & b.keys()]
    found = sum(map(len, ours)) + sum(map(len, theirs))
    return {
        "sentiment": cohen_kappa_score([a["label"] for a, _ in pairs], [b["label"] for _, b in pairs]),
        "main topic": cohen_kappa_score(
            *([(row["labels"] or ["none"])[0] for row in side] for side in (first, second))
        ),
        "topics, mean of each": sum(by_topic) / len(by_topic),
        "polarity of a company": cohen_kappa_score(*zip(*common, strict=True)),
        "company mentions, F1": 2 * len(common) / found,
    }


def rows(*names: str) -> list[dict[str, Any]]:
    return [json.loads(line) for name in names for line in (CORPUS / name).read_text(encoding="utf-8").splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    first, second = rows("news_train.jsonl", "news_test.jsonl"), rows("second_labels.jsonl")
    texts = [row["text"] for row in first]
    phrases = [row.text for row in named_rows("financial_phrasebank_50:all")[0]]
    most = min(sum(len(words(text)) for text in side) for side in (texts, phrases))
    content = {
        "sentences": len(texts),
        "words": sum(len(words(text)) for text in texts),
        "compared_words": most,
        "distinct_4": {"corpus": distinct_share(texts, most), "phrasebank": distinct_share(phrases, most)},
        "shared_8": {name: len(shared(texts, [row.text for row in named_rows(name)[0]])) for name in MEASURED},
        "agreement": agreement(first, second),
    }
    sys.stdout.write(
        json.dumps(content, indent=2) + "\n" if given.json else "".join(f"{k}: {v}\n" for k, v in content.items())
    )


if __name__ == "__main__":
    main()
