"""A teacher: any bundle, run or checkpoint, asked once about every row that a student learns from.

run/teacher/<digest>.npz   its logits by head, float32; the digest is of the teacher and of all texts
"""

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch

from headwater.bundle import Head, file_digest
from headwater.data.example import Example
from headwater.errors import HeadwaterError, TrainingError
from headwater.files import whole
from headwater.recipe import Recipe
from headwater.serving.predictor import Predictor
from headwater.training.runner import TorchRunner

__all__ = ["Lesson", "Teacher", "matched", "open_teacher"]

Lesson = dict[str, np.ndarray]  # what a teacher says of one row: its logits by the student's head
WEIGHTS = (".bin", ".json", ".safetensors")  # the files that make a checkpoint what it is


@dataclass(frozen=True)
class Teacher:
    """An opened teacher: its way from texts to logits, and the digest of its files.

    `heads` maps a head of the student to the teacher's head and, for each label of the student, its place there.
    """

    predictor: Predictor
    digest: str
    heads: Mapping[str, tuple[Head, np.ndarray]]

    def lessons(self, rows: Sequence[Example], folder: Path) -> list[Lesson]:
        """What it says of each row: float32 (labels,) by document head, (words, labels) by token head.

        Words are `headwater.text.words` of the text; what it says of long texts is joined as in service. Equal texts are
        asked about once, and the answers kept in `folder`, so that a run that goes on does not ask again.
        """
        places: dict[tuple[str, str | None], int] = {}
        numbers = [places.setdefault((row.text, row.second), len(places)) for row in rows]
        digest = sha256(repr((self.digest, sorted(self.heads), list(places))).encode("utf-8", "surrogatepass"))
        file = folder / f"{digest.hexdigest()[:32]}.npz"
        answers = _read(file) or self._ask(list(places), file)
        said: list[Lesson] = [{} for _ in places]
        for name, (_, order) in self.heads.items():
            for row, values in enumerate(answers[name]):
                said[row][name] = values[..., order]
        return [said[number] for number in numbers]

    def _ask(self, texts: Sequence[tuple[str, str | None]], file: Path) -> dict[str, list[np.ndarray]]:
        pairs = [second or "" for _, second in texts] if any(second is not None for _, second in texts) else None
        logits = self.predictor.logits([text for text, _ in texts], pairs)
        answers = {name: [v.astype(np.float32) for v in logits[head.name]] for name, (head, _) in self.heads.items()}
        if int(os.environ.get("RANK", "0")) == 0:  # each process asks for itself, so that none waits for another
            _write(file, answers)
        return answers


def _write(file: Path, answers: Mapping[str, Sequence[np.ndarray]]) -> None:
    """All rows of a head behind each other, and how many values each has; whole, or not there at all."""
    arrays: dict[str, np.ndarray] = {}
    for name, rows in answers.items():
        arrays[f"{name}/values"] = np.concatenate([np.atleast_2d(row) for row in rows])
        arrays[f"{name}/words"] = np.array([len(row) if row.ndim == 2 else -1 for row in rows], dtype=np.int64)
    with whole(file, alone=True) as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def _read(file: Path) -> dict[str, list[np.ndarray]] | None:
    if not file.is_file():
        return None
    with np.load(file, allow_pickle=False) as arrays:
        found: dict[str, list[np.ndarray]] = {}
        for name in {key.rpartition("/")[0] for key in arrays.files}:
            values, words = arrays[f"{name}/values"], arrays[f"{name}/words"]
            parts = np.split(values, np.cumsum(np.abs(words))[:-1])
            found[name] = [part[0] if count < 0 else part for part, count in zip(parts, words, strict=True)]
    return found


def open_teacher(recipe: Recipe, heads: Sequence[Head]) -> Teacher | None:
    """The teacher that a recipe names, held against the student's heads; None where it names none.

    A bundle answers as its default variant on a CPU does, a run or checkpoint in torch. Raises TrainingError.
    """
    if recipe.training.distil is None:
        return None
    place = (recipe.folder / Path(recipe.training.distil.teacher).expanduser()).resolve()
    if not any((place / note).is_file() for note in ("bundle.json", "config.json")):
        place = place / "model"  # of a run
    try:
        if (place / "bundle.json").is_file():
            predictor, digest = _bundle(place)
        else:
            predictor, digest = _checkpoint(place, any(head.kind == "pair" for head in heads))
    except TrainingError:
        raise
    except HeadwaterError as fault:
        raise TrainingError(f"training.distil.teacher: could not be opened: {fault}") from fault
    return Teacher(predictor, digest, matched(heads, predictor.heads))


def _bundle(place: Path) -> tuple[Predictor, str]:
    from headwater.serving.model import Model, load

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of probabilities that are not calibrated: logits are what is learnt from
        opened = load(place)
    model = opened if isinstance(opened, Model) else opened.model
    return model.predictor, model.bundle.digest


def _checkpoint(place: Path, pair: bool) -> tuple[Predictor, str]:
    from headwater.export.checkpoint import open_checkpoint  # late: it brings what an export needs

    ours = (place / "config.json").is_file() and '"headwater"' in (place / "config.json").read_text(encoding="utf-8")
    source = open_checkpoint(str(place), kind="pair" if pair and not ours else None)
    model = source.model.to("cuda" if torch.cuda.is_available() else "cpu")
    files = sorted(file for file in place.iterdir() if file.suffix in WEIGHTS)
    digest = sha256("".join(f"{file.name}:{file_digest(file)}\n" for file in files).encode()).hexdigest()
    return Predictor(source.encoder, source.heads, TorchRunner(model), budget=4096), digest  # type: ignore[arg-type]


def matched(student: Sequence[Head], teacher: Sequence[Head]) -> dict[str, tuple[Head, np.ndarray]]:
    """For each head of the student that the teacher has too: the teacher's head, and where each label stands there.

    Heads are the same by name and kind; a teacher with a single head is the same as the only head of its kind. Labels
    may stand in another order, and must be the same ones. Raises TrainingError, also where no head is common.
    """
    found = {}
    for head in student:
        alike = [entry for entry in student if entry.kind == head.kind]
        other = next((entry for entry in teacher if (entry.name, entry.kind) == (head.name, head.kind)), None)
        if other is None and len(teacher) == 1 and len(alike) == 1 and teacher[0].kind == head.kind:
            other = teacher[0]
        if other is None or head.kind == "embedding":
            continue
        lacking, more = set(head.labels) - set(other.labels), set(other.labels) - set(head.labels)
        if lacking or more:
            raise TrainingError(
                f"training.distil.teacher: expected the labels of head {head.name}, in any order; the teacher "
                f"lacks {_few(lacking)} and has {_few(more)} besides: name labels alike, with a map if need be"
            )
        found[head.name] = (other, np.array([other.labels.index(label) for label in head.labels]))
    if not found:
        names = [", ".join(f"{head.name} ({head.kind})" for head in heads) for heads in (student, teacher)]
        raise TrainingError(
            f"training.distil.teacher: expected a head of the same name and kind as {names[0]}, got {names[1]}"
        )
    return found


def _few(labels: set[str]) -> str:
    shown = sorted(labels)[:5]
    return ", ".join(shown) + (" ..." if len(labels) > 5 else "") if shown else "none"
