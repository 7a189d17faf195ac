"""What a caller may choose when a file is written or read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Reading", "Writing"]


@dataclass(frozen=True)
class Writing:
    """Choices of a writer; each format looks at those that concern it.

    `snap` widens a place that cuts a word to the whole word, in CoNLL and spaCy, where it is refused otherwise.
    `annotations` makes Label Studio's tasks answered, not proposed. `offsets` is what its tasks count: see `places`.
    `title` and `names` (a label's word) are of the HTML page.
    """

    snap: bool = False
    annotations: bool = False
    offsets: str = "characters"
    title: str = "Entities"
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """Choices of a reader.

    `offsets` is what the offsets of a JSON file count: characters, utf-16 or utf-8; None stands for characters, and in
    Label Studio's files for what the texts of the spans prove. `texts` gives, by id, the texts that CoNLL files were made of:
    their words are then found in them, so that places and blanks are those of the text.
    """

    offsets: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
