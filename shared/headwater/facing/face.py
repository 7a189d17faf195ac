"""The live model and a candidate on the same old cases, and whether the candidate may take its place.

The rule. People's corrections: of those that the live model has right, no more than `regressions` (none) may go wrong.
Labelled sets: no case is lost, or the candidate is not inferior by `margin` in a paired test (headwater.comparison), which a small
set with losses cannot pass: it proves too little. Heads and labels: none may vanish. And there must be a case at all.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from headwater.bundle import Bundle, Head
from headwater.comparison import not_inferior
from headwater.data.example import Example, Target
from headwater.evaluation import DEFAULT_METRIC
from headwater.facing.cases import CORRECTIONS, Cases, Gathered
from headwater.metrics import Counts, document_counts, label_set_counts, macro_f1, micro_f1
from headwater.serving.decoding import Prediction
from headwater.serving.model import Model, open_model, processors
from headwater.span_metrics import span_counts
from headwater.spans import Span

__all__ = ["MARGIN", "Change", "Faced", "Report", "face"]

MARGIN = 0.005  # half a point, as the gate has it for int8
NOTHING: dict[str, Target] = {"single": "", "pair": "", "multi": (), "token": ()}  # what a model without the head says


@dataclass(frozen=True)
class Change:
    """A case that one of the two has right and the other wrong: where it stands, and what each says."""

    where: str
    text: str
    right: Any
    live: Any
    candidate: Any


@dataclass(frozen=True)
class Faced:
    """One head on the cases of one source: the metric of both (`live` is None where nothing is live), and their difference
    with its 90 % interval, whose lower end decides.
    """

    source: str
    head: str
    rows: int
    taught: int
    metric: str
    live: float | None
    candidate: float
    difference: float
    low: float
    high: float
    newly_right: int
    newly_wrong: tuple[Change, ...]
    passed: bool


@dataclass(frozen=True)
class Report:
    """What a candidate did on the old cases; `reasons` are why it may not go live, empty where it may."""

    name: str
    live: str | None  # digests
    candidate: str
    cases: str
    margin: float
    regressions: int
    faced: tuple[Faced, ...]
    skipped: tuple[tuple[str, str], ...]
    vanished: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.reasons

    def record(self, texts: bool = False) -> dict[str, Any]:
        """The report as plain values. Without `texts` it says where cases stand and not what they are: it is kept in a
        file, which does not forget when the store does.
        """
        content = asdict(self) | {"passed": self.passed}
        if not texts:
            for part in content["faced"]:
                for change in part["newly_wrong"]:
                    del change["text"]
        return content


def face(
    live: Bundle | None, candidate: Bundle, gathered: Gathered, margin: float = MARGIN, regressions: int = 0
) -> Report:
    """Let both answer every case. Raises what opening a bundle does, and InputError for a margin that is not above 0."""
    new, old = _opened(candidate), None if live is None else _opened(live)
    faced = tuple(_face(old, new, part, margin, regressions) for part in gathered.cases)
    vanished = () if live is None else tuple(_vanished(live, candidate))
    reasons = [f"{what} is gone" for what in vanished]
    reasons += [_reason(part, margin, regressions) for part in faced if not part.passed]
    if not faced and live is not None:
        reasons.append("there was no case to face: name labelled ones with --cases FILE (and --keep them)")
    return Report(
        candidate.manifest.name, live.digest if live else None, candidate.digest, gathered.digest, margin, regressions,
        faced, gathered.skipped, vanished, tuple(reasons),
    )  # fmt: skip


def _opened(bundle: Bundle) -> Model:
    return open_model(bundle, bundle.default_variant("cpu"), "cpu", processors())


def _face(old: Model | None, new: Model, part: Cases, margin: float, regressions: int) -> Faced:
    rights = [row.targets[part.head.name] for row in part.rows]
    ours = _answers(new, part.head, part.rows)
    theirs = ours if old is None else _answers(old, part.head, part.rows)
    wrong = [(_items(a) ^ _items(r), _items(b) ^ _items(r)) for a, b, r in zip(theirs, ours, rights, strict=True)]
    right = np.array([(not before, not after) for before, after in wrong], dtype=int)
    lost = np.flatnonzero(right[:, 0] > right[:, 1])
    counts = [_counts(part.head, rights, answers) for answers in (theirs, ours)]
    one_label = part.head.kind in ("single", "pair")
    average = "macro" if part.head.kind == "multi" else "micro"
    # A row or two proves nothing, but where nothing at all is lost nothing needs to be proved.
    unharmed = not len(lost) if one_label else all(after <= before for before, after in wrong)
    was, now = (right[:, 0], right[:, 1]) if one_label else counts
    forth, back = not_inferior(was, now, margin, average=average), not_inferior(now, was, margin, average=average)
    before, after = (_value(part.head, count, right[:, side]) for side, count in enumerate(counts))
    changes = tuple(
        Change(part.rows[i].where, part.rows[i].text, _plain(rights[i]), _plain(theirs[i]), _plain(ours[i]))
        for i in lost
    )
    return Faced(
        part.source, part.head.name, len(rights), part.taught, DEFAULT_METRIC[part.head.kind],
        None if old is None else before, after, forth.difference, forth.low, -back.low,
        int((right[:, 1] > right[:, 0]).sum()), changes,
        len(lost) <= regressions if part.source == CORRECTIONS else unharmed or forth.passed,
    )  # fmt: skip


def _answers(model: Model, head: Head, rows: Sequence[Example]) -> list[Target]:
    """What a model says to each case, without thresholds; nothing where it has no such head."""
    if not any(own.name == head.name and own.kind == head.kind for own in model.heads):
        return [NOTHING[head.kind]] * len(rows)
    pairs = [row.second or "" for row in rows] if head.kind == "pair" else None
    found = model.predict_heads([row.text for row in rows], pairs, heads=[head.name])[head.name]
    return [_target(result) for result in found]


def _target(result: Any) -> Target:
    if isinstance(result, Prediction):
        return result.label
    return tuple(item.label if isinstance(item, Prediction) else item for item in result)


def _items(answer: Target) -> frozenset[Any]:
    """What an answer says, piece by piece; spans are equal by start, end and type."""
    if isinstance(answer, str):
        return frozenset({answer})
    return frozenset((item.start, item.end, item.label) if isinstance(item, Span) else item for item in answer)


def _counts(head: Head, rights: Sequence[Any], answers: Sequence[Any]) -> Counts:
    if head.kind == "token":
        return span_counts(rights, answers)
    labels = sorted({item for answer in (*rights, *answers) for item in _items(answer)})
    return (label_set_counts if head.kind == "multi" else document_counts)(rights, answers, labels)


def _value(head: Head, counts: Counts, right: np.ndarray) -> float:
    if head.kind in ("single", "pair"):
        return float(right.mean())
    return float((macro_f1 if head.kind == "multi" else micro_f1)(counts.values.sum(axis=0)))


def _plain(answer: Target) -> Any:
    if isinstance(answer, str):
        return answer
    return [
        {"start": item.start, "end": item.end, "label": item.label} if isinstance(item, Span) else item
        for item in answer
    ]


def _vanished(live: Bundle, candidate: Bundle) -> list[str]:
    """Heads that the candidate lacks or has of another kind, and labels that it cannot give."""
    there = {(head.name, head.kind): head.labels for head in candidate.manifest.heads}
    gone = []
    for head in live.manifest.heads:
        labels = there.get((head.name, head.kind))
        if labels is None:
            gone.append(f"head {head.name} ({head.kind})")
        else:
            gone += [f"label {label} of head {head.name}" for label in head.labels if label not in labels]
    return gone


def _reason(part: Faced, margin: float, regressions: int) -> str:
    where, lost = f"{part.source}, head {part.head}", len(part.newly_wrong)
    if part.source == CORRECTIONS:
        return f"{where}: {lost} that the live model has right go wrong, where {regressions} may"
    return (
        f"{where}: {part.metric} may be {-part.low:.4f} worse, where {margin:g} may be lost ({lost} newly wrong, "
        f"{part.newly_right} newly right, of {part.rows:,})"
    )
