"""Sentiment monitor: how the news of a feed sounds, when that changed, and which stories changed it."""
