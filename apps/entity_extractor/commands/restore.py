"""`entity-extractor restore`: see `redact`, which it undoes."""

from entity_extractor.commands.redact import restore

__all__ = ["restore"]
