"""What a process needs before Django's settings can load: a data folder, keys, a database.

Whatever the environment names already is left alone; the rest is made in ``UNIONHALL_DATA``
(default ``var/`` in the checkout), which holds everything that is kept.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from unionhall.base import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from unionhall.base.embedded import Server

ROOT = Path(__file__).resolve().parents[2]
# A change of the schema that waits for its lock makes everybody wait behind it: give up soon, to be run again.
NEVER_WAIT_LONG = "-c lock_timeout=1s"


class ProvisionError(Exception):
    """Something needed is not there; the text is one sentence for the person at the keyboard."""


@contextmanager
def provided(*, as_owner: bool = False) -> Iterator[Server | None]:
    """Completes the environment while the block runs; ``as_owner`` to change the schema.

    An owner's statement that does not get a lock within a second fails. Gives the embedded server, or None where the environment names another. Raises ProvisionError
    and EmbeddedError.
    """
    before = dict(os.environ)
    data = data_folder()
    ensure_keys(data)
    try:
        given = before.get("DATABASE_URL")
        archive = archive_folder(data)
        with nullcontext() if given else embedded.start(data, archive=archive) as server:
            if server is not None:
                os.environ["DATABASE_URL"] = server.url
                os.environ["DATABASE_OWNER_URL"] = server.owner_url
            if as_owner and "DATABASE_OWNER_URL" in os.environ:
                os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]
            if as_owner:
                os.environ["PGOPTIONS"] = f"{before.get('PGOPTIONS', '')} {NEVER_WAIT_LONG}".strip()
            yield server
    finally:
        os.environ.clear()
        os.environ.update(before)


def data_folder() -> Path:
    """The folder of everything that is kept; absolute from here on, for every child as well."""
    data = Path(os.environ.get("UNIONHALL_DATA") or ROOT / "var").resolve()
    os.environ["UNIONHALL_DATA"] = str(data)
    return data


def backups_folder(data: Path) -> Path:
    """Where backups lie: ``UNIONHALL_BACKUPS``, best on another disk, else in the data folder."""
    return Path(os.environ.get("UNIONHALL_BACKUPS") or data / "backups").resolve()


def archive_folder(data: Path) -> Path:
    """Where the embedded server keeps its log once there is a backup."""
    return backups_folder(data) / "wal"


def ensure_keys(data: Path) -> None:
    """Generates ``keys.json`` at the very first start, unless the environment brings the keys.

    Never beside a database that exists: new keys could not read what the lost ones wrote.
    """
    path = data / "keys.json"
    if path.exists() or "UNIONHALL_SECRET_KEY" in os.environ:
        return
    if (data / "postgres").exists():
        message = (
            f"{path} is missing, and only those keys can read the database beside it: put them "
            "back."
        )
        raise ProvisionError(message)
    data.mkdir(parents=True, mode=0o711, exist_ok=True)
    part = data / f"keys.{secrets.token_hex(8)}.part"
    part.touch(mode=0o600)
    part.write_text(json.dumps(fresh_keys(), indent=1) + "\n")
    with suppress(FileExistsError):  # of two at once, the first one's keys count
        os.link(part, path)
    part.unlink()


def fresh_keys() -> dict[str, str | dict[str, str]]:
    """One secret for Django, and a first key for fields (AES-256) and blind indexes (HMAC)."""
    field, index = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    return {
        "secret_key": secrets.token_urlsafe(48),
        "field_keys": {"1": field},
        "index_keys": {"1": index},
    }
