"""A certificate that we sign ourselves: a phone's camera wants a secure page."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

DAYS = 365  # phones refuse more than 825


def chain(data: Path) -> Path:
    """The certificate file."""
    return data / "https/certificate.pem"


def key(data: Path) -> Path:
    """The file of its private key."""
    return data / "https/key.pem"


def ensure(data: Path, hosts: Iterable[str]) -> None:
    """Makes a certificate for these names and addresses, unless a good one lies there."""
    names = x509.SubjectAlternativeName([general_name(host) for host in (*hosts, "127.0.0.1")])
    if is_good(chain(data), names):
        return
    chain(data).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = ec.generate_private_key(ec.SECP256R1())
    key(data).touch(mode=0o600)
    key(data).write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    chain(data).write_bytes(signed(secret, names).public_bytes(serialization.Encoding.PEM))


def general_name(host: str) -> x509.GeneralName:
    """An address as an address, all else as a name."""
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def is_good(path: Path, names: x509.SubjectAlternativeName) -> bool:
    """There, for the same names, and good for another week."""
    if not path.exists():
        return False
    found = x509.load_pem_x509_certificate(path.read_bytes())
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(days=7)
    held = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return held == names and found.not_valid_after_utc > soon


def signed(
    secret: ec.EllipticCurvePrivateKey, names: x509.SubjectAlternativeName
) -> x509.Certificate:
    """Signed by its own key, for servers only."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Unionhall demonstration")])
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=DAYS))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(secret, hashes.SHA256())
    )
