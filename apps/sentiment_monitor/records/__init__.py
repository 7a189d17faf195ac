"""The news of a store: `News` writes, `Past` reads as of a moment.

>>> from headwater.store import open_store
>>> with open_store() as store:  # doctest: +SKIP
...     Past(store).series("topic", "commodities", monday, sunday, "day")
"""

from sentiment_monitor.records.keeping import Kept, expire_daily, expire_news
from sentiment_monitor.records.lease import WorkerBusy
from sentiment_monitor.records.news import News
from sentiment_monitor.records.past import Past
from sentiment_monitor.records.rows import Bucket, Feed, FeedHealth, Intake, ItemRow, RejectRow, Story, StoryRow

__all__ = [
    "Bucket",
    "Feed",
    "FeedHealth",
    "Intake",
    "ItemRow",
    "Kept",
    "News",
    "Past",
    "RejectRow",
    "Story",
    "StoryRow",
    "WorkerBusy",
    "expire_daily",
    "expire_news",
]
