"""What was said, what was handed over, and what became of it: written down without personal data."""
