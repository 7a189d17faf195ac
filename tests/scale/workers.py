"""Workers that die: what a test puts in the place of the worker of the engine. The nodes import them from here."""

import os
import signal
import time

from headwater.scoring.ray_worker import Worker

__all__ = ["POISON", "Poisoned", "Slow"]

POISON = "poison"


class Poisoned(Worker):
    """A native library that brings its process down on one text."""

    def score(self, texts):
        if POISON in texts:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().score(texts)


class Slow(Worker):
    """30 ms a list, and its process number in its node's home, so that a test can kill it from without."""

    def open(self, *arguments):
        from headwater.home import home

        (home() / f"{os.getpid()}.worker").touch()
        return super().open(*arguments)

    def score(self, texts):
        time.sleep(0.03)
        return super().score(texts)
