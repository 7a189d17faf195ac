"""Batch scoring of files and feeds: any size, resumable, every bad row kept aside with its reason.

>>> from headwater.scoring import score_file
>>> score_file(["models/financial-news/bundle"], "feed.jsonl", "scored.jsonl").scored  # doctest: +SKIP
300
"""

from headwater.scoring.feeds import plain_text, read_feed
from headwater.scoring.rows import Reject, Row
from headwater.scoring.run import Report, score_file
from headwater.scoring.scorer import Scorer, open_scorer
from headwater.scoring.web import fetch

__all__ = ["Reject", "Report", "Row", "Scorer", "fetch", "open_scorer", "plain_text", "read_feed", "score_file"]
