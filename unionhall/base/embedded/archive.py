"""Keeps what the server writes ahead (its WAL), so that any moment since a backup can be had again.

Each finished segment is packed into the archive's folder, from the first backup on: its mark,
``wanted``, stands there. Without the mark nothing is kept, or a house that never makes a backup
would fill its disk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from unionhall.base.embedded.place import make_private
from unionhall.base.embedded.programs import shown_archive, shown_cluster

if TYPE_CHECKING:
    from pathlib import Path

    from unionhall.base.embedded.place import Place

WANTED: Final = "wanted"
PACKED: Final = ".gz"
TRUSTING: Final = "pg_hba.recovery.conf"  # the socket's folder lets nobody in but us
MOST_LOST_S: Final = 60  # a segment that is not full is finished after so long


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
