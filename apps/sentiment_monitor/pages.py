"""The pages of the monitor, for its own app and for the hub's navigation."""

from pathlib import Path

__all__ = ["HIDDEN", "PAGES", "VIEWS"]

VIEWS = Path(__file__).resolve().parent / "views"
PAGES = [
    (VIEWS / "overview.py", "overview.nav", "monitoring", "monitor"),
    (VIEWS / "subject.py", "nav.subject", "stacked_bar_chart", "monitor-subject"),
    (VIEWS / "alerts.py", "inbox.nav", "notifications", "monitor-alerts"),
    (VIEWS / "unsure.py", "nav.unsure", "rule", "monitor-unsure"),
    (VIEWS / "rules.py", "newsrules.nav", "tune", "monitor-rules", "admin"),
    (VIEWS / "replay.py", "lab.nav", "replay", "monitor-replay"),
    (VIEWS / "sources.py", "newssources.nav", "rss_feed", "monitor-sources"),
    (VIEWS / "story.py", "nav.story", "article", "monitor-story"),
]
HIDDEN = ("monitor-story",)  # a story is reached by its link
