"""The hub with all pages: `streamlit run apps/hub/app.py`."""

from pathlib import Path

from entity_extractor import pages as extractor
from headwater.ui import frame
from sentiment_monitor import pages as monitor

HERE = Path(__file__).resolve().parent
APPS = HERE.parent

frame.run(
    {
        "": [(HERE / "views/home.py", "nav.home", "water", "home")],
        "nav.support": [
            (APPS / "support_chatbot/views/chat.py", "talk.nav", "forum", "support", "customer"),
            (APPS / "support_chatbot/views/desk.py", "desk.nav", "support_agent", "support-desk", "agent"),
            (APPS / "support_chatbot/views/figures.py", "botfigures.nav", "insights", "support-figures", "agent"),
            (APPS / "support_chatbot/views/learning.py", "learning.nav", "school", "support-learning", "agent"),
            (APPS / "support_chatbot/views/settings.py", "botsettings.nav", "tune", "support-settings", "admin"),
        ],
        "nav.monitor": monitor.PAGES,
        "nav.extractor": extractor.PAGES,
        "nav.tools": [
            (HERE / "views/batch.py", "nav.batch", "table_rows", "batch"),
            (HERE / "views/models.py", "nav.models", "deployed_code", "models", "admin"),
        ],
    },
    monitor.HIDDEN,
)
