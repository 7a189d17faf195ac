"""Headwater: fine-tune small encoders, prove the export, and serve it.

>>> import headwater
>>> headwater.load("models/support-intent/bundle").predict(["Where is my card?"])  # doctest: +SKIP
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

# Since 1.31 onnxruntime keeps an id of the machine in the user's cache and reports its use to its maker, from the moment
# that it is imported; it reads this before. Whoever wants that sets the variable to 0.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from headwater.serving import Classifier, Embedder, Model, Prediction, Tagger, connect, load
    from headwater.spans import Span

__all__ = ["Classifier", "Embedder", "Model", "Prediction", "Span", "Tagger", "connect", "load"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    # onnxruntime and onnx take most of a second to import: `headwater --help` need not wait for them.
    if name not in __all__:
        raise AttributeError(f"module 'headwater' has no attribute {name!r}")
    return getattr(import_module("headwater.spans" if name == "Span" else "headwater.serving"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
