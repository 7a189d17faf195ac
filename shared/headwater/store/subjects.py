"""Whom a row is about, without saying who: a keyed hash, by which erasure finds the rows again.

The key is drawn when the tables are made and stands in `setting`, so every machine that opens a store hashes alike,
and a person has another hash in every store. It keeps an id out of exports, logs and copies of single tables; who can
read the whole store can try ids one by one, so a store is guarded as the ids themselves are.
"""

import hashlib
import hmac

import sqlalchemy as sa

from headwater.errors import InputError
from headwater.store.tables import SETTING

__all__ = ["Hashed", "subject_hash"]


class Hashed(str):
    """The hash of a subject, read from a row: what is written about the same person later goes under it."""

    __slots__ = ()


def subject_hash(connection: sa.Connection, subject: str | None) -> str | None:
    """HMAC-SHA256 of an id (of a customer, a session), in hexadecimal; None for nobody, and a hash stays.

    Raises InputError for "".
    """
    if subject is None or isinstance(subject, Hashed):
        return None if subject is None else str(subject)
    if not subject.strip():
        raise InputError("expected the id of a subject, got an empty one: leave it out where a text is about nobody")
    secret = connection.execute(sa.select(SETTING.c.value).where(SETTING.c.name == "subject_secret")).scalar_one()
    return hmac.new(bytes.fromhex(secret), subject.strip().encode(errors="surrogatepass"), hashlib.sha256).hexdigest()
