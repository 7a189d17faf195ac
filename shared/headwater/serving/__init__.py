"""Bundles at work: no torch, no transformers, no network."""

from headwater.serving.decoding import Prediction
from headwater.serving.model import Classifier, Embedder, Model, Tagger, load
from headwater.serving.remote import connect

__all__ = ["Classifier", "Embedder", "Model", "Prediction", "Tagger", "connect", "load"]
