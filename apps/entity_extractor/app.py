"""This app alone: `streamlit run apps/entity_extractor/app.py`."""

from entity_extractor.pages import PAGES
from headwater.ui import frame

frame.run({"": PAGES})
