"""What a run learns from: training rows, their changed copies, and what a teacher says of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headwater.data.augment import augmented
from headwater.data.corpus import Corpus
from headwater.data.example import Example
from headwater.recipe import Recipe
from headwater.training.distil import Following
from headwater.training.teacher import Lesson, Teacher

__all__ = ["Material", "material_of"]


@dataclass(frozen=True)
class Material:
    """Rows, what a teacher says of each and how it is followed (None without one), and what the report says of them."""

    rows: list[Example]
    lessons: list[Lesson] | None = None
    following: Following | None = None
    record: Mapping[str, Any] = field(default_factory=dict)


def material_of(recipe: Recipe, corpus: Corpus, folder: Path, teacher: Teacher | None) -> Material:
    """Training rows with their copies, then the rows without labels on which only the teacher is followed.

    The teacher reads the copies too: what it says of a text is not what it says of the text with a slip in it.
    """
    options, distil, beside = recipe.training, recipe.training.distil, corpus.beside
    taggers = [head.name for head in corpus.heads if head.kind == "token"]
    rows = augmented(corpus.train, options.augment, options.seed, beside.paraphrases, taggers)
    record: dict[str, Any] = {"left_out": beside.left_out} if beside.sources else {}
    if len(rows) > len(corpus.train):
        record["copies"] = len(rows) - len(corpus.train)
    if teacher is None or distil is None:
        return Material(rows, record=record)
    rows += beside.distillation
    lessons = teacher.lessons(rows, folder / "teacher")
    weights = {head.name: head.weight * distil.weight for head in recipe.heads if head.name in teacher.heads}
    record["teacher"] = {"digest": teacher.digest, "heads": sorted(weights), "texts": len(beside.distillation)}
    return Material(rows, lessons, Following(distil.temperature, weights), record)
