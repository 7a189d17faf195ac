"""Mentions of a document -> its entities: which of them mean the same.

names.py      a name as it is compared
declared.py   short names that the text declares in brackets
entities.py   the joining, by rules from the surest to the least sure
"""

from entity_extractor.identity.entities import Entity, entities

__all__ = ["Entity", "entities"]
