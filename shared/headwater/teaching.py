"""Corrected sentences -> a folder from which a tagger learns what they teach it, new types too, and keeps what it knew.

    recipe.toml            begins from the bundle itself (`start`): known labels keep their weights, new ones are fresh
    corrected.jsonl        what people marked
    earlier.jsonl          sentences from before the first mark of a new type: what is O there may be one
    replay.jsonl           sentences with the old types, by old training rows or by the bundle itself
    test-*.jsonl           of each a seeded part that nothing is learnt from

A network that learns from new rows alone forgets the old ones. Old rows shown again protect them; where these cannot be had,
what the old model itself says of other texts stands in their place (Li and Hoiem 2016, "Learning without Forgetting"; of types
of names, Monaikul et al. 2021). Where nobody could mark a type, `lacks` lets an O be one.
"""

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from headwater.bundle import Bundle, Head
from headwater.data.example import Example
from headwater.errors import InputError
from headwater.files import write_whole
from headwater.spans import Span
from headwater.store.corrections import Correction

__all__ = [
    "FEWEST",
    "LATE",
    "LEAST",
    "MARKS",
    "Lesson",
    "Marked",
    "filled",
    "lesson_of",
    "replayed",
    "rows_again",
    "write_lesson",
]

MARKS = ("all", "new")  # what people marked: every type, or the new ones alone
FEWEST = 20  # corrected sentences
LATE = 5  # of them, from the first that marks the last new type on
LEAST = 0.9  # the probability from which the model's own span is taken for right
REPEAT = 4  # times that each corrected sentence is learnt from in an epoch: 70 of them beside 500 of replay
HELD = 0.15  # of the sentences, for the test
SEED = 13
KEPT = ("max_length", "stride", "casing", "pooling", "freeze", "word_dropout")  # as the bundle was trained
# About 70 rows four times and 500 of replay: 40 updates an epoch. At twice the rate the old types lose more, and the new gain none.
TRAINING = {"epochs": 6, "batch_size": 16, "learning_rate": 1e-4, "head_rate": 5.0}
Reads = Any  # a Tagger: predict(texts) -> the spans of each


@dataclass(frozen=True)
class Marked:
    """A sentence and its spans."""

    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Lesson:
    """What is learnt: types that the head has, types that are new, and the sentences of each kind."""

    known: tuple[str, ...]
    new: tuple[str, ...]
    corrected: Sequence[Marked]
    earlier: Sequence[Marked] = ()
    replay: Sequence[Marked] = ()


def lesson_of(corrections: Iterable[Correction], head: Head) -> Lesson:
    """What the last correction of each text says, oldest first; types that the head lacks are new.

    Raises InputError for too few sentences, or too few since a new type was first marked.
    """
    last: dict[str, Correction] = {}
    for one in corrections:  # of one text the last word counts, and it was said then
        last.pop(one.text, None)
        last[one.text] = one
    known = tuple(dict.fromkeys(label[2:] for label in head.labels if label != "O"))
    rows = [(one, Marked(one.text, tuple(s for s in one.right if isinstance(s, Span)))) for one in last.values()]
    if len(rows) < FEWEST:
        raise InputError(
            f"expected at least {FEWEST} corrected sentences of head {head.name} to learn from, got {len(rows)}: correct more "
            "(entity-extractor, Corrections)"
        )
    new = sorted({span.label for _, row in rows for span in row.spans} - set(known))
    # Nobody could mark a type before there was one: until all have been met, an O says nothing of them.
    first = [next(n for n, (_, row) in enumerate(rows) if any(s.label == label for s in row.spans)) for label in new]
    begun = max(first, default=0)
    if len(rows) - begun < LATE:
        late = ", ".join(label for label, place in zip(new, first, strict=True) if len(rows) - place < LATE)
        raise InputError(
            f"expected at least {LATE} sentences since the first mark of {late}, got {len(rows) - begun}: correct more, or the mark"
        )
    marked = [row for _, row in rows]
    return Lesson(known, tuple(new), marked[begun:], marked[:begun])


def filled(rows: Sequence[Marked], tagger: Reads, known: Sequence[str], least: float = LEAST) -> list[Marked]:
    """Rows on which only new types were marked, with the model's own sure spans of known ones beside."""
    out = []
    for row, said in zip(rows, tagger.predict([row.text for row in rows]), strict=True):
        free = (span for span in said if all(span.end <= own.start or own.end <= span.start for own in row.spans))
        sure = [span for span in free if span.probability >= least and span.label in known]
        out.append(Marked(row.text, tuple(sorted([*row.spans, *sure]))))
    return out


def replayed(texts: Iterable[str], tagger: Reads, most: int, taken: Iterable[str] = (), least: float = LEAST) -> list[Marked]:  # fmt: skip
    """At most `most` of the texts, drawn, under the model's own spans; texts in which it is unsure of one are left out."""
    free = sorted({text.strip() for text in texts} - set(taken) - {""})
    drawn = random.Random(SEED).sample(free, min(len(free), 2 * most))  # half of them may go
    said = zip(drawn, tagger.predict(drawn), strict=True)
    sure = [Marked(text, tuple(spans)) for text, spans in said if all(span.probability >= least for span in spans)]
    return sure[:most]


