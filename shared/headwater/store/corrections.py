"""What people put right: who, when, what the bundle said and what is right, written down without personal data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.spans import Span
from headwater.store.cleaning import clean_text, clean_values, mask_text
from headwater.store.database import Store
from headwater.store.subjects import subject_hash
from headwater.store.tables import CORRECTION, utc_now

__all__ = ["KINDS", "Answer", "Correction", "record", "record_in", "recorded", "recorded_in"]

Answer = str | tuple[str, ...] | tuple[Span, ...]
# kind of head -> the name under which its answer is stored
KINDS = {"single": "label", "pair": "label", "multi": "labels", "token": "spans"}
NAMES = ("who", "bundle", "version", "digest", "variant", "head", "source")


@dataclass(frozen=True)
class Correction:
    """One answer of a bundle, and the right one.

    An answer is a label (kind single or pair), a tuple of labels (multi) or of spans (token); `said` is None where the
    bundle was not asked. `second` is the second text of a pair. `created`, `used_in` (the training set that has taken
    it) and `id` are the store's.
    """

    text: str
    right: Answer
    said: Answer | None
    who: str
    bundle: str
    version: str
    digest: str
    head: str
    kind: str
    variant: str | None = None
    confidence: float | None = None
    second: str | None = None
    source: str = "dashboard"
    created: datetime | None = None
    used_in: str | None = None
    id: int | None = None


def record(
    store: Store,
    correction: Correction,
    subject: str | None = None,
    labels: Sequence[str] | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Correction:
    """Write a correction down; return it as it stands: masked, with its id and time.

    `subject` is whom the text is about, `labels` those of the head (of a token head the types), which the right answer
    must keep to. Masked pieces shift the spans behind them; a span over one takes in the placeholder.
    Raises InputError for an answer that does not fit the head or the text.
    """
    with store.write() as connection:
        return record_in(connection, correction, subject, labels, now)


def record_in(
    connection: sa.Connection,
    correction: Correction,
    subject: str | None = None,
    labels: Sequence[str] | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Correction:
    """`record` within a transaction."""
    _check(correction, labels)
    text, said, right = correction.text, correction.said, correction.right
    if correction.kind == "token":
        said = None if said is None else _moved(text, said)
        right = _moved(text, right)
    row: dict[str, Any] = {name: getattr(correction, name) for name in (*NAMES, "kind")}
    row |= {
        "created": now(), "text": mask_text(text)[0],
        "second": None if correction.second is None else mask_text(correction.second)[0],
        "said": None if said is None else _packed(said, correction.kind, correction.confidence),
        "right": _packed(right, correction.kind),
    }  # fmt: skip
    row["subject"] = subject_hash(connection, subject)
    written = CORRECTION.insert().values(row).returning(*CORRECTION.c)
    return _correction(connection.execute(written).one())


def recorded(
    store: Store,
    *,
    head: str | None = None,
    bundle: str | None = None,
    since: datetime | None = None,
    unused: bool = False,
) -> list[Correction]:
    """Corrections, oldest first: of a head, of a bundle, from a moment on, or only those that no training set has taken."""
    with store.read() as connection:
        return recorded_in(connection, head=head, bundle=bundle, since=since, unused=unused)


def recorded_in(
    connection: sa.Connection,
    *,
    head: str | None = None,
    bundle: str | None = None,
    since: datetime | None = None,
    unused: bool = False,
) -> list[Correction]:
    """`recorded` within a transaction."""
    chosen = sa.select(CORRECTION).order_by(CORRECTION.c.created, CORRECTION.c.id)
    if head is not None:
        chosen = chosen.where(CORRECTION.c.head == head)
    if bundle is not None:
        chosen = chosen.where(CORRECTION.c.bundle == bundle)
    if since is not None:
        chosen = chosen.where(CORRECTION.c.created >= since)
    if unused:
        chosen = chosen.where(CORRECTION.c.used_in.is_(None))
    return [_correction(row) for row in connection.execute(chosen)]


def mark_used(connection: sa.Connection, corrections: Sequence[Correction], used_in: str) -> None:
    """Note the training set that has taken them."""
    taken = CORRECTION.update().where(CORRECTION.c.id == sa.bindparam("row")).values(used_in=used_in)
    connection.execute(taken, [{"row": correction.id} for correction in corrections])


def _check(given: Correction, labels: Sequence[str] | None) -> None:
    """Raise InputError where the correction contradicts itself or the head."""
    where = f"correction of {given.bundle}, head {given.head}"
    if given.kind not in KINDS:
        raise InputError(f"{where}: expected a kind of {', '.join(KINDS)}, got {given.kind!r}")
    for name in NAMES:
        kind: Any = CORRECTION.c[name].type
        value, longest = getattr(given, name), kind.length
        if value is not None and (not value.strip() or len(value) > longest or value != clean_text(value)):
            raise InputError(f"{where}: expected {name} in 1 to {longest} characters, got {value!r:.80}")
    if (given.second is not None) != (given.kind == "pair"):
        raise InputError(f"{where}: expected a second text for a pair, and for nothing else")
    if given.confidence is not None and not 0 <= given.confidence <= 1:
        raise InputError(f"{where}: expected a confidence of 0 to 1, got {given.confidence}")
    for answer in (given.right, given.said):
        if answer is not None:
            _check_form(answer, given, where)
    unknown = sorted(set(_labels(given.right)) - set(labels)) if labels is not None else []
    if unknown:
        raise InputError(f"{where}: expected labels of {', '.join(labels or ())}, got {', '.join(unknown)}")


def _check_form(answer: Answer, given: Correction, where: str) -> None:
    form = KINDS[given.kind]
    if form == "label":
        fits = isinstance(answer, str)
    else:
        wanted = Span if form == "spans" else str
        fits = isinstance(answer, tuple) and all(isinstance(item, wanted) for item in answer)
    if not fits or "" in _labels(answer):
        expected = {"label": "a label", "labels": "a tuple of labels", "spans": "a tuple of spans"}[form]
        raise InputError(f"{where}: expected {expected}, none of them empty, got {answer!r:.80}")
    for span in _spans(answer):
        if not 0 <= span.start < span.end <= len(given.text):
            raise InputError(
                f"{where}: expected 0 <= start < end <= {len(given.text)}, got {span.start} and {span.end}"
            )
        if span.text and span.text != given.text[span.start : span.end]:
            raise InputError(f"{where}: the span {span.start} to {span.end} is of another text than the one given")


def _spans(answer: Answer) -> list[Span]:
    return [item for item in answer if isinstance(item, Span)]


def _labels(answer: Answer) -> list[str]:
    if isinstance(answer, str):
        return [answer]
    return [item.label if isinstance(item, Span) else item for item in answer]


def _moved(text: str, spans: Answer) -> tuple[Span, ...]:
    """Spans of the masked text; two that became one over a placeholder are one."""
    return tuple(sorted(set(mask_text(text, _spans(spans))[1])))


def _packed(answer: Answer, kind: str, confidence: float | None = None) -> dict[str, Any]:
    """An answer as JSON; a span's text is not kept beside the text it is of."""
    content: Any = answer
    if kind == "token":
        content = [
            {"start": span.start, "end": span.end, "label": span.label, "probability": float(span.probability)}
            for span in _spans(answer)
        ]
    packed = {KINDS[kind]: content} | ({} if confidence is None else {"confidence": float(confidence)})
    return dict(clean_values(packed, masked=False))


def _unpacked(content: dict[str, Any], kind: str, text: str) -> Answer:
    if kind == "token":
        return tuple(Span(**span, text=text[span["start"] : span["end"]]) for span in content["spans"])
    return content["label"] if kind != "multi" else tuple(content["labels"])


def _correction(row: sa.Row[Any]) -> Correction:
    content = dict(row._mapping)
    del content["subject"]
    said, right, kind, text = content.pop("said"), content.pop("right"), content["kind"], content["text"]
    return Correction(
        **content,
        said=None if said is None else _unpacked(said, kind, text),
        right=_unpacked(right, kind, text),
        confidence=None if said is None else said.get("confidence"),
    )
