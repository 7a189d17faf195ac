"""This app alone: `streamlit run apps/sentiment_monitor/app.py`."""

from headwater.ui import frame
from sentiment_monitor.pages import HIDDEN, PAGES

frame.run({"": PAGES}, HIDDEN)
