"""Anything an analyst has -> Documents: a text, with offsets that lead back to its page and paragraph.

    read_source(path or folder or URL)      every Document in it, and a Refused for what cannot be read
    read_sources(several of them)           the same of each, ids of files of one name told apart
    read_documents(name, bytes or path)     those of one file, as a page uploads it; DataError if there are none
    read_given(Given(name, bytes or path))  the same with a Refused for each row or attachment that cannot be read
    read_pages(name, bytes or path)         a PDF page by page, for files too long to hold
    where(document, offset)                 the page and paragraph of a character

The way: `sources` finds files, `given` holds one, `kinds` tells what it is by its bytes, `reading` hands it to the reader
of its kind (`pdf`, `docx`, `mail`, `tables`; HTML and text are read there), and `writing` makes the text that people are
shown. `limits` says how much is read: `Limits()` on the command line, `UPLOAD` on a page. What the support bot reads too
(letters of a PDF, blocks of a page, encodings) is in headwater.documents, rows of tables in headwater.scoring.

>>> [document] = read_documents("a.txt", b"Deutsche Bank")
>>> document.text, where(document, 9)
('Deutsche Bank', Place(page=None, paragraph=1))
"""

from entity_extractor.documents.given import Given, Refused
from entity_extractor.documents.kinds import ENDINGS
from entity_extractor.documents.limits import UPLOAD, Limits
from entity_extractor.documents.places import Place, where
from entity_extractor.documents.reading import read_documents, read_given, read_pages
from entity_extractor.documents.sources import read_source, read_sources

__all__ = [
    "ENDINGS",
    "UPLOAD",
    "Given",
    "Limits",
    "Place",
    "Refused",
    "read_documents",
    "read_given",
    "read_pages",
    "read_source",
    "read_sources",
    "where",
]
