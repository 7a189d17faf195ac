"""Annotated texts out to files and in from files; `write` and `read` are the doors, the table of what is kept is below.

formats/registry.py     the formats, their endings, and what each can keep
formats/files.py        write and read: whole files or none, formats told by ending and content
formats/soundness.py    what every writer and reader refuses; formats/places.py: offsets that count something else
formats/on_words.py     places on the words of CoNLL and spaCy
"""

from entity_extractor.formats.files import read, told, write
from entity_extractor.formats.options import Reading, Writing
from entity_extractor.formats.registry import FORMATS, ON_WORDS, Format

__all__ = ["FORMATS", "ON_WORDS", "Format", "Reading", "Writing", "read", "told", "write"]
