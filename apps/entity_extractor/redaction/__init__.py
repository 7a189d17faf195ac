"""Names and personal data out of a text, and back by a key.

pieces.py        what is taken: mentions, their names wherever they stand again, personal data (told.py)
pseudonyms.py    what stands for it: placeholders, letters, invented names
key.py           who stands for whom; keyfile.py: as a file, encrypted where a passphrase is given
redact.py        redact and restore
"""

from entity_extractor.redaction.key import Key, new_key
from entity_extractor.redaction.keyfile import open_key, save_key
from entity_extractor.redaction.redact import KINDS, Redacted, Replacement, redact, restore

__all__ = ["KINDS", "Key", "Redacted", "Replacement", "new_key", "open_key", "redact", "restore", "save_key"]
