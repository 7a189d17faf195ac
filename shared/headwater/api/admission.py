"""Who may ask: API keys, compared in a time that tells nothing of them."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence

from headwater.errors import HeadwaterError, InputError

__all__ = ["Admit", "Unauthorised", "listed", "token_of"]

Admit = Callable[[str, str], object]  # of a token and a scope; raises what keeps the caller out


class Unauthorised(HeadwaterError):
    """A caller without a key that is known here."""


def listed(keys: Sequence[str]) -> Admit | None:
    """Admit who has one of these keys, whatever the scope; None where there are none, for anybody may ask then."""
    if isinstance(keys, str) or not all(key.strip() for key in keys):
        raise InputError("expected a list of API keys, none of them blank")
    known = [_digest(key) for key in keys]

    def admit(token: str, scope: str) -> None:
        digest = _digest(token)
        if not sum(hmac.compare_digest(digest, key) for key in known):  # all are tried: time tells nothing
            raise Unauthorised("expected a valid API key in Authorization: Bearer KEY")

    return admit if known else None


def token_of(headers: Mapping[str, str]) -> str:
    """The key that a request brings, in x-api-key or as a bearer token; empty where there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return headers.get("x-api-key") or (token.strip() if scheme.lower() == "bearer" else "")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
