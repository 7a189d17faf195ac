"""Counts of stories -> net sentiment with its interval, and what changed between two windows."""

from sentiment_monitor.trends.change import Change, changes, ratio
from sentiment_monitor.trends.net import Net, net, net_of

__all__ = ["Change", "Net", "changes", "net", "net_of", "ratio"]
