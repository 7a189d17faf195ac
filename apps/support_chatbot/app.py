"""This app alone: `streamlit run apps/support_chatbot/app.py`."""

from pathlib import Path

from headwater.ui import frame

VIEWS = Path(__file__).resolve().parent / "views"

frame.run(
    {
        "": [
            (VIEWS / "chat.py", "talk.nav", "forum", "support", "customer"),
            (VIEWS / "desk.py", "desk.nav", "support_agent", "support-desk", "agent"),
            (VIEWS / "figures.py", "botfigures.nav", "insights", "support-figures", "agent"),
            (VIEWS / "learning.py", "learning.nav", "school", "support-learning", "agent"),
            (VIEWS / "settings.py", "botsettings.nav", "tune", "support-settings", "admin"),
        ]
    }
)
