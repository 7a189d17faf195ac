"""What was found as rows of tables, in the reader's words."""

from collections.abc import Mapping, Sequence
from typing import Any

from entity_extractor.extraction import Extraction
from entity_extractor.linking.linking import COMPANY
from entity_extractor.parts import part_at, parts
from headwater.companies.table import Companies

__all__ = ["entity_rows", "linked_name", "mention_rows", "ordered", "ranges"]

Rows = list[dict[str, Any]]


def entity_rows(found: Extraction, names: Mapping[str, str], companies: Companies | None) -> Rows:
    """A row for each entity, those named most often first; `names` maps a type to its word.

    Of a document without pages, "pages" is empty.
    """
    return [
        {
            "name": one.name,
            "type": names.get(one.label, one.label),
            "count": one.count,
            "pages": ranges(one.pages),
            "value": one.value,
            "link": linked_name(one.link, companies),
        }
        for one in ordered(found)
    ]


def ordered(found: Extraction) -> list[Any]:
    """The entities as a table has them: names before values, the most frequent first, else as the text has them."""
    return sorted(found.entities, key=lambda one: (bool(one.value), -one.count))


def ranges(numbers: Sequence[int]) -> str:
    """Numbers in order, runs of them from first to last.

    >>> ranges([1, 2, 3, 7, 9, 10])
    '1–3, 7, 9–10'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("–".join(map(str, run)) for run in runs)


def linked_name(link: str, companies: Companies | None) -> str:
    """What a link means to people: a company's name; an id of another base as it is."""
    if companies is not None and link.startswith(COMPANY) and (row := companies.get(link.removeprefix(COMPANY))):
        return row.name
    return link


def mention_rows(found: Extraction, names: Mapping[str, str], most: int) -> Rows:
    """A row for each of the first `most` mentions of the text; "page" is the number of its page or part."""
    every, whose = parts(found.document), found.names
    return [
        {
            "text": " ".join(one.text.split()),
            "type": names.get(one.label, one.label),
            "probability": 100 * one.probability,
            "entity": whose.get(one, ""),
            "value": one.value,
            "page": every[part_at(every, one.start)].number,
            "start": one.start,
            "end": one.end,
        }
        for one in found.mentions[:most]
    ]
