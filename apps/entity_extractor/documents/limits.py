"""How much is read of one file: more than any report needs, less than a bomb would take."""

from dataclasses import dataclass

from headwater.errors import DataError

__all__ = ["UPLOAD", "Limits"]


@dataclass(frozen=True)
class Limits:
    """The most that is read of a file. Tables are read row by row: only their rows count, and a file of any size goes."""

    size: int = 100_000_000  # bytes of a file that is no table
    characters: int = 20_000_000  # of one document: 4,000 dense pages
    pages: int = 5_000
    rows: int = 5_000_000
    unpacked: int = 200_000_000  # bytes of a DOCX when unpacked
    attachments: int = 100  # of one mail
    depth: int = 3  # mails inside mails
    seconds: float = 900.0  # for a PDF: 5,000 pages of text take 60
    advice: str = "split the file"

    def check(self, what: str, count: float, most: float) -> None:
        """Raise DataError for more than `most` of something."""
        if count > most:
            raise DataError(f"expected at most {most:,} {what}, got {count:,}: {self.advice}")


UPLOAD = Limits(
    size=20_000_000,
    characters=2_000_000,
    pages=1_000,
    rows=100_000,
    unpacked=100_000_000,
    seconds=120.0,
    advice="bigger files go by the command line, `entity-extractor run`",
)
