"""The pages of the extractor, for its own app and for the hub's navigation."""

from pathlib import Path

__all__ = ["PAGES", "VIEWS"]

VIEWS = Path(__file__).resolve().parent / "views"
PAGES = [
    (VIEWS / "extract.py", "extract.nav", "ink_highlighter", "extractor"),
    (VIEWS / "correct.py", "nav.correct", "rule", "extractor-correct"),
    (VIEWS / "redact.py", "redact.nav", "visibility_off", "extractor-redact"),
    (VIEWS / "compare.py", "versus.nav", "compare", "extractor-compare"),
]
