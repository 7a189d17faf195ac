"""The pages of the monitor, for its own app and for the hub's navigation."""

from pathlib import Path

__all__ = ["HIDDEN", "PAGES", "VIEWS"]

VIEWS = Path(__file__).resolve().parent / "views"
PAGES = [
    (VIEWS / "overview.py", "overview.nav", "monitoring", "monitor"),
    (VIEWS / "alerts.py", "inbox.nav", "notifications", "monitor-alerts"),
    (VIEWS / "subject.py", "nav.subject", "stacked_bar_chart", "monitor-subject"),
    (VIEWS / "unsure.py", "nav.unsure", "rule", "monitor-unsure"),
    (VIEWS / "sources.py", "newssources.nav", "rss_feed", "monitor-sources"),
    (VIEWS / "rules.py", "newsrules.nav", "tune", "monitor-rules"),
    (VIEWS / "replay.py", "lab.nav", "history", "monitor-replay"),
    (VIEWS / "story.py", "nav.story", "article", "monitor-story"),
]
HIDDEN = ("monitor-story",)  # a story is reached by its link
