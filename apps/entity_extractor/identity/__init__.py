"""Mentions of a document -> its entities: which of them mean the same.

names.py      a name as it is compared
declared.py   short names that the text declares in brackets
joining.py    the joining, by rules from the surest to the least sure
entities.py   what comes of it, and the rules in words
"""

from entity_extractor.identity.entities import Entity, entities

__all__ = ["Entity", "entities"]
