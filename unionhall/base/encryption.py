"""Encryption at rest, and blind indexes to find what is encrypted.

A sealed value is ``key id (1 byte) || nonce (12) || AES-256-GCM ciphertext and tag``; the field's
name is its associated data, so that a value cannot be moved into another column. A blind index
is HMAC-SHA-256 under a key of its own, cut to 128 bits, with the key's version before it: ID
numbers have so little entropy that whoever held one key for both could guess them all.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

NONCE_BYTES = 12
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
INDEX_BYTES = 16


def seal(text: str, *, purpose: str) -> bytes:
    """Encrypt under the newest key; ``purpose`` is bound into the result."""
    key_id = max(settings.FIELD_KEYS)
    nonce = os.urandom(NONCE_BYTES)
    return bytes([key_id]) + nonce + _cipher(key_id).encrypt(nonce, text.encode(), purpose.encode())


def unseal(sealed: bytes, *, purpose: str) -> str:
    """Decrypt; ``cryptography.exceptions.InvalidTag`` when it was changed or moved."""
    key_id, nonce, body = sealed[0], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    return _cipher(key_id).decrypt(nonce, body, purpose.encode()).decode()


@cache
def _cipher(key_id: int) -> AESGCM:
    return AESGCM(base64.b64decode(settings.FIELD_KEYS[key_id]))


def blind_index(text: str, *, purpose: str) -> str:
    """The index under the newest key: what is stored."""
    keys = settings.INDEX_KEYS
    version = max(keys)
    return _index(text, purpose, version, keys[version])


def blind_indexes(text: str, *, purpose: str) -> list[str]:
    """The index under every key that is still in use: what is looked for."""
    return [_index(text, purpose, version, key) for version, key in settings.INDEX_KEYS.items()]


def _index(text: str, purpose: str, version: int, key: str) -> str:
    begun = _begun_index(key, purpose).copy()
    begun.update(text.encode())
    written = binascii.b2a_base64(begun.digest()[:INDEX_BYTES], newline=False)
    return f"{version}:{written.translate(_URL_SAFE, b'=').decode()}"


@cache
def _begun_index(key: str, purpose: str) -> hmac.HMAC:
    """What all indexes of one purpose have in common; to be copied, which is quicker."""
    return hmac.new(base64.b64decode(key), f"{purpose}\0".encode(), hashlib.sha256)


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text that stands encrypted in its column and in clear on the model."""

    @property
    def purpose(self) -> str:
        """The associated data: table and column."""
        return f"{self.model._meta.db_table}.{self.column}"

    @property
    def get_placeholder(self) -> None:
        """Without a placeholder of its own, many rows go in as arrays, which is much faster."""
        raise AttributeError

    def from_db_value(self, value: Any, _expression: Any, _connection: Any) -> str | None:  # noqa: ANN401 — Django's face
        """Bytes from the column become text."""
        return None if value is None else unseal(bytes(value), purpose=self.purpose)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 — Django's face
        """Text becomes bytes for the column."""
        sealed = None if value is None else seal(value, purpose=self.purpose)
        return super().get_db_prep_value(sealed, connection, prepared)

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 — Django's face
        """Text stays text."""
        return value
