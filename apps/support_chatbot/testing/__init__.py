"""The bot tested like code: dialogues in YAML, what they reach, and logged conversations answered again."""
