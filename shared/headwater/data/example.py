"""The one form that all data takes before anything learns from it or is measured on it."""

from dataclasses import dataclass, field

from headwater.spans import Span

__all__ = ["Example", "Target"]

Target = str | tuple[str, ...] | tuple[Span, ...]


@dataclass(frozen=True)
class Example:
    """A text, or a pair of texts, with what is known about it.

    `targets` holds a label, a tuple of labels or a tuple of spans by column while it is read ("label", "labels",
    "spans", or a column of the file) and by head once a recipe has taken it; a head without an entry is not
    labelled here. `words` are the edges of the data's own tokens, `lacks` the span types that its set never marks,
    `repeat` is how often training sees the row, `faults` what its reader had to put right, and `where` tells a person
    where the row stands.
    """

    text: str
    second: str | None = None
    targets: dict[str, Target] = field(default_factory=dict)
    words: tuple[tuple[int, int], ...] = ()
    lacks: tuple[str, ...] = ()
    repeat: int = 1
    faults: tuple[str, ...] = ()
    where: str = ""
