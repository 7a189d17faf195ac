"""Items -> stories: copies, updates and the same news in other words, told once."""

from sentiment_monitor.stories.index import Stories
from sentiment_monitor.stories.likeness import BARS, Bars

__all__ = ["BARS", "Bars", "Stories"]
