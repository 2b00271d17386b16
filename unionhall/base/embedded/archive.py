"""Keeps what the server writes ahead (its WAL), so that any moment since a backup can be had again.

Each finished segment is packed into the archive's folder, from the first backup on: its mark,
``wanted``, stands there. Without the mark nothing is kept, or a house that never makes a backup
would fill its disk.

Each cluster has a folder of its own there: what two of them wrote after the moment at which one was
restored from the other bears the same names, and must never be mixed.
"""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING, Final

from unionhall.base.embedded.place import give_to_server, make_private
from unionhall.base.embedded.programs import shown_archive, shown_cluster

if TYPE_CHECKING:
    from pathlib import Path

    from unionhall.base.embedded.place import Place

NAME: Final = "unionhall_log"  # a file of the cluster; whatever is restored gets another one
WANTED: Final = "wanted"
PACKED: Final = ".gz"
TRUSTING: Final = "pg_hba.recovery.conf"  # the socket's folder lets nobody in but us
MOST_LOST_S: Final = 60  # a segment that is not full is finished after so long


def name_log(cluster: Path) -> None:
    """Says where the log of a new or restored cluster is kept, below the archive's folder."""
    name = cluster / NAME
    name.write_text(f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}\n")
    give_to_server(name)


def log_of(cluster: Path) -> str:
    """The name of that folder; "" for a cluster that is older than such names."""
    name = cluster / NAME
    return name.read_text().strip() if name.exists() else ""


def prepare_archive(folder: Path) -> None:
    """Makes the folder; it belongs to the server's user alone."""
    folder.parent.mkdir(parents=True, mode=0o711, exist_ok=True)
    make_private(folder)


def keeping(place: Place) -> dict[str, str]:
    """The server's settings. A segment is whole under its name or not there; it may come twice."""
    kept = f"{shown_archive(place)}/%f"
    again = f"gzip -dc {kept}{PACKED} | cmp -s - %p"
    new = f"gzip -1 <%p >{kept}.part && sync {kept}.part && mv {kept}.part {kept}{PACKED}"
    wanted = f"{shown_archive(place)}/{WANTED}"
    return {
        "archive_mode": "on",
        "archive_command": (
            f"test ! -e {wanted} || if test -e {kept}{PACKED}; then {again}; else {new}; fi"
        ),
        "archive_timeout": f"{MOST_LOST_S}s",
    }


def replaying(place: Place, until: str) -> dict[str, str]:
    """The settings of a server that is brought to a moment; "" for the last one there is.

    A moment that the archive does not reach ends the server with a FATAL line.
    """
    kept = f"{shown_archive(place)}/%f{PACKED}"
    return {
        "archive_mode": "off",
        "restore_command": f"test -e {kept} && gzip -dc {kept} >%p",
        "recovery_target_time": until,
        "recovery_target_action": "promote",
        "recovery_target_timeline": "latest",
        "autovacuum": "off",
        "hba_file": f"{shown_cluster(place)}/{TRUSTING}",
    }
