"""What is wrong with a folder, as a code and its values: the words for it stand in the catalogue, in each language."""

from dataclasses import dataclass

from headwater.ui.texts import Catalogue, catalogue

__all__ = ["Fault", "Finding"]


@dataclass(frozen=True, order=True)
class Fault:
    """A fault by its code. `values` are what its words name, in the order of their names.

    >>> str(Fault.of("no_text"))
    'it has no text; write below the front matter what customers are to read'
    """

    code: str
    values: tuple[tuple[str, str | int], ...] = ()

    @classmethod
    def of(cls, code: str, **values: str | int) -> "Fault":
        return cls(code, tuple(sorted(values.items())))

    def told(self, t: Catalogue) -> str:
        """The sentence in the language of a catalogue: what was expected, what came and what to do."""
        return t(f"finding.{self.code}", **dict(self.values))

    def __str__(self) -> str:
        """The sentence in English, as the command line has it."""
        return self.told(catalogue("en"))


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong at a place. `severity` is "error" or "warning"; `file` is relative to the folder; lines from 1."""

    file: str
    line: int
    severity: str
    fault: Fault

    @classmethod
    def said(cls, file: str, line: int, words: str) -> "Finding":
        """An error in words that only the command line shows."""
        return cls(file, line, "error", Fault.of("said", words=words))

    @property
    def words(self) -> str:
        return str(self.fault)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.severity}: {self.words}"
