"""Models that run elsewhere, behind the same objects as those that run here."""

from headwater.serving.remote.connecting import connect, needs_bundle, served_digest, served_models
from headwater.serving.remote.session import RemoteSession

__all__ = ["RemoteSession", "connect", "needs_bundle", "served_digest", "served_models"]