def rows_again(
    rows: Iterable[Example], source: str, known: Sequence[str], most: int, taken: Iterable[str] = ()
) -> list[Marked]:
    """At most `most` labelled rows, drawn. Raises InputError where they mark types that the head does not have."""
    spans = {row.text: tuple(s for s in row.targets.get("spans", ()) if isinstance(s, Span)) for row in rows}
    strange = sorted({span.label for found in spans.values() for span in found} - set(known))
    if strange or not any(spans.values()):
        raise InputError(
            f"{source}: expected rows that mark {', '.join(known)}, got {', '.join(strange) or 'no spans'}: "
            "give them as --texts, then their labels are not read"
        )
    free = sorted(spans.keys() - set(taken))
    return [Marked(text, spans[text]) for text in random.Random(SEED).sample(free, min(most, len(free)))]


def write_lesson(
    folder: Path,
    bundle: Bundle,
    head: Head,
    lesson: Lesson,
    marks: str = "all",
    open_replay: bool = False,
    **training: Any,
) -> Path:
    """Write rows and recipe into a folder; gives the recipe's file. `training` goes over TRAINING.

    `open_replay` lets an O of a replayed sentence be a new type: for replay in which new types are common. Else it says that
    they are rare, without which a model that has only seen sentences that hold one finds it everywhere.
    Raises InputError for a bundle that no recipe made, or that answers other questions too.
    """
    made = bundle.manifest.recipe
    if marks not in MARKS or "encoder" not in made or len(bundle.manifest.heads) != 1:
        heads = ", ".join(entry.name for entry in bundle.manifest.heads)
        raise InputError(
            f"{bundle.manifest.name}: expected a bundle of one head that a recipe made, and marks of {' or '.join(MARKS)}; "
            f"got heads {heads}, {'a recipe' if 'encoder' in made else 'no recipe'}, marks {marks!r}"
        )
    train, test = [], []
    for name, rows, lacks in (
        ("corrected", lesson.corrected, lesson.known if marks == "new" else ()),
        ("earlier", lesson.earlier, (*lesson.new, *(lesson.known if marks == "new" else ()))),
        ("replay", lesson.replay, lesson.new if open_replay else ()),
    ):
        if not rows:
            continue
        mixed = random.Random(SEED).sample(list(rows), len(rows))
        cut = 0 if name == "earlier" else max(1, round(HELD * len(rows)))
        _write(folder / f"{name}.jsonl", mixed[cut:])
        again = 1 if name == "replay" else REPEAT
        train.append({"source": f"{name}.jsonl", "lacks": list(lacks), "repeat": again, "licence": "the user's own"})
        if cut:
            _write(folder / f"test-{name}.jsonl", mixed[:cut])
            test.append(f"test-{name}.jsonl")
    content = _recipe(bundle, head, lesson, marks, {**TRAINING, **training})
    content["data"] = {"train": train, "test": test, "also": test, "validation": 0.1, "calibration": 0.1}
    return _write_recipe(folder / "recipe.toml", content)


def _recipe(bundle: Bundle, head: Head, lesson: Lesson, marks: str, training: dict[str, Any]) -> dict[str, Any]:
    made, version = bundle.manifest.recipe, bundle.manifest.version
    before = next((dict(entry) for entry in made.get("heads", ()) if entry["name"] == head.name), {})
    told = f"Taught {', '.join(lesson.new) or 'corrections'} from {len(lesson.corrected)} corrected sentences, beginning from {bundle.digest[:12]}."
    limits = [*made.get("limits", ()), told]
    if marks == "new":
        limits.append("On the corrected sentences the types it knew before are its own sure answers, in the test too.")
    entry = {"name": head.name, "kind": "token", "labels": [*lesson.known, *lesson.new]}
    return {
        "name": bundle.manifest.name,
        "version": str(int(version) + 1) if version.isdecimal() else f"{version}+1",
        "task": "tagging",
        "encoder": made["encoder"],
        "start": str(bundle.folder.resolve()),
        "description": made.get("description", ""),
        "licence": made.get("licence", "Apache-2.0"),
        "limits": limits,
        "heads": [entry | ({"decoder": before["decoder"]} if before.get("decoder") else {})],
        "training": {
            **{key: made["training"][key] for key in KEPT if key in made.get("training", {})},
            **training,
            "metric": f"{head.name}.span_f1",
        },
    }


def _write(file: Path, rows: Sequence[Marked]) -> None:
    lines = (
        {"text": row.text, "entities": [{"start": s.start, "end": s.end, "type": s.label} for s in row.spans]}
        for row in rows
    )
    write_whole(file, (json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines))


def _write_recipe(file: Path, content: dict[str, Any]) -> Path:
    import tomlkit

    head = "# Written from corrections. Train:  headwater train recipe.toml\n"
    write_whole(file, [(head + tomlkit.dumps(content)).encode()])
    return file
