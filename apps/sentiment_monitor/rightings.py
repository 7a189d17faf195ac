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
from headwater.store.corrections import Answer, Correction, record_in
from headwater.store.news import NEWS_ITEM
from headwater.store.tables import CORRECTION
from sentiment_monitor.records import ItemRow, Past

__all__ = [
    "MOST",
    "SOURCE",
    "labels_of",
    "right",
    "right_sentiment",
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


def right(
    store: Store, bundle: Bundle, item: ItemRow, who: str, sentiment: str | None = None,
    topics: Sequence[str] | None = None, companies: Sequence[str] | None = None,
) -> list[Correction]:  # fmt: skip
    """What a form says of an item, all of it or nothing; None is left as it is.

    `topics`: all of them, none included; `companies`: what is said of each, in the order of the mentions, "" where none
    stands there. Raises InputError for a label that the head lacks, for nobody, and where not every mention has its answer.
    """
    said = [_of_sentiment(bundle, item, sentiment, who)] if sentiment else []
    said += [] if topics is None else [_of_topics(bundle, item, topics, who)]
    said += [] if companies is None else [_of_companies(bundle, item, companies, who)]
    with store.write() as connection:
        return [_once(connection, bundle, one) for one in said]


def right_sentiment(store: Store, bundle: Bundle, item: ItemRow, label: str, who: str) -> Correction:
    """The sentiment of an item. Raises InputError as above."""
    return right(store, bundle, item, who, sentiment=label)[0]


def _of_sentiment(bundle: Bundle, item: ItemRow, label: str, who: str) -> Correction:
    chance = item.probabilities.get(item.sentiment or "")
    return _made(bundle, item, "sentiment", "single", label, item.sentiment, who, chance)


def _of_topics(bundle: Bundle, item: ItemRow, labels: Sequence[str], who: str) -> Correction:
    said = tuple(label for label, _ in item.topics)
    return _made(bundle, item, "topics", "multi", tuple(labels), said, who)


def _of_companies(bundle: Bundle, item: ItemRow, polarities: Sequence[str], who: str) -> Correction:
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
    return _made(bundle, item, "companies", "token", right, said, who)


def unsure_items(past: Past) -> int:
    """How many items the model abstained on, as far as a thousand."""
    seen = () if past.as_of is None else (NEWS_ITEM.c.seen <= past.as_of,)
    some = sa.select(NEWS_ITEM.c.seen).where(NEWS_ITEM.c.unsure, *seen).limit(MOST).subquery()
    with past.store.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one())


def _made(
    bundle: Bundle, item: ItemRow, head: str, kind: str, right: Answer, said: Answer | None, who: str,
    confidence: float | None = None,
) -> Correction:  # fmt: skip
    """What was said is written down where this very bundle said it."""
    same = item.bundle == bundle.digest
    manifest = bundle.manifest
    return Correction(
        item.text, right, said if same else None, who, manifest.name, manifest.version, bundle.digest, head, kind,
        confidence=confidence if same else None, source=SOURCE,
    )  # fmt: skip


def _once(connection: sa.Connection, bundle: Bundle, given: Correction) -> Correction:
    """Write a correction, in the place of the same one by the same person: whoever was not told that it is saved, the page
    having gone down, says it again. One that a training set has taken stays.
    """
    written, mine = record_in(connection, given, labels=labels_of(bundle, given.head)), CORRECTION.c
    said = connection.execute(sa.select(mine.right).where(mine.id == written.id)).scalar_one()
    same = (mine.text == written.text, mine.head == given.head, mine.who == given.who, mine.digest == given.digest)
    earlier = sa.select(mine.id, mine.right).where(*same, mine.id < written.id, mine.used_in.is_(None))
    again = [row.id for row in connection.execute(earlier) if row.right == said]
    connection.execute(CORRECTION.delete().where(mine.id.in_(again)))
    return written


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
