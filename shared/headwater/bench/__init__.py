"""Serving engines side by side: the same texts, the same size of model, the same threads, in turns."""
