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
import io
import os
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models

NONCE_BYTES = 12
HMAC_BLOCK = 64  # bytes, of SHA-256
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
INDEX_BYTES = 16
NONCES_AT_ONCE = 500


def seal(text: str, *, purpose: str) -> bytes:
    """Encrypt under the newest key; ``purpose`` is bound into the result."""
    return sealer(purpose, at_once=1)(text)


def sealer(purpose: str, *, at_once: int = NONCES_AT_ONCE) -> Callable[[str], bytes]:
    """What ``seal`` does, for many texts one after the other.

    Not to be kept when a process forks: both would use what was drawn ``at_once``.
    """
    key_id = max(settings.FIELD_KEYS)
    encrypt, first, bound = _cipher(key_id).encrypt, bytes([key_id]), purpose.encode()
    nonces = _nonces(at_once)

    def sealed(text: str) -> bytes:
        nonce = next(nonces)
        return first + nonce + encrypt(nonce, text.encode(), bound)

    return sealed


def _nonces(at_once: int) -> Iterator[bytes]:
    """Each is random by itself; the system is asked for many at once."""
    while True:
        drawn = io.BytesIO(os.urandom(NONCE_BYTES * at_once))
        yield from iter(partial(drawn.read, NONCE_BYTES), b"")


def unseal(sealed: bytes, *, purpose: str) -> str:
    """Decrypt; ``cryptography.exceptions.InvalidTag`` when it was changed or moved."""
    key_id, nonce, body = sealed[0], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    return _cipher(key_id).decrypt(nonce, body, purpose.encode()).decode()


def unsealer(purpose: str) -> Callable[[bytes], str]:
    """What ``unseal`` does, for many values one after the other."""
    bound, ciphers = purpose.encode(), {key_id: _cipher(key_id) for key_id in settings.FIELD_KEYS}

    def opened(sealed: bytes) -> str:
        body = sealed[1 + NONCE_BYTES :]
        return ciphers[sealed[0]].decrypt(sealed[1 : 1 + NONCE_BYTES], body, bound).decode()

    return opened


def _cipher(key_id: int) -> AESGCM:
    """``KeyError`` for a key that is not, or no longer, known."""
    return _cipher_of(settings.FIELD_KEYS[key_id])


@cache
def _cipher_of(key: str) -> AESGCM:
    return AESGCM(base64.b64decode(key))


def blind_index(text: str, *, purpose: str) -> str:
    """The index under the newest key: what is stored."""
    return indexer(purpose)(text)


def blind_indexes(text: str, *, purpose: str) -> list[str]:
    """The index under every key that is still in use: what is looked for."""
    return [index(text) for index in indexers(purpose)]


def indexer(purpose: str) -> Callable[[str], str]:
    """What ``blind_index`` does, for many texts one after the other."""
    keys = settings.INDEX_KEYS
    version = max(keys)
    return _indexer(purpose, version, keys[version])


def indexers(purpose: str) -> list[Callable[[str], str]]:
    """One for each key that is still in use, the newest last."""
    return [_indexer(purpose, version, key) for version, key in sorted(settings.INDEX_KEYS.items())]


def the_only_index_key() -> int | None:
    """Its version; ``None`` while keys are changed, when a text has an index under each of them."""
    versions = list(settings.INDEX_KEYS)
    return versions[0] if len(versions) == 1 else None


@cache
def _indexer(purpose: str, version: int, key: str) -> Callable[[str], str]:
    """HMAC (RFC 2104) of which all that one purpose has in common is done beforehand."""
    secret = base64.b64decode(key)
    block = (secret if len(secret) <= HMAC_BLOCK else hashlib.sha256(secret).digest()).ljust(
        HMAC_BLOCK, b"\0"
    )
    inner = hashlib.sha256(block.translate(_INNER) + f"{purpose}\0".encode())
    outer = hashlib.sha256(block.translate(_OUTER))

    def index(text: str) -> str:
        begun, ended = inner.copy(), outer.copy()
        begun.update(text.encode())
        ended.update(begun.digest())
        written = binascii.b2a_base64(ended.digest()[:INDEX_BYTES], newline=False)
        return f"{version}:{written.translate(_URL_SAFE, b'=').decode()}"

    return index


def sum_of_file(text: str) -> str:
    """SHA-256 of a file that stands as base64: by it the same file is known again."""
    return hashlib.sha256(base64.b64decode(text)).hexdigest()


class BlindIndexField(models.CharField):  # type: ignore[type-arg]
    """The blind index of the sealed field ``of``, or of that ``part`` of its text.

    Declared, so that it can be computed anew when keys are changed; to the schema it is a text.
    """

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 — Django's face
        of: str,
        purpose: str,
        part: Callable[[str], str] = str,
        **kwargs: Any,  # noqa: ANN401 — Django's face
    ) -> None:
        super().__init__(*args, **kwargs)
        self.of, self.purpose, self.part = of, purpose, part

    def deconstruct(self) -> Any:  # noqa: ANN401 — Django's face
        """As a text: no migration when its declaration changes."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def clone(self) -> models.CharField[str, str]:  # type: ignore[override]
        """Of use to migrations only."""
        _name, _path, args, kwargs = self.deconstruct()
        return models.CharField(*args, **kwargs)

    def index_of(self, text: str) -> str:
        """What stands in the column for this text, under the newest key."""
        return blind_index(self.part(text), purpose=self.purpose)


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text that stands encrypted in its column and in clear on the model.

    ``sealed_for``: the table and column into which the sealed value will be moved as it is.
    """

    def __init__(self, *args: Any, sealed_for: str = "", **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        self.sealed_for = sealed_for

    def deconstruct(self) -> Any:  # noqa: ANN401 — Django's face
        """With what is ours."""
        name, path, args, kwargs = super().deconstruct()
        if self.sealed_for:
            kwargs["sealed_for"] = self.sealed_for
        return name, path, args, kwargs

    @property
    def purpose(self) -> str:
        """The associated data: table and column."""
        return self.sealed_for or f"{self.model._meta.db_table}.{self.column}"

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
