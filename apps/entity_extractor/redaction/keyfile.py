"""Keys as files: JSON that only its owner reads (mode 0600), replaced whole, and encrypted where a passphrase is given.

An encrypted key is Fernet (AES-128-CBC and HMAC-SHA256) under a passphrase stretched by scrypt (RFC 7914; n = 2^15,
r = 8, p = 1: 32 MB and some 0.1 s a guess), from the package cryptography (the extra `redaction`).
"""

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any

from entity_extractor.redaction.key import Entry, Key
from headwater.errors import DataError, InputError
from headwater.files import write_whole

__all__ = ["open_key", "save_key"]

COST, BLOCK, LANES = 2**15, 8, 1


def save_key(key: Key, path: str | os.PathLike[str], passphrase: str | None = None) -> None:
    """Write the key; a process that dies on the way leaves the old file whole."""
    content = key.content()
    if passphrase is not None:
        content = _encrypted(json.dumps(content, ensure_ascii=False).encode(), passphrase)
    write_whole(Path(path), [json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"], private=True)


def open_key(path: str | os.PathLike[str], passphrase: str | None = None) -> Key:
    """Read a key. Raises DataError for a file that is none, InputError where the passphrase is missing or wrong."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise DataError(f"{path}: expected a key file, got {fault}: give the file that the redaction wrote") from fault
    if isinstance(content, dict) and "token" in content:
        if passphrase is None:
            raise InputError(f"{path} is encrypted: give its passphrase")
        content = _decrypted(content, passphrase, str(path))
    try:
        if content["schema"] != 1:
            raise ValueError(f"schema {content['schema']}")
        entries = [Entry(**entry) for entry in content["entries"]]
        bytes.fromhex(content["secret"])
        return Key(content["style"], content["secret"], entries, set(content["met"]))
    except (KeyError, TypeError, ValueError) as fault:
        raise DataError(f"{path}: expected a key of schema 1, got {fault}: give the file as it was written") from fault


def _encrypted(plain: bytes, passphrase: str) -> dict[str, Any]:
    salt = secrets.token_bytes(16)
    token = _fernet(passphrase, salt).encrypt(plain).decode()
    return {"schema": 1, "encryption": "scrypt+fernet", "salt": salt.hex(), "token": token}


def _decrypted(content: dict[str, Any], passphrase: str, name: str) -> Any:
    from cryptography.fernet import InvalidToken

    try:
        return json.loads(_fernet(passphrase, bytes.fromhex(content["salt"])).decrypt(content["token"].encode()))
    except InvalidToken as fault:
        raise InputError(f"{name}: expected its passphrase, got another one, or the file was changed") from fault
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise DataError(f"{name}: expected an encrypted key, got {fault!r}: give the file as it was written") from fault


def _fernet(passphrase: str, salt: bytes) -> Any:
    try:
        from cryptography.fernet import Fernet
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
    except ImportError as fault:
        raise InputError("an encrypted key needs the extra: pip install 'headwater[redaction]'") from fault
    if not passphrase:
        raise InputError("expected a passphrase, got an empty one: leave it out for a key that is not encrypted")
    stretched = Scrypt(salt=salt, length=32, n=COST, r=BLOCK, p=LANES).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(stretched))
