"""A passkey made of software: what a phone's own would answer (WebAuthn Level 3, "none" attestation, ES256)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cbor import encode
from fido2.cose import ES256

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Passkey:
    """One key for one host. ``verifies``: whether finger, face or PIN is asked; ``counts``: whether it counts."""

    def __init__(
        self, host: str = "testserver", *, verifies: bool = True, counts: bool = True
    ) -> None:
        self.host, self.counts = host, counts
        self.origin = f"http://{host}"
        self.flags = PRESENT | (VERIFIED if verifies else 0)
        self.id = secrets.token_bytes(32)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.counter = 0

    def made(self, asked: dict[str, Any]) -> str:
        """The answer to a browser's ``create``."""
        options = asked["publicKey"]
        self.handle = options["user"]["id"]
        public = encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        held = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        data = self._data(self.flags | HAS_KEY) + held
        attestation = encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": b64(client), "attestationObject": b64(attestation)})

    def signed(self, asked: dict[str, Any]) -> str:
        """The answer to ``get``."""
        data = self._data(self.flags)
        client = self._client("webauthn.get", asked["publicKey"]["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": b64(client),
                "authenticatorData": b64(data),
                "signature": b64(signature),
                "userHandle": self.handle,
            }
        )

    def _data(self, flags: int) -> bytes:
        self.counter += self.counts
        host = hashlib.sha256(self.host.encode()).digest()
        return host + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _answer(self, response: dict[str, str]) -> str:
        return json.dumps(
            {
                "id": b64(self.id),
                "rawId": b64(self.id),
                "type": "public-key",
                "clientExtensionResults": {},
                "response": response,
            }
        )
