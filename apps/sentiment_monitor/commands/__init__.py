"""The verbs of `sentiment-monitor`, one a file."""
