"""What people put right of an item: its sentiment, its topics, what is said of a company; kept for the next training.

Counts and alerts stay as they were: they say what the models said at the time.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from headwater.bundle import Bundle
from headwater.errors import InputError
from headwater.spans import Span
from headwater.store import Store
from headwater.store.cleaning import mask_text
from headwater.store.corrections import Answer, Correction, record
from headwater.store.news import NEWS_ITEM
from headwater.store.tables import CORRECTION
from sentiment_monitor.records import ItemRow, Past

__all__ = [
    "MOST",
    "SOURCE",
    "labels_of",
    "right_companies",
    "right_sentiment",
    "right_topics",
    "righted",
    "unsure_items",
]

SOURCE, MOST = "monitor", 1_000
POLARITIES = ("negative", "neutral", "positive")


def labels_of(bundle: Bundle, head: str) -> tuple[str, ...]:
    """The labels that an answer of a head may hold; of a token head its types; none where the bundle lacks the head."""
    for one in bundle.manifest.heads:
        if one.name == head:
            return tuple(dict.fromkeys(label[2:] for label in one.labels if label != "O")) if one.kind == "token" else tuple(one.labels)  # fmt: skip
    return ()


def right_sentiment(store: Store, bundle: Bundle, item: ItemRow, label: str, who: str) -> Correction:
    """The sentiment of an item. Raises InputError for a label that the head lacks, or for nobody."""
    chance = item.probabilities.get(item.sentiment or "")
    return _record(store, bundle, item, "sentiment", "single", label, item.sentiment, who, chance)


def right_topics(store: Store, bundle: Bundle, item: ItemRow, labels: Sequence[str], who: str) -> Correction:
    """All topics of an item, none included. Raises InputError as above."""
    said = tuple(label for label, _ in item.topics)
    return _record(store, bundle, item, "topics", "multi", tuple(labels), said, who)


def right_companies(store: Store, bundle: Bundle, item: ItemRow, polarities: Sequence[str], who: str) -> Correction:
    """What is said of each company of an item, in the order of its mentions; "" where none stands there.

    Raises InputError as above, and where not every mention has its answer.
    """
    if len(polarities) != len(item.mentions):
        raise InputError(f"expected an answer for each of {len(item.mentions)} companies, got {len(polarities)}")
    said = tuple(
        Span(one.start, one.end, one.polarity, one.probability, one.text)
        for one in item.mentions
        if one.polarity in POLARITIES
    )
    right = tuple(
        Span(one.start, one.end, label, 1.0, one.text)
        for one, label in zip(item.mentions, polarities, strict=True)
        if label
    )
    return _record(store, bundle, item, "companies", "token", right, said, who)


def unsure_items(past: Past) -> int:
    """How many items the model abstained on, as far as a thousand."""
    seen = () if past.as_of is None else (NEWS_ITEM.c.seen <= past.as_of,)
    some = sa.select(NEWS_ITEM.c.seen).where(NEWS_ITEM.c.unsure, *seen).limit(MOST).subquery()
    with past.store.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def _record(
    store: Store, bundle: Bundle, item: ItemRow, head: str, kind: str, right: Answer, said: Answer | None, who: str,
    confidence: float | None = None,
) -> Correction:  # fmt: skip
    """What was said is written down where this very bundle said it."""
    same = item.bundle == bundle.digest
    manifest = bundle.manifest
    correction = Correction(
        item.text, right, said if same else None, who, manifest.name, manifest.version, bundle.digest, head, kind,
        confidence=confidence if same else None, source=SOURCE,
    )  # fmt: skip
    return record(store, correction, labels=labels_of(bundle, head))


def righted(store: Store, items: Iterable[ItemRow], head: str = "sentiment") -> dict[int, Answer]:
    """By item what a person last held to be right under a head, of those that were put right."""
    masked = {item.id: mask_text(item.text)[0] for item in items}
    chosen = sa.select(CORRECTION.c.text, CORRECTION.c.right).where(
        CORRECTION.c.head == head, CORRECTION.c.text.in_(list(set(masked.values())))
    )
    with store.read() as connection:
        found = {row.text: row.right for row in connection.execute(chosen.order_by(CORRECTION.c.id))}
    known = {item: found[text] for item, text in masked.items() if text in found}
    return {item: _answer(content) for item, content in known.items()}


def _answer(content: dict[str, object]) -> Answer:
    if "label" in content:
        return str(content["label"])
    labels = content.get("labels")
    return tuple(map(str, labels)) if isinstance(labels, list) else ()
