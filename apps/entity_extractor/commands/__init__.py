"""The verbs of `entity-extractor`, one a file."""
