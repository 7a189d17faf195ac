"""The pages of the extractor, for its own app and for the hub's navigation."""

from pathlib import Path

__all__ = ["PAGES", "VIEWS"]

VIEWS = Path(__file__).resolve().parent / "views"
PAGES = [
    (VIEWS / "extract.py", "extract.nav", "ink_highlighter", "extractor"),
    (VIEWS / "correct.py", "nav.correct", "rule", "extractor-correct"),
    (VIEWS / "new_type.py", "newtype.nav", "new_label", "extractor-types"),
    (VIEWS / "redact.py", "redact.nav", "visibility_off", "extractor-redact"),
    (VIEWS / "compare.py", "versus.nav", "compare", "extractor-compare"),
    (VIEWS / "setup.py", "setup.nav", "tune", "extractor-setup", "admin"),
]
