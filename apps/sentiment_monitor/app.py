"""This app alone: `streamlit run apps/sentiment_monitor/app.py`."""

from pathlib import Path

from headwater.ui import frame

VIEWS = Path(__file__).resolve().parent / "views"

frame.run({"": [(VIEWS / "monitor.py", "nav.monitor", "monitoring", "monitor")]})
