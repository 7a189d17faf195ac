"""This app alone: `streamlit run apps/entity_extractor/app.py`."""

from pathlib import Path

from headwater.ui import frame

VIEWS = Path(__file__).resolve().parent / "views"

frame.run(
    {
        "": [
            (VIEWS / "extract.py", "nav.extractor", "ink_highlighter", "extractor"),
            (VIEWS / "correct.py", "nav.correct", "rule", "extractor-correct"),
        ]
    }
)
