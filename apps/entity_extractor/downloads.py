"""What was found as a file of any format that can be written, and its entities as a table."""

import csv
import io
from collections.abc import Mapping

from entity_extractor.extraction import Extraction, Extractor
from entity_extractor.formats import FORMATS, write
from entity_extractor.formats.table import cell

__all__ = ["CHOICES", "ENTITIES", "file_name", "file_of"]

ENTITIES = "entities"  # beside the formats: a row an entity, where theirs are mentions
CHOICES = (*(one.name for one in FORMATS.values() if one.write), ENTITIES)


def file_name(form: str) -> str:
    """What a file of a choice is called.

    >>> file_name("label-studio"), file_name("entities")
    ('extract.json', 'entities.csv')
    """
    return "entities.csv" if form == ENTITIES else f"extract{FORMATS[form].endings[0]}"


def file_of(form: str, found: Extraction, extractor: Extractor, names: Mapping[str, str]) -> bytes:
    """The content of the file. CoNLL and spaCy get whole words where a place cuts one; raises InputError or DataError."""
    stream = io.BytesIO()
    if form == ENTITIES:
        rows = extractor.rows([found])
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]) if rows else ["entity"], lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: cell(value) for key, value in row.items()} for row in rows)
        return text.getvalue().encode("utf-8-sig")
    write(form, [found.annotated], stream, snap=True, title=found.document.id, names=names)
    return stream.getvalue()
