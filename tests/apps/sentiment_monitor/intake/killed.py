"""A watcher that is forked from a process which has everything imported, so that a kill costs a tenth of a second.

Each line on stdin is a store's URL: a child watches it until it is killed; the answer is the child's process id. A
line `end` kills nothing and ends. The models are stood in for by a reader that says the same of the same text.
"""

import os
import signal
import sys
import threading
from datetime import timedelta

import numpy as np

from headwater.store import open_store
from sentiment_monitor.news import Reading
from sentiment_monitor.pipeline import Pipeline
from sentiment_monitor.records.news import News
from sentiment_monitor.watching import Chore, Watcher

__all__: list[str] = []


class Reader:
    def read(self, items):
        return [
            Reading("negative", {"negative": 0.9, "neutral": 0.05, "positive": 0.05}, topics=(("energy", 0.9),))
            for _ in items
        ]

    def vectors(self, texts):
        return np.ones((len(texts), 4), np.float32) / 2


class Stories:
    """Two items with one number a story: `Story 7, item 3` is of story 7."""

    window = timedelta(days=7)

    def __init__(self):
        self.known, self.fresh = {}, []

    def load(self, open_stories):
        self.known = {story.titles[0].split(",")[0]: story.id for story in open_stories}

    def place(self, items, vectors):
        self.fresh, placed, here = [item.title.split(",")[0] for item in items], [], {}
        for place, name in enumerate(self.fresh):
            story = self.known.get(name, here.get(name))
            here.setdefault(name, -place - 1)
            placed.append(("first" if story is None else "same", story))
        return placed

    def settled(self, ids):
        self.known |= dict(zip(self.fresh, ids, strict=True))


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who is killed leaves nothing behind
    for line in sys.stdin:
        if line.strip() == "end":
            return
        child = os.fork()
        if child == 0:
            with open_store(line.strip()) as store:
                news = News(store, seconds=0.1)
                pipeline = Pipeline(news, Reader(), Stories, batch=16)
                # The interval of FEEDS.toml is 30 s at least; here a feed is due at once.
                Watcher(news, [Chore("reading", pipeline.step, 0.02)], least=0.0, lease=0.2, tick=0.02).run(
                    threading.Event()
                )
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
